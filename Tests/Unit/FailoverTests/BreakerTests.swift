// When a breaker opens, for how long, and what closes it.

import Base
import Failover
import Testing

/// A breaker with its chance, told by the millisecond.
private final class Bench {
  var breaker: Breaker
  var random = Random(seed: 7)

  init(_ settings: Breaker.Settings = Breaker.Settings()) { breaker = Breaker(settings) }

  func fail(_ failure: Failure, _ ms: Int, _ permit: Breaker.Permit = .regular) -> Breaker.Change? {
    breaker.failed(failure, permit, at: at(ms), &random)
  }

  func admit(_ ms: Int, urgent: Bool = false) -> Breaker.Permit? { breaker.admit(urgent: urgent, at: at(ms)) }
  func succeed(_ permit: Breaker.Permit, _ ms: Int) -> Breaker.Change? { breaker.succeeded(permit, at: at(ms)) }
  func state(_ ms: Int) -> Breaker.State { breaker.state(at: at(ms)) }

  /// Milliseconds until it is half-open, from `ms` on.
  func waits(from ms: Int) -> Double {
    guard case .open(let until) = breaker.state(at: at(ms)) else { return 0 }
    return until.ms(since: at(ms))
  }
}

@Suite struct BreakerTests {
  /// One decisive failure opens at once; nothing regular passes until the back-off is over.
  @Test func opensAtOnce() {
    let bench = Bench()
    #expect(bench.admit(0) == .regular)
    _ = bench.succeed(.regular, 0)
    guard case .opened = bench.fail(unavailable, 1) else { return #expect(Bool(false), "did not open") }
    #expect((4500...5500).contains(bench.waits(from: 1)))
    #expect(bench.admit(2) == nil && bench.admit(4400) == nil)
  }

  /// While others are being served, a slow answer is one slow answer; three in a row are not.
  @Test func opensInARow() {
    let bench = Bench()
    _ = bench.succeed(.regular, 0)
    #expect(bench.fail(timeout, 1) == nil && bench.fail(timeout, 2) == nil)
    _ = bench.succeed(.regular, 3)
    #expect(bench.fail(timeout, 4) == nil && bench.fail(timeout, 5) == nil)
    #expect(bench.fail(timeout, 6) != nil)
  }

  /// Where nobody was served lately, the first failure is all there is to go by: call two does not pay for what call one learned.
  @Test func opensUnproven() {
    let fresh = Bench()
    #expect(fresh.fail(timeout, 0) != nil)
    let idle = Bench()
    _ = idle.succeed(.regular, 0)
    #expect(idle.fail(timeout, 10_001) != nil)
  }

  /// Half of the recent work failing opens it, although never three in a row did.
  @Test func opensByRate() {
    let bench = Bench()
    var opened: Int?
    for i in 0..<20 where opened == nil {
      if i % 2 == 0 { _ = bench.succeed(.regular, i * 1000) } else if bench.fail(timeout, i * 1000) != nil { opened = i }
    }
    #expect(opened == 9)
  }

  /// Failures that left the window long ago do not count.
  @Test func rateForgets() {
    let bench = Bench()
    for i in 0..<40 {
      _ = bench.succeed(.regular, i * 20_000)
      #expect(bench.fail(timeout, i * 20_000 + 1) == nil)
    }
  }

  /// Exactly one probe passes when the back-off is over; its success closes.
  @Test func oneProbeCloses() {
    let bench = Bench()
    _ = bench.fail(unavailable, 0)
    #expect(bench.state(6000) == .halfOpen(isProbing: false))
    let probe = bench.admit(6000)
    #expect(probe == .probe(1))
    #expect(bench.state(6000) == .halfOpen(isProbing: true))
    #expect(bench.admit(6001) == nil && bench.admit(6001, urgent: true) == nil)
    #expect(bench.succeed(.probe(1), 6500) == .closed)
    #expect(bench.admit(6501) == .regular)
  }

  /// The back-off doubles with each failed probe up to five minutes, give or take a tenth, and starts anew after a success.
  @Test func backOff() {
    let bench = Bench()
    var now = 0
    _ = bench.fail(unavailable, now)
    for expected in [5000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000] {
      let waits = bench.waits(from: now)
      #expect(abs(waits - Double(expected)) <= Double(expected) / 10)
      now += Int(waits.rounded(.up))
      guard let probe = bench.admit(now) else { return #expect(Bool(false), "no probe after \(expected)") }
      _ = bench.fail(unavailable, now, probe)
    }
    now += 400_000
    guard let probe = bench.admit(now) else { return #expect(Bool(false), "no last probe") }
    _ = bench.succeed(probe, now)
    _ = bench.fail(unavailable, now)
    #expect(bench.waits(from: now) <= 5500)
  }

  /// Hosts that saw the same outage do not come back in the same moment.
  @Test func jitter() {
    let waits = (0..<50).map { seed in
      var random = Random(seed: UInt64(seed))
      var breaker = Breaker()
      _ = breaker.failed(unavailable, .regular, at: at(0), &random)
      return breaker.until?.ms(since: at(0)) ?? 0
    }
    #expect(Set(waits).count > 25)
    #expect(waits.allSatisfy { (4500...5500).contains($0) })
  }

  /// The vendor is not asked before the time it named, not even when nobody else is left; an absurd time is cut to an hour.
  @Test func retryAfter() {
    let bench = Bench()
    _ = bench.fail(Failure(.rate, retryAfterMs: 30_000), 0)
    #expect(bench.waits(from: 0) == 30_000)
    #expect(bench.admit(29_999, urgent: true) == nil)
    #expect(bench.admit(30_000) == .probe(1))
    let absurd = Bench()
    _ = absurd.fail(Failure(.rate, retryAfterMs: .max), 0)
    #expect(absurd.waits(from: 0) == 3_600_000)
  }

  /// Fifty calls that meet one outage are one outage: the back-off is that of the first.
  @Test func oneOutage() {
    let bench = Bench()
    _ = bench.fail(unavailable, 0)
    let waits = bench.waits(from: 0)
    for i in 1..<50 { #expect(bench.fail(unavailable, i) == nil) }
    #expect(bench.waits(from: 0) == waits)
    #expect(bench.succeed(.regular, 60) == nil)
    #expect(bench.state(61) != .closed)
  }

  /// A probe that told nothing frees its place; one whose owner is gone loses it after a minute, and its late word changes nothing.
  @Test func lostProbes() {
    let bench = Bench()
    _ = bench.fail(unavailable, 0)
    let first = bench.admit(6000)
    if let first { bench.breaker.abandoned(first) }
    #expect(bench.admit(6001) == .probe(2))
    #expect(bench.admit(66_000) == nil)
    #expect(bench.admit(66_001) == .probe(3))
    #expect(bench.succeed(.probe(2), 66_002) == nil)
    #expect(bench.state(66_003) == .halfOpen(isProbing: true))
  }

  /// With nobody else left one piece of work goes ahead of the back-off, at most once a second; never with a wrong key.
  @Test func lastChance() {
    let bench = Bench()
    _ = bench.fail(unavailable, 0)
    let probe = bench.admit(1, urgent: true)
    #expect(probe == .probe(1))
    _ = probe.map { bench.fail(unavailable, 2, $0) }
    #expect(bench.admit(1000, urgent: true) == nil)
    #expect(bench.admit(1001, urgent: true) == .probe(2))
    let locked = Bench()
    _ = locked.fail(auth, 0)
    #expect(locked.admit(2000, urgent: true) == nil)
  }
}
