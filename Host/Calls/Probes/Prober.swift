// Looks after providers that have failed: once a back-off is over, a tiny piece of work of the host's own finds out whether they are
// well, so that no caller's turn has to.

public import Base
import Failover
public import Journal
public import Loader
import PluginABI
import Vox

/// Runs the probes that `Health` asks for, one a second at most on the whole host. Lives on one loop, from `start` on.
public final class Prober: TimerTarget, @unchecked Sendable {
  private let table: SessionTable
  private let providers: any ProviderSource
  private let availability: Availability
  private let journal: any FactSink
  private var probes: [ObjectIdentifier: Probe] = [:]
  private var timer: TimerID?
  /// `Health` allows one probe a second; looking more often finds nothing.
  private static let everyMs = 1000

  public init(table: SessionTable, providers: any ProviderSource, availability: Availability, journal: any FactSink) {
    self.table = table
    self.providers = providers
    self.availability = availability
    self.journal = journal
  }

  /// Any thread.
  public func start() { table.loop.submit { [self] in arm() } }

  /// On the loop. A probe that runs still tells how it ended.
  func stop() {
    table.loop.cancel(timer)
    timer = nil
  }

  private func arm() { timer = table.loop.timer(self, token: 0, at: table.loop.now.advanced(byMs: Self.everyMs)) }

  public func timerFired(token: UInt64) {
    arm()
    let now = table.loop.now
    guard let (account, permit) = availability.with({ $0.health.probe(at: now) }) else { return }
    // An account's key ends with the role it serves.
    guard let role = Role.allCases.first(where: { account.key == "\(account.provider)/\($0.name)" }),
      let provider = providers.provider(account.provider), provider.traits(role) != nil
    else { return availability.with { $0.health.abandoned(account, permit) } }
    let probe = Probe(role, of: provider, now) { [weak self] probe, error in self?.ended(probe, account, permit, error) }
    probes[ObjectIdentifier(probe)] = probe
    probe.run(provider, on: table)
  }

  private func ended(_ probe: Probe, _ account: Account, _ permit: Health.Permit, _ error: ProviderError?) {
    let now = table.loop.now
    // Later in the same turn, so that it is not freed from within its own function.
    table.loop.submit { [self, id = ObjectIdentifier(probe)] in probes[id] = nil }
    let changes = availability.with { shared in
      error.map { shared.health.failed(account, permit, Failure(Problem($0)), at: now) }
        ?? shared.health.succeeded(account, permit, at: now)
    }
    let ms = now.ms(since: probe.startedAt)
    journal.append(
      .attempt(
        Fact.Attempt(
          turn: 0, role: probe.role.name, provider: account.provider, op: "probe", kind: .probe, outcome: error == nil ? .won : .lost,
          cause: error.map(Problem.init), startedMs: 0, readyMs: probe.readyAt.map { $0.ms(since: probe.startedAt) }, firstOutputMs: nil,
          endedMs: ms, units: probe.units, cost: probe.cost)), about: .host)
    for change in changes { journal.append(Fact(change, role: probe.role, at: now), about: .host) }
  }
}

extension Fact {
  /// A change of health, as the books have it.
  init(_ change: Health.Change, role: Role, at now: Instant) {
    let provider = change.account.provider
    switch change.kind {
    case .ejected(let until, let cause):
      self = .providerEjected(
        Fact.ProviderEjected(
          provider: provider, role: role.name, wholeProvider: change.reach == .provider, cause: cause.errorClass,
          forMs: until.ms(since: now)))
    case .recovered: self = .providerRecovered(Fact.ProviderRecovered(provider: provider, role: role.name))
    }
  }
}
