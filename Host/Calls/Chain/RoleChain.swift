// The providers of one role in one call: who may be tried, and the sessions that are open.

import Base
import Failover
import Journal
import Loader
import PluginABI
import Tenants
import Vox

/// Who is told what concerns the role as a whole.
protocol RoleChainOwner: AnyObject {
  /// A session is ready for work.
  func chain(_ chain: RoleChain, ready session: ProviderSession)
  /// No session could be made ready, although nobody has needed one yet.
  func chain(_ chain: RoleChain, lost error: ProviderError)
  /// A try has ended, for the books.
  func chain(_ chain: RoleChain, attempt: Attempt)
  /// An account was taken out of service, or came back.
  func chain(_ chain: RoleChain, changed change: Health.Change)
  /// After `close`: nothing is left of any session.
  func chainClosed(_ chain: RoleChain)
}

/// The chain of one role, with at most one living session per place. On the call's loop.
///
/// A session is opened when its place is first needed and serves until the call ends or it fails; one that failed is replaced by a
/// new one when its place is needed again.
final class RoleChain: SessionOwner {
  let role: Role
  /// The chain as the tenant has it in this turn.
  private(set) var chain: Chain
  /// How often it was changed during the call: work that began before knows nobody who came later.
  private(set) var changes = 0
  /// Every link this call has had, by its place. A link keeps its place when the chain is changed, and so does its session.
  private(set) var links: [Chain.Link]
  /// The places of the present chain, in its order.
  private var order: [Int]
  let loop: CallLoop
  private let table: SessionTable
  private let ports: CallPorts
  private let tenant: String
  private let context: JSONValue
  /// Laid over the settings of every link.
  private let settings: JSONValue
  /// Hz that the engine would like; 0 where there is no sound.
  private let rate: Int
  weak var owner: (any RoleChainOwner)?
  private var sessions: [Int: ProviderSession] = [:]
  /// Sessions that are closing, or were given up: their last usage may still come.
  private var leaving: [ProviderSession] = []
  private var runs: [WorkRun] = []
  private(set) var home: Home
  private var isClosing = false

  /// - Parameters:
  ///   - tenant: whose hedges are counted.
  ///   - context: the JSON of the call that every session is given.
  init(
    _ role: Role, _ chain: Chain, tenant: String, settings: JSONValue = .object([:]), context: JSONValue, rate: Int, ports: CallPorts,
    on table: SessionTable
  ) {
    self.role = role
    self.chain = chain
    links = chain.links
    order = Array(chain.links.indices)
    self.tenant = tenant
    self.settings = settings
    self.context = context
    self.rate = rate
    self.ports = ports
    self.table = table
    loop = table.loop
    home = Home(chain.stickiness(for: role))
  }

  // MARK: Who may be tried

  /// The plan for a piece of work that begins now.
  var plan: ChainPlan {
    var candidates = ports.candidates(of: chain, for: role)
    for index in candidates.indices { candidates[index].position = order[index] }
    return ChainPlan(candidates, chain.require, first: home.first)
  }

  /// Takes the chain as the tenant has changed it; to be called between two turns. The order counts anew, and sessions of links that are
  /// in it no more are let go of, unless work is going on there.
  /// - Returns: whether somebody else serves from now on.
  func adopt(_ fresh: Chain) -> Bool {
    guard fresh != chain, !fresh.links.isEmpty else { return false }
    let served = order.first { $0 == home.first } ?? order.first
    chain = fresh
    changes += 1
    order = fresh.links.map { link in
      if let place = links.firstIndex(of: link) { return place }
      links.append(link)
      return links.count - 1
    }
    home = Home(fresh.stickiness(for: role))
    failedWarm = []
    for (place, session) in sessions.sorted(by: { $0.key < $1.key }) where !order.contains(place) {
      if !runs.contains(where: { $0.uses(session) }) { discard(session, .policy) }
    }
    return served != order.first
  }

  /// A new turn: the only moment at which a call may return to a provider it had left.
  func turnBegan() { home.turnBegan() }

  /// Whether another piece of work may be given to whoever has the session, beside what it does already.
  func admitsMore(_ session: ProviderSession) -> Bool {
    guard let position = position(of: session), let candidate = plan.candidates.first(where: { $0.position == position }) else {
      return false
    }
    let now = loop.now
    return decide { $0.health.admits(candidate.account, at: now) }
  }

  func served(by position: Int) { home.served(by: position) }

  /// The fault that is played at a place of the chain; nil almost always.
  func drill(at position: Int) -> Drill? {
    guard let drill = ports.drill, drill.role == role, links.indices.contains(position), links[position].provider == drill.provider else {
      return nil
    }
    return drill
  }

  // MARK: Sessions

  /// Opens the session of whoever would serve now, so that it is ready when work comes.
  func warm() {
    if let position = untried.first(where: isAdmitted)?.position ?? untried.first?.position { _ = session(at: position) }
  }

  /// Work is about to come: whoever would do it is made ready. Other calls may have found out meanwhile that it is not the one whose
  /// session is open.
  func prepare() {
    guard !sessions.isEmpty, let position = untried.first(where: isAdmitted)?.position else { return }
    _ = session(at: position)
  }

  /// Who may be opened ahead of work, in the order of the plan.
  private var untried: [Candidate] { plan.candidates.filter { !failedWarm.contains($0.position) } }

  private func isAdmitted(_ candidate: Candidate) -> Bool {
    let now = loop.now
    return decide { $0.health.admits(candidate.account, at: now) }
  }

