// The pulse of speech: every 20 ms, in its own millisecond, never drifting.

import Base
import Testing

private final class Member: Ticked {
  var dues: [UInt64] = []
  var stays = true
  var onTick: () -> Void = {}

  func tick(due: Instant) -> Bool {
    dues.append(due.ns / 1_000_000)
    onTick()
    return stays
  }
}

@Suite struct TickWheelTests {
  private func ms(_ n: UInt64) -> Instant { Instant(ns: n * 1_000_000) }

  /// A member is served one frame after it joined, then every 20 ms, whatever the moment at which the wheel is looked at.
  @Test func everyFrame() {
    let wheel = TickWheel()
    let member = Member()
    let first = wheel.add(member, now: Instant(ns: 1_000_700_000))
    #expect(first == ms(1020))
    #expect(wheel.nextDue == ms(1020))
    for now in [1019, 1020, 1023, 1041, 1065] as [UInt64] { wheel.run(now: ms(now)) }
    #expect(member.dues == [1020, 1040, 1060])
    #expect(wheel.nextDue == ms(1080))
  }

  /// Who is late is served as often as frames are missing, with the times at which they were due.
  @Test func catchesUp() {
    let wheel = TickWheel()
    let member = Member()
    _ = wheel.add(member, now: ms(1000))
    wheel.run(now: ms(1100))
    #expect(member.dues == [1020, 1040, 1060, 1080, 1100])
  }

  /// Members of different milliseconds are served at different times, in the order of time, also when all are late.
  @Test func slots() {
    let wheel = TickWheel()
    var served: [Int] = []
    for (i, at) in [1007, 1003, 1012].enumerated() {
      let member = Member()
      member.onTick = { served.append(i) }
      _ = wheel.add(member, now: ms(UInt64(at)))
    }
    #expect(wheel.nextDue == ms(1023))
    wheel.run(now: ms(1045))
    #expect(served == [1, 0, 2, 1])
  }

  /// A member that answers false is served no more; the others of its slot are.
  @Test func leaves() {
    let wheel = TickWheel()
    let members = (0..<3).map { _ in Member() }
    for member in members { _ = wheel.add(member, now: ms(1000)) }
    members[0].stays = false
    wheel.run(now: ms(1020))
    wheel.run(now: ms(1040))
    #expect(members.map(\.dues.count) == [1, 2, 2])
    for member in members { member.stays = false }
    wheel.run(now: ms(1060))
    #expect(wheel.nextDue == .never)
  }
}
