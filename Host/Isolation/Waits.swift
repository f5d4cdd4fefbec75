// Whether a thread that has run out of work sleeps at once, or looks around for a moment first.

/// To be woken costs a thread more than a short wait does. One whose last waits were all short may look instead of sleeping; a look in vain
/// ends that until sixteen have been short again, so that looking costs a wake-up little even where the guess is always wrong. Speech comes
/// every 20 ms and makes nobody look.
struct Waits {
  /// For so long a thread looks, in nanoseconds: about what a sleep and the wake-up from it cost both sides.
  static let lookNs: UInt64 = 20_000
  /// A wait that a look might have spared, sleep and wake-up included.
  private static let shortNs: UInt64 = 30_000
  /// So many short waits make a habit.
  private static let habit = 16

  private var inARow = 0

  /// The next wait is likely to be short.
  var areShort: Bool { inARow >= Self.habit }

  mutating func slept(_ ns: UInt64) { inARow = ns < Self.shortNs ? inARow + 1 : 0 }
  mutating func lookedInVain() { inARow = 0 }
}
