// The one source of chance: seeded, so that a run with the same seed is the same run.

/// xoshiro256** 1.0 (Blackman and Vigna, 2018, https://prng.di.unimi.it), seeded by SplitMix64. Not for secrets.
public struct Random: RandomNumberGenerator, Sendable {
  private var s0: UInt64
  private var s1: UInt64
  private var s2: UInt64
  private var s3: UInt64

  public init(seed: UInt64) {
    var z = seed
    func split(_ z: inout UInt64) -> UInt64 {
      z &+= 0x9E37_79B9_7F4A_7C15
      var x = z
      x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
      x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
      return x ^ (x >> 31)
    }
    s0 = split(&z)
    s1 = split(&z)
    s2 = split(&z)
    s3 = split(&z)
  }

  /// A generator seeded by the system, for a host that runs for real.
  public static func fromSystem() -> Random {
    var system = SystemRandomNumberGenerator()
    return Random(seed: system.next())
  }

  public mutating func next() -> UInt64 {
    let product = s1 &* 5
    let result = ((product << 7) | (product >> 57)) &* 9
    let t = s1 << 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= t
    s3 = (s3 << 45) | (s3 >> 19)
    return result
  }
}
