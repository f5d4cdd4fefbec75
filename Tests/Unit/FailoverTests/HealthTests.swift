// What one call learns and all others know; and whose fault is whose.

import Base
import Failover
import Testing

private let ours = Account(provider: "p", key: "p")
private let theirs = Account(provider: "p", key: "p/tenant-b")

@Suite final class HealthTests {
  private var health = Health(random: Random(seed: 3))

  private func admit(_ account: Account, _ ms: Int, urgent: Bool = false) -> Health.Permit? {
    health.admit(account, urgent: urgent, at: at(ms))
  }

  private func succeed(_ account: Account, _ permit: Health.Permit, _ ms: Int) -> [Health.Change] {
    health.succeeded(account, permit, at: at(ms))
  }

  private func probe(_ ms: Int) -> (account: Account, permit: Health.Permit)? { health.probe(at: at(ms)) }

  /// An attempt that fails at once; nothing when it was not admitted.
  private func fail(_ account: Account, _ failure: Failure, at ms: Int) -> [Health.Change] {
    admit(account, ms).map { health.failed(account, $0, failure, at: at(ms)) } ?? []
  }

  /// A tenant's own wrong key or empty purse takes the provider away from that tenant alone, whatever scope the plugin gave it.
  @Test(arguments: [Problem.Class.auth, .quota, .rate])
  func oneTenantsFault(_ errorClass: Problem.Class) {
    let changes = fail(theirs, Failure(errorClass, scope: .provider), at: 0)
    #expect(changes.map(\.reach) == [.account] && changes.first?.account == theirs)
    #expect(!health.admits(theirs, at: at(1)))
    #expect(health.admits(ours, at: at(1)) && health.condition(of: ours, at: at(1)) == .healthy)
  }

  /// An outage of the provider ejects all its accounts at once, also those that nobody had used yet, and no other provider.
  @Test func outage() {
    #expect(fail(ours, Failure(.unavailable, scope: .provider), at: 0).map(\.reach) == [.provider])
    #expect(!health.admits(ours, at: at(1)) && !health.admits(theirs, at: at(1)))
    #expect(health.admits(Account(provider: "q", key: "q"), at: at(1)))
  }

