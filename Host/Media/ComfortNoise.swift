// The faint noise that tells a caller the line is alive while nobody speaks.

import Glibc

/// White noise at a low level, the same for the same seed. A value: copy it and the copy goes on by itself. No allocation.
public struct ComfortNoise: Sendable {
  private var state: UInt32
  private let peak: Int32

  /// - Parameters:
  ///   - seed: any number; the same seed gives the same noise.
  ///   - levelDBFS: root mean square level; -60 is heard as a live line and not as noise. Held between -90 and -20.
  public init(seed: UInt64, levelDBFS: Float = -60) {
    state = UInt32(truncatingIfNeeded: seed ^ (seed >> 32)) | 1  // xorshift never leaves zero.
    // Evenly spread values have a root mean square of peak / sqrt(3).
    peak = Int32(powf(10, min(max(levelDBFS, -90), -20) / 20) * 32_768 * Float(3).squareRoot())
  }

  /// Overwrites `samples` with the next noise.
  public mutating func fill(_ samples: UnsafeMutableBufferPointer<Int16>) {
    for i in samples.indices { samples[i] = next() }
  }

  /// Marsaglia's xorshift (2003): plenty for noise.
  private mutating func next() -> Int16 {
    state ^= state << 13
    state ^= state >> 17
    state ^= state << 5
    let spread = Int64(2 * peak + 1)
    return Int16(truncatingIfNeeded: (Int64(state) * spread) >> 32 - Int64(peak))
  }
}
