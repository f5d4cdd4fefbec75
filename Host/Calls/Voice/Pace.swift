// How fast a voice speaks, for estimates where it gives no word times.

/// Learns how long a voice takes for a byte of text.
struct Pace {
  /// A usual speed of English speech, characters in a second.
  private static let charactersPerSecond = 15
  private var samples: UInt64 = 0
  private var bytes = 0

  mutating func note(samples: UInt64, bytes: Int) {
    self.samples += samples
    self.bytes += bytes
  }

  /// How long it takes for so many bytes of text.
  func samples(bytes count: Int, rate: Int) -> UInt64 {
    bytes > 20 ? samples * UInt64(count) / UInt64(bytes) : UInt64(count * rate / Self.charactersPerSecond)
  }
}