  /// After an outage one probe in all goes to the provider, whichever account it is of; its success brings everybody back.
  @Test func recovery() {
    _ = fail(ours, Failure(.unavailable, scope: .provider), at: 0)
    let probe = admit(theirs, 6000)
    #expect(probe?.isProbe == true)
    #expect(admit(ours, 6001) == nil)
    if let probe { #expect(succeed(theirs, probe, 6100).map(\.kind) == [.recovered]) }
    #expect(admit(ours, 6101)?.isProbe == false)
  }

  /// A tenant's wrong key, met while the provider is on probation, neither closes the provider's breaker nor opens it for longer.
  @Test func wrongKeyOnProbation() {
    _ = fail(ours, Failure(.unavailable, scope: .provider), at: 0)
    #expect(fail(theirs, auth, at: 6000).map(\.reach) == [.account])
    #expect(admit(ours, 6001)?.isProbe == true)
  }

  /// No connection, met while the provider is on probation, keeps it out for everybody.
  @Test func stillAway() {
    _ = fail(ours, Failure(.unavailable, scope: .provider), at: 0)
    _ = fail(theirs, unavailable, at: 6000)
    #expect(!health.admits(ours, at: at(6001)) && !health.admits(ours, at: at(12_000)))
  }

  /// A listening whose first words brought the provider back may stall minutes later: that is its account's own affair, and the provider's
  /// other accounts go on.
  @Test func probationIsOver() throws {
    _ = fail(ours, Failure(.unavailable, scope: .provider), at: 0)
    let listening = try #require(admit(theirs, 6000))
    #expect(succeed(theirs, listening, 6100).map(\.kind) == [.recovered])
    let changes = health.failed(theirs, listening, Failure(.timeout, scope: .session), at: at(130_000))
    #expect(changes.map(\.reach) == [.account])
    #expect(health.admits(ours, at: at(130_001)) && health.condition(of: ours, at: at(130_001)) == .healthy)
  }

  /// What is wrong with the request alone counts against nobody, however often.
  @Test func badRequests() {
    for i in 0..<100 { #expect(fail(ours, Failure(.invalid, scope: .account), at: i).isEmpty) }
    #expect(health.condition(of: ours, at: at(200)) == .healthy)
  }

  /// The 95th percentile is that of the last 64 answers of ten minutes, and unknown below eight.
  @Test func latency() {
    guard let permit = admit(ours, 0) else { return #expect(Bool(false), "refused") }
    health.abandoned(ours, permit)
    for i in 1...7 { health.noteFirstOutput(ours, ms: Double(i), at: at(i)) }
    #expect(health.p95Ms(of: ours, at: at(10)) == nil)
    for i in 8...1000 { health.noteFirstOutput(ours, ms: Double(i), at: at(i)) }
    #expect(health.p95Ms(of: ours, at: at(1000)) == 997)
    #expect(health.p95Ms(of: theirs, at: at(1000)) == nil)
    #expect(health.p95Ms(of: ours, at: at(700_000)) == nil)
  }

  /// The host's own probe goes first where there is one: real work waits for it, but not for ever, and not as the last chance.
  @Test func syntheticFirst() {
    let probed = Account(provider: "p", key: "p", isProbed: true)
    let before = health.nextProbe
    #expect(before == .never)
    _ = fail(probed, unavailable, at: 0)
    let due = health.nextProbe
    #expect((4500...5500).contains(due.ms(since: at(0))))
    #expect(health.condition(of: probed, at: at(5600)) == .awaitsProbe)
    #expect(admit(probed, 5600) == nil)
    #expect(self.probe(4000) == nil)
    let probe = self.probe(5600)
    #expect(probe?.account == probed && health.condition(of: probed, at: at(5600)) == .probing)
    #expect(self.probe(5601) == nil)
    if let probe { #expect(succeed(probe.account, probe.permit, 5700).count == 1) }
    #expect(admit(probed, 5701)?.isProbe == false)
    _ = fail(probed, unavailable, at: 6000)
    #expect(admit(probed, 12_000, urgent: true)?.isProbe == true)
  }

  /// A host whose probes never run still gets its providers back.
  @Test func nobodyProbes() {
    let probed = Account(provider: "p", key: "p", isProbed: true)
    _ = fail(probed, unavailable, at: 0)
    #expect(admit(probed, 16_000)?.isProbe == true)
  }

  /// A hundred dead accounts are probed one a second, each once per back-off.
  @Test func probeBudget() {
    for i in 0..<100 { _ = fail(Account(provider: "p\(i)", key: "k\(i)", isProbed: true), unavailable, at: 0) }
    var probed: [String] = []
    for ms in stride(from: 0, through: 20_000, by: 10) {
      while let probe = self.probe(ms) {
        probed.append(probe.account.key)
        _ = health.failed(probe.account, probe.permit, unavailable, at: at(ms))
      }
    }
    #expect((14...16).contains(probed.count))
    #expect(Set(probed).count == probed.count)
  }

  /// A probe that tells nothing, because its provider is gone or takes exception to the question, waits a minute for the next one and
  /// keeps nobody else from theirs.
  @Test func probeThatTellsNothing() {
    let mute = Account(provider: "a", key: "a", isProbed: true)
    let away = Account(provider: "b", key: "b", isProbed: true)
    _ = fail(mute, unavailable, at: 0)
    _ = fail(away, unavailable, at: 1000)
    var probed: [String] = []
    for ms in stride(from: 0, through: 60_000, by: 100) {
      guard let probe = self.probe(ms) else { continue }
      probed.append(probe.account.key)
      let failure = probe.account == mute ? Failure(.invalid) : unavailable
      _ = health.failed(probe.account, probe.permit, failure, at: at(ms))
    }
    #expect(probed == ["a", "b", "b", "b"])
    #expect(self.probe(66_000)?.account == mute)
    #expect(health.admits(away, at: at(120_000)))
  }

  /// However many accounts pass through, memory is bounded, and whoever is ejected is remembered before the healthy.
  @Test func bounded() {
    let bad = Account(provider: "bad", key: "bad")
    _ = fail(bad, Failure(.rate, retryAfterMs: 3_000_000), at: 0)
    for i in 0..<5000 { _ = admit(Account(provider: "p", key: "k\(i)"), i) }
    #expect(!health.admits(bad, at: at(5001)))
  }
}
