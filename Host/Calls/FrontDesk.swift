// Where calls come in: each offer finds its tenant and agent, a loop to live on, or a polite refusal.

public import Base
public import Journal
public import Loader
import PluginABI
import Synchronization
public import Tenants
public import Vox

/// Answers the offers of all telephony providers and knows the calls that are going on.
///
/// Its own state is small and behind a lock; the calls themselves are touched on their loops only.
public final class FrontDesk: AccountOwner, @unchecked Sendable {
  /// A call as seen from outside its loop.
  public struct LiveCall: Sendable {
    public let id: CallID
    public let tenant: String
    public let agent: String
    public let provider: String
    public let startedAt: Instant
    let loop: Int
    let offer: String
  }

  private struct State {
    var directory: TenantDirectory
    var calls: [CallID: LiveCall] = [:]
    var perLoop: [Int]
    var ids: IDMaker
    var ended = 0
    var isDraining = false
    var isEmptyWaiters: [@Sendable () -> Void] = []
  }

  /// Calls to come to which a fault is played.
  public let drills = Drills()
  private let tables: [SessionTable]
  private let makePorts: @Sendable () -> CallPorts?
  private let maxCalls: Int
  private let journal: any FactSink
  private let log: @Sendable (_ provider: String, _ text: String, _ level: Int32) -> Void
  private let state: Mutex<State>
  /// The calls of each loop, touched on that loop only.
  private let residents: [Residents]

  private final class Residents: @unchecked Sendable {
    var calls: [CallID: Call] = [:]
    var refusals: [ObjectIdentifier: Refusal] = [:]
  }

  /// - Parameters:
  ///   - tables: one per loop; a new call goes to the loop with the fewest.
  ///   - maxCalls: more are refused as busy, because one call too many would make all of them late.
  ///   - ports: what calls are given; nil while the host is not ready.
  ///   - log: takes the lines of plugins.
  public init(
    tables: [SessionTable], directory: TenantDirectory, ids: IDMaker, maxCalls: Int, journal: any FactSink,
    ports: @escaping @Sendable () -> CallPorts?,
    log: @escaping @Sendable (_ provider: String, _ text: String, _ level: Int32) -> Void
  ) {
    self.tables = tables
    self.maxCalls = maxCalls
    self.journal = journal
    self.log = log
    makePorts = ports
    residents = tables.map { _ in Residents() }
    state = Mutex(State(directory: directory, perLoop: tables.map { _ in 0 }, ids: ids))
  }

  // MARK: From any thread

  public var liveCalls: [LiveCall] { state.withLock { $0.calls.values.sorted { $0.id < $1.id } } }
  public var directory: TenantDirectory {
    get { state.withLock { $0.directory } }
    set { state.withLock { $0.directory = newValue } }
  }
  /// Calls that have come to their end since the host started.
  public var callsEnded: Int { state.withLock { $0.ended } }
  public var isDraining: Bool { state.withLock { $0.isDraining } }

  /// Takes no further calls; `done` runs once the last one has ended.
  public func drain(then done: @escaping @Sendable () -> Void) {
    let isEmpty = state.withLock {
      $0.isDraining = true
      if !$0.calls.isEmpty { $0.isEmptyWaiters.append(done) }
      return $0.calls.isEmpty
    }
    if isEmpty { done() }
  }

  /// Ends a call; false when there is none of that id.
  @discardableResult
  public func hangUp(_ id: CallID, cause: Fact.CallEnded.Cause = .agentEnded) -> Bool {
    guard let live = state.withLock({ $0.calls[id] }) else { return false }
    tables[live.loop].loop.submit { [residents] in residents[live.loop].calls[id]?.end(cause) }
    return true
  }

  /// Ends all calls, as the last step of a stop.
  public func hangUpAll() {
    for call in liveCalls { hangUp(call.id, cause: .shutdown) }
  }

  // MARK: From providers, on their lanes

  public func provider(_ provider: Provider, offers call: JSONValue) {
    guard let ports = makePorts(), !journal.isPressed else { return refuse(provider, call, "the host is not ready") }
    enum Admission {
      case admitted(CallID, TenantDirectory.Route, Int)
      case refused(String)
    }
    let to = call["to"]?.string ?? ""
    let now = tables[0].loop.now
    let admission: Admission = state.withLock { state in
      if state.isDraining { return .refused("the host is draining") }
      guard state.calls.count < maxCalls else { return .refused("the host has \(maxCalls) calls already") }
      guard let route = state.directory.route(to: to) else { return .refused("no agent answers on \(to.isEmpty ? "an empty number" : to)") }
      let loop = state.perLoop.indices.min { state.perLoop[$0] < state.perLoop[$1] } ?? 0
      let id = state.ids.make(CallKind.self)
      state.perLoop[loop] += 1
      state.calls[id] = LiveCall(
        id: id, tenant: route.tenant.id, agent: route.agent.id, provider: provider.name, startedAt: now, loop: loop,
        offer: call["id"]?.string ?? "")
      return .admitted(id, route, loop)
    }
    switch admission {
    case .refused(let reason): refuse(provider, call, reason)
    case .admitted(let id, let route, let loop):
      tables[loop].loop.submit { [self] in begin(id, route, loop, provider, call, ports) }
    }
  }

