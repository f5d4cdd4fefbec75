// Decides whether a phone sends more sound than time has passed.

/// A line is real time: a phone may be a second ahead (a network that stalled and caught up), not more.
struct Inflow {
  private static let aheadNs: UInt64 = 1_000_000_000

  private let rate: UInt64
  private var began: UInt64 = 0
  private var samples: UInt64 = 0

  /// - Parameter rate: Hz.
  init(rate: Int) { self.rate = UInt64(max(rate, 1)) }

  /// The line is open from now on, in nanoseconds.
  mutating func begin(at now: UInt64) { began = now }

  /// True when these samples are within the time that has passed; otherwise they must be dropped.
  mutating func take(_ count: Int, at now: UInt64) -> Bool {
    let end = samples + UInt64(max(count, 0))
    guard end * 1_000_000_000 / rate <= now - min(began, now) + Self.aheadNs else { return false }
    samples = end
    return true
  }
}
