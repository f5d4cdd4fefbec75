// What a busy loop lets gather.

import Testing

@testable import Base

/// A loop's rest is as long as it may be while little arrives, and as short as it must be when much does.
@Suite struct RestTests {
  /// Serves what arrives `each` nanoseconds apart, 16 in a turn, and answers the most that one rest gathered after the first ten.
  private func most(_ rest: inout Rest, apartNs each: Int64) -> Int64 {
    var most: Int64 = 0
    for turn in 0..<40 {
      var gathered = rest.ns / each
      if turn >= 10 { most = max(most, gathered) }
      while gathered > 16 {
        rest.gathered(16, ofMost: 16, isWhole: false)
        gathered -= 16
      }
      rest.gathered(Int(gathered), ofMost: 16, isWhole: true)
    }
    return most
  }

  /// Ten callers' input rests for the whole time, that of two hundred and fifty until one turn's work is there, and ten's again afterwards.
  @Test func followsTheLoad() {
    var rest = Rest(longestNs: 10_000_000)
    #expect(most(&rest, apartNs: 20_000_000 / 10) == 5)
    #expect(rest.ns == 10_000_000)
    #expect((4...16).contains(most(&rest, apartNs: 20_000_000 / 250)))
    #expect(rest.ns < 2_000_000)
    #expect(most(&rest, apartNs: 20_000_000 / 10) == 5)
    #expect(rest.ns == 10_000_000)
  }

  /// A flood shortens it to a sixteenth and no further, so that it can grow again; a rest cut short says nothing about how much arrives.
  @Test func bounds() {
    var rest = Rest(longestNs: 16_000)
    for _ in 0..<100 { rest.gathered(16, ofMost: 16, isWhole: true) }
    #expect(rest.ns == 1_000)
    rest.gathered(0, ofMost: 16, isWhole: false)
    #expect(rest.ns == 1_000)
    for _ in 0..<100 { rest.gathered(0, ofMost: 16, isWhole: true) }
    #expect(rest.ns == 16_000)
  }
}
