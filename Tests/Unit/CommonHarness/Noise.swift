// Noise that is the same in every run.

/// Noise of the same samples for the same seed.
public struct Noise {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  /// White noise with a root mean square of 1.
  public mutating func white() -> Float { uniform() + uniform() + uniform() }

  /// Between -1 and 1, each value as likely as any other.
  public mutating func uniform() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) / Float(1 << 24) * 2 - 1
  }
}