  private func begin(
    _ id: CallID, _ route: TenantDirectory.Route, _ loop: Int, _ provider: Provider, _ offer: JSONValue, _ ports: CallPorts
  ) {
    // The offer tells the rate of this very call where its line has several; a number that is no line's counts for nothing.
    let offered = offer["rate"]?.int.flatMap { (8000...48_000).contains($0) ? $0 : nil }
    let rate = provider.traits(.telephony)?.rate("rates", wanted: offered ?? 16_000) ?? 8000
    var ports = ports
    ports.chain = { [weak self] tenant, agent, role in self?.chain(tenant, agent, role) }
    let drill = offer["from"]?.string.flatMap { drills.take(from: $0, at: tables[loop].loop.now) }
    let call = Call(
      id: id, tenant: route.tenant, agent: route.agent, lineRate: rate, table: tables[loop],
      ports: drill.map { ports.drilled($0) } ?? ports
    ) { [weak self] call in self?.ended(call.id, loop) }
    residents[loop].calls[id] = call
    call.begin(provider, offer: offer)
  }

  private func chain(_ tenant: String, _ agent: String, _ role: Role) -> Chain? {
    state.withLock { state in
      guard let tenant = state.directory.tenants[tenant], let agent = tenant.agents[agent] else { return nil }
      return agent.chains[role] ?? tenant.chains[role]
    }
  }

  private func ended(_ id: CallID, _ loop: Int) {
    // Later in the same turn, so that the call is not freed from within its own function.
    tables[loop].loop.submit { [self] in residents[loop].calls[id] = nil }
    let waiters: [@Sendable () -> Void] = state.withLock { state in
      state.calls[id] = nil
      state.perLoop[loop] -= 1
      state.ended += 1
      guard state.isDraining, state.calls.isEmpty else { return [] }
      let waiting = state.isEmptyWaiters
      state.isEmptyWaiters = []
      return waiting
    }
    for done in waiters { done() }
  }

  /// Says no, so that the caller hears busy and not silence.
  private func refuse(_ provider: Provider, _ offer: JSONValue, _ reason: String) {
    log(provider.name, "refused a call to \(offer["to"]?.string ?? "?"): \(reason)", Int32(VOX_LOG_WARNING))
    let id = state.withLock { $0.ids.make(CallKind.self) }
    let subject = Subject(call: id)
    journal.append(
      .callOffered(
        Fact.CallOffered(
          provider: provider.name, from: offer["from"]?.string.map(MaskedNumber.init), to: offer["to"]?.string,
          reference: offer["id"]?.string)), about: subject)
    journal.append(.callEnded(Fact.CallEnded(cause: .refused, durationMs: 0, problem: Problem(.overloaded, reason))), about: subject)
    tables[0].loop.submit { [self] in
      let refusal = Refusal { [weak self] refusal in self?.residents[0].refusals[ObjectIdentifier(refusal)] = nil }
      residents[0].refusals[ObjectIdentifier(refusal)] = refusal
      refusal.begin(provider, offer: offer["id"]?.string ?? "", on: tables[0])
    }
  }

  public func provider(_ provider: Provider, withdrawsOffer id: String) {
    let found = state.withLock { $0.calls.values.first { $0.offer == id && $0.provider == provider.name } }
    if let found { hangUp(found.id, cause: .callerHungUp) }
  }

  public func provider(_ provider: Provider, accountIs state: Provider.AccountState) {
    if case .failed(let error) = state {
      journal.append(.providerFailed(Fact.ProviderFailed(provider: provider.name, problem: Problem(error))), about: .host)
    }
  }

  public func provider(_ provider: Provider, logs text: String, level: Int32) { log(provider.name, text, level) }
}

/// A session that only refuses an offer.
private final class Refusal: SessionOwner {
  private var session: ProviderSession?
  private let done: (Refusal) -> Void

  init(done: @escaping (Refusal) -> Void) { self.done = done }

  func begin(_ provider: Provider, offer: String, on table: SessionTable) {
    session = Registry.open(provider, .telephony, offer: offer, rate: 8000, connectMs: 2000, on: table, owner: self)
  }

  func sessionReady(_ session: ProviderSession) {
    if session.start(OpKind.reject, body: #"{"cause":"busy"}"#) == nil { finish() }
  }

  func session(_ session: ProviderSession, failed error: ProviderError) { finish() }

  func session(_ session: ProviderSession, event: ProviderEvent) {
    if event.kind.isTerminal { finish() }
  }

  private func finish() {
    session?.close(.policy)
    done(self)
  }
}
