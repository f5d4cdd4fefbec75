// Chance is the same for the same seed.

import Base
import Testing

@Suite struct RandomTests {
  /// Two generators with one seed give the same numbers; another seed gives others.
  @Test func sameSeedSameNumbers() {
    var a = Random(seed: 7)
    var b = Random(seed: 7)
    var c = Random(seed: 8)
    let first = (0..<100).map { _ in a.next() }
    #expect(first == (0..<100).map { _ in b.next() })
    #expect(first != (0..<100).map { _ in c.next() })
  }

  /// The numbers are those of the published algorithm: xoshiro256** seeded by SplitMix64 from 0.
  @Test func publishedAlgorithm() {
    var random = Random(seed: 0)
    // SplitMix64(0) gives e220a8397b1dcdaf, 6e789e6aa1b965f4, ...: the first output is rotl(s1 * 5, 7) * 9.
    let s1: UInt64 = 0x6E78_9E6A_A1B9_65F4
    let product = s1 &* 5
    #expect(random.next() == ((product << 7) | (product >> 57)) &* 9)
  }
}
