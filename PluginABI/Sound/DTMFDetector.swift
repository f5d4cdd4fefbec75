// Hears telephone keys in the sound itself, for lines that do not signal them beside it.

import Glibc

/// Finds DTMF keys in a stream with eight Goertzel filters over blocks of 12.75 ms, in the tolerances of ITU-T Q.24.
///
/// A key is reported once, when it has sounded for two blocks (so tones of 40 ms are always heard and those under 23 ms never),
/// and ends when three blocks are without it (so a gap of 40 ms always separates two presses and a drop-out of 10 ms never does).
/// No allocation; one owner at a time. The caller drops what its line has already signalled beside the sound.
public struct DTMFDetector: Sendable {
  private let coefficients: SIMD8<Float>
  private let blockSamples: Int
  private var previous = SIMD8<Float>()
  private var beforePrevious = SIMD8<Float>()
  private var energy: Float = 0
  private var filled = 0

  /// The key heard in the last block, and the one being held; 0 is none.
  private var lastHit: UInt8 = 0
  private var held: UInt8 = 0
  private var misses = 0

  /// -42 dBFS per tone: well below the weakest tone that Q.24 lets a line deliver, well above a quiet line's noise.
  private static let minimumPower: Float = 6.3e-5
  /// Q.24 allows the high tone to arrive up to 8 dB weaker (long lines lose highs) and 4 dB stronger.
  private static let normalTwist: Float = 6.31
  private static let reverseTwist: Float = 2.51
  /// Each tone must stand 8 dB above the other three of its group.
  private static let peakRatio: Float = 6.31
  /// Share of all energy that the two tones must hold: speech has harmonics and formants elsewhere, noise at 10 dB takes a tenth.
  private static let purity: Float = 0.82

  /// - Parameter sampleRate: Hz; nil is returned outside 8,000 to 48,000.
  public init?(sampleRate: UInt32) {
    guard (8_000...48_000).contains(sampleRate) else { return nil }
    // 102 samples at 8 kHz resolve 78 Hz, just above the distance of the closest two tones.
    blockSamples = Int(sampleRate) * 102 / 8_000
    var c = SIMD8<Float>()
    for (i, hz) in (DTMF.low + DTMF.high).enumerated() { c[i] = 2 * cosf(2 * .pi * hz / Float(sampleRate)) }
    coefficients = c
  }

  /// Listens to the next samples.
  /// - Parameter pressed: called with the ASCII code of each key that began, in order; at most once per 25 ms of sound.
  public mutating func process(_ samples: UnsafeBufferPointer<Int16>, pressed: (UInt8) -> Void) {
    for sample in samples {
      let x = Float(sample) * (1 / 32_768)
      let next = coefficients * previous - beforePrevious + x
      beforePrevious = previous
      previous = next
      energy += x * x
      filled += 1
      if filled == blockSamples, let key = endBlock() { pressed(key) }
    }
  }

  /// Decides what the finished block holds and starts the next one.
  /// - Returns: a key that has just begun.
  private mutating func endBlock() -> UInt8? {
    let hit = keyInBlock()
    previous = .zero
    beforePrevious = .zero
    energy = 0
    filled = 0
    defer { lastHit = hit }

    misses = hit == held ? 0 : misses + 1
    if hit != 0, hit == lastHit, hit != held {
      held = hit
      misses = 0
      return hit
    }
    if misses >= 3 { held = 0 }
    return nil
  }

  private func keyInBlock() -> UInt8 {
    let half = Float(blockSamples) / 2
    // Squared amplitude of each tone; a full-scale sine is 1.
    let power = (previous * previous + beforePrevious * beforePrevious - coefficients * previous * beforePrevious) / (half * half)
    guard let (row, low) = peak(power.lowHalf), let (column, high) = peak(power.highHalf) else { return 0 }
    guard high * Self.normalTwist >= low, low * Self.reverseTwist >= high else { return 0 }
    // A sine's mean square is half its squared amplitude.
    guard (low + high) / 2 >= Self.purity * energy / Float(blockSamples) else { return 0 }
    return DTMF.keys[row * 4 + column]
  }

  /// The one tone of a group that stands out, if any does.
  private func peak(_ group: SIMD4<Float>) -> (index: Int, power: Float)? {
    let best = group.max()
    guard best >= Self.minimumPower else { return nil }
    var found: Int?
    for i in 0..<4 where group[i] * Self.peakRatio > best {
      guard found == nil else { return nil }
      found = i
    }
    return found.map { ($0, best) }
  }
}
