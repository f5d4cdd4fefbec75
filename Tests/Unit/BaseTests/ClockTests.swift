// Instants: arithmetic that never traps, clocks that never run backwards.

import Base
import Testing

@Suite struct ClockTests {
  /// Adding and subtracting stays within the range of the clock.
  @Test func arithmetic() {
    let one = Instant(ns: 1_000_000)
    #expect(one.advanced(byMs: 2) == Instant(ns: 3_000_000))
    #expect(one.advanced(byMs: -5) == Instant(ns: 0))
    #expect(Instant.never.advanced(byMs: 1) == .never)
    #expect(Instant(ns: .max - 5).advanced(byNs: 10) == .never)
    #expect(one.advanced(byNs: .min) == Instant(ns: 0))
    #expect(Instant(ns: 3_500_000).ms(since: one) == 2.5)
    #expect(one.ms(since: Instant(ns: 3_500_000)) == -2.5)
  }

  /// A virtual clock stands still, moves forward, and never back; the calendar goes with it.
  @Test func virtualClock() {
    let clock = VirtualClock(wallMs: 5000)
    let start = clock.now
    clock.move(to: start.advanced(byMs: 250))
    #expect(clock.now == start.advanced(byMs: 250))
    #expect(clock.wallMs == 5250)
    clock.move(to: start)
    #expect(clock.now == start.advanced(byMs: 250))
  }

  /// The machine's clock goes forward.
  @Test func systemClock() {
    let clock = SystemClock()
    let first = clock.now
    #expect(clock.now >= first)
    #expect(clock.wallMs > 1_700_000_000_000)
  }
}
