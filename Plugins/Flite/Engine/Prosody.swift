// How fast and how high a voice speaks.

/// Factors on a voice's own habit; 1 is unchanged. Values outside the ranges are held at their ends.
public struct Prosody: Hashable, Sendable {
  /// Beyond these the vocoder's words are no longer understood.
  public static let speeds = 0.5...2.0
  public static let pitches = 0.6...1.6

  public let speed: Double
  public let pitch: Double

  public init(speed: Double = 1, pitch: Double = 1) {
    self.speed = Self.held(speed, in: Self.speeds)
    self.pitch = Self.held(pitch, in: Self.pitches)
  }

  private static func held(_ value: Double, in range: ClosedRange<Double>) -> Double {
    value.isFinite ? min(max(value, range.lowerBound), range.upperBound) : 1
  }
}
