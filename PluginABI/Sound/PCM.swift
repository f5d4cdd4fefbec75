// The few things both sides do to 16-bit samples: measure their level, change it, convert from float.

import Glibc

/// Arithmetic on signed 16-bit mono samples. Pure; no allocation; any thread.
public enum PCM {
  /// The level that stands for digital silence, in dBFS: below one bit of noise, finite so that it can be averaged.
  public static let silenceDBFS: Float = -100

  /// Root mean square level in dB relative to a constant full-scale signal (a full-scale sine is at -3 dBFS).
  /// - Returns: `silenceDBFS` for an empty buffer or one of zeros.
  public static func levelDBFS(_ samples: UnsafeBufferPointer<Int16>) -> Float {
    var sum: Int64 = 0  // 2^63 / 2^30: no overflow below 8 billion samples.
    for sample in samples { sum &+= Int64(Int32(sample) &* Int32(sample)) }
    guard sum > 0 else { return silenceDBFS }
    let meanSquare = Float(Double(sum) / Double(samples.count)) / (32_768 * 32_768)
    return max(10 * log10f(meanSquare), silenceDBFS)
  }

  /// Multiplies every sample by `gain` (linear) in place; what does not fit is held at full scale.
  public static func scale(_ samples: UnsafeMutableBufferPointer<Int16>, by gain: Float) {
    for i in samples.indices { samples[i] = sample(Float(samples[i]) * gain / 32_768) }
  }

  /// The 16-bit sample nearest to `value`, where 1.0 is full scale. Out of range is held at full scale; not a number is 0.
  @inlinable public static func sample(_ value: Float) -> Int16 {
    let scaled = value * 32_768
    guard scaled > -32_768 else { return value.isNaN ? 0 : .min }
    guard scaled < 32_767 else { return .max }
    return Int16(scaled.rounded())
  }
}