  /// Places whose session failed while there was no work for it; they are tried again when there is some, or when whoever stood in for
  /// them is lost.
  private var failedWarm: Set<Int> = []

  /// A session that nobody was using is lost: the next place is made ready instead. With none left the role is lost.
  /// - Parameter wasReady: its place stood well until now and is tried again at once, as after the death of a worker.
  private func replaceIdle(_ position: Int?, wasReady: Bool, _ error: ProviderError) {
    guard runs.isEmpty, !isClosing, let position else { return }
    // Who failed before that place stood well may do better by now.
    if wasReady { failedWarm = [] } else { failedWarm.insert(position) }
    if sessions.isEmpty { warm() }
    if sessions.isEmpty { owner?.chain(self, lost: error) }
  }

  /// The living session of a place, opened now if there is none; nil when its provider does not exist.
  func session(at position: Int) -> ProviderSession? {
    if let session = sessions[position], !session.isOver { return session }
    guard !isClosing, links.indices.contains(position), let provider = ports.providers.provider(links[position].provider) else {
      return nil
    }
    // The deadline for the connection is the run's, which knows whom to turn to next; this one is for sessions that nobody waits for.
    let session = Registry.open(
      provider, role, settings: settings(at: position), context: context, rate: rate,
      connectMs: max(chain.overallMs(for: role), Self.idleConnectMs), on: table, owner: self)
    sessions[position] = session
    return session
  }

  private func settings(at position: Int) -> JSONValue { links[position].settings.merging(settings) }

  /// What a session was opened with, beside its provider's own settings.
  func settings(of session: ProviderSession) -> JSONValue { position(of: session).map(settings(at:)) ?? .null }

  private static let idleConnectMs = 10_000

  /// The deadlines of the link that a session belongs to.
  func deadlines(of session: ProviderSession) -> Deadlines {
    chain.deadlines(of: position(of: session).map { links[$0] } ?? Chain.Link(provider: ""), for: role)
  }

  /// Gives a session up: its provider did not do what it should. The next work at its place gets a new one.
  func discard(_ session: ProviderSession, _ reason: Reason = .deadline) {
    guard let position = position(of: session) else { return }
    sessions[position] = nil
    guard !session.isOver else { return }
    leaving.append(session)
    session.close(reason)
  }

  func position(of session: ProviderSession) -> Int? { sessions.first { $0.value === session }?.key }

  /// The voice that a session was asked to speak with; empty when its provider chooses.
  func voice(of session: ProviderSession) -> String {
    let chosen = position(of: session).flatMap { links[$0].settings["voice"]?.string }
    return chosen ?? session.provider.settings["voice"]?.string ?? ""
  }

  /// The session of the place that serves now, ready or not.
  var current: ProviderSession? { home.first.flatMap { sessions[$0] } ?? sessions.min { $0.key < $1.key }?.value }

  // MARK: Work

  func began(_ run: WorkRun) { runs.append(run) }
  func ended(_ run: WorkRun) { runs.removeAll { $0 === run } }
  func note(_ attempt: Attempt) { owner?.chain(self, attempt: attempt) }
  /// What a drill makes of a provider is nobody's news.
  func note(_ change: Health.Change) { if ports.drill == nil { owner?.chain(self, changed: change) } }

  /// What a machine decides with the shared knowledge.
  func decide<Result: Sendable>(_ body: (inout SharedState) -> Result) -> Result { ports.availability.with(body) }

  /// - Parameters:
  ///   - overallMs: nil takes the chain's.
  ///   - hasLastingEffects: it changes the world outside.
  ///   - isOpenEnded: it has no end of its own.
  ///   - thousandths: its size in thousandths of the price's unit.
  func work(overallMs: Int? = nil, hasLastingEffects: Bool = false, isOpenEnded: Bool = false, thousandths: Int = 0) -> Work {
    Work(
      tenant: tenant, isOpenEnded: isOpenEnded, hasLastingEffects: hasLastingEffects, overallMs: overallMs ?? chain.overallMs(for: role),
      hedge: chain.hedge,
      hedgeCap: chain.hedgeCap, thousandths: Int64(thousandths))
  }

  // MARK: From the sessions

  func sessionReady(_ session: ProviderSession) {
    if let position = position(of: session) { failedWarm.remove(position) }
    owner?.chain(self, ready: session)
    for run in runs { run.ready(session) }
  }

  func session(_ session: ProviderSession, failed error: ProviderError) {
    let position = position(of: session)
    forget(session)
    replaceIdle(position, wasReady: session.readyAt != nil, error)
    for run in runs { run.lost(session, error) }
    tellClosed()
  }

  func sessionClosed(_ session: ProviderSession) {
    forget(session)
    for run in runs { run.closed(session) }
    tellClosed()
  }

  func session(_ session: ProviderSession, event: ProviderEvent) {
    for run in runs where run.take(event, from: session) { return }
  }

  private func forget(_ session: ProviderSession) {
    if let position = position(of: session) { sessions[position] = nil }
    leaving.removeAll { $0 === session }
  }

  // MARK: Ending

  /// Ends all sessions; `chainClosed` follows, unless nothing was open.
  func close(_ reason: Reason) {
    isClosing = true
    for run in runs { run.cancel(reason) }
    let open = sessions.sorted { $0.key < $1.key }.map(\.value)
    sessions = [:]
    leaving += open.filter { !$0.isOver }
    for session in open { session.close(reason) }
  }

  /// Nothing is open.
  var isClosed: Bool { sessions.isEmpty && leaving.isEmpty }

  private func tellClosed() {
    if isClosing, isClosed { owner?.chainClosed(self) }
  }
}
