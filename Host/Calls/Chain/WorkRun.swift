// One piece of work on its way down a chain: does what `Attempts` decides, and writes every try.

import Base
import Failover
import Journal
import Loader
import PluginABI
import Vox

/// Who wants the work done, and knows what it is.
protocol WorkRunOwner: AnyObject {
  /// Begins the work, or what is left of it, on a session that is ready; nil when the session does not take it.
  func run(_ run: WorkRun, beginOn session: ProviderSession) -> OpID?
  /// Whether the event is what was asked for, so that whoever sends it first has won.
  func run(_ run: WorkRun, isOutput event: ProviderEvent) -> Bool
  /// An event of the try whose output counts; its terminal is not among them.
  func run(_ run: WorkRun, event: ProviderEvent, from session: ProviderSession)
  /// The output of the work comes from this session from here on.
  func run(_ run: WorkRun, wonBy session: ProviderSession)
  /// Whose output counted has failed in the middle. Another is started at once, or `runExhausted` follows. The work may be ended here.
  func run(_ run: WorkRun, lost session: ProviderSession, _ error: ProviderError)
  /// It is done; `result` is what COMPLETED carried.
  func run(_ run: WorkRun, finishedBy session: ProviderSession, result: JSONValue)
  /// Nobody is left who could do it.
  func run(_ run: WorkRun, exhausted error: ProviderError)
  /// The work was taken back and the last of its tries has ended.
  func runEnded(_ run: WorkRun)
}

extension WorkRunOwner {
  func run(_ run: WorkRun, wonBy session: ProviderSession) {}
  func runEnded(_ run: WorkRun) {}
}

extension Fact.Attempt.Kind {
  init(_ kind: Attempts.Kind) {
    switch kind {
    case .regular: self = .regular
    case .retry: self = .retry
    case .hedge: self = .hedge
    case .probe: self = .probe
    }
  }
}

/// Carries a piece of work over the providers of a chain. On the call's loop; it lives until its last try has told what it consumed.
final class WorkRun: TimerTarget {
  /// A class, so that an event that only looks at it need not copy it.
  private final class Try {
    /// Nil when its provider was gone by the time it was to be asked, or the work was over.
    let session: ProviderSession?
    let position: Int
    var op: OpID?
    var record: Attempt
    /// How the record will end; set when the host let go of it.
    var verdict: (outcome: Fact.Attempt.Outcome, error: ProviderError?)?
    var isClosed = false
    /// Events of output that have passed a drill.
    var given = 0

    init(session: ProviderSession?, position: Int, record: Attempt) {
      self.session = session
      self.position = position
      self.record = record
      isClosed = session == nil
    }
  }

  private let chain: RoleChain
  private weak var owner: (any WorkRunOwner)?
  private let name: String
  private let turn: Int
  private var attempts: Attempts
  private var tries: [Try] = []
  private var timer: TimerID?
  private var timerAt = Instant.never
  private var isDone = false
  /// Actions that came while others were performed.
  private var queue: [Attempts.Action] = []
  private var isPerforming = false
  private var lastError: ProviderError?

  /// - Parameters:
  ///   - name: the kind of work in the books: listen, chat, say, invoke.
  init(_ work: Work, name: String, turn: Int, over chain: RoleChain, owner: any WorkRunOwner) {
    self.chain = chain
    self.owner = owner
    self.name = name
    self.turn = turn
    attempts = Attempts(work, chain.plan)
  }

  private var now: Instant { chain.loop.now }

  /// The session whose output counts.
  var winner: ProviderSession? { attempts.winner.flatMap { tries[$0].session } }
  var winnerOp: OpID? { attempts.winner.flatMap { tries[$0].op } }
  /// The provider that does the work, or is asked to at present.
  var provider: String { (winner ?? tries.last?.session)?.provider.name ?? "" }
  /// When the try that counts was begun, and gave its first output.
  var startedAt: Instant? { (attempts.winner.map { tries[$0] } ?? tries.last)?.record.startedAt }
  /// Nothing more will come of it.
  var isOver: Bool { isDone }
  /// What all its tries have consumed so far.
  var units: [Units] { tries.flatMap(\.record.units) }

  /// Whether a try of it goes on, or is still to be heard of, at a session.
  func uses(_ session: ProviderSession) -> Bool { tries.contains { $0.session === session && !$0.isClosed } }

  // MARK: Steering

  func begin() {
    chain.began(self)
    step { $0.begin(at: $1, &$2) }
  }

  /// Not wanted any more. The tries still tell what they consumed; `runEnded` follows.
  func cancel(_ reason: Reason) {
    guard !isDone else { return }
    self.reason = reason
    isDone = true
    step { $0.cancel(at: $1, &$2) }
    settle()
  }

  private var reason = Reason.superseded

  /// The host takes no output from whoever serves, or takes it again.
  func hold(_ isHeld: Bool) {
    guard !isDone, self.isHeld != isHeld else { return }
    self.isHeld = isHeld
    for attempt in tries.indices { attempts.hold(attempt, isHeld, at: now) }
    arm()
  }

  private var isHeld = false

  /// The host itself has found that whoever serves has failed.
  func giveUp(_ error: ProviderError) {
    guard !isDone, let attempt = attempts.winner else { return }
    letGo(attempt, .lost, error, .deadline)
    fail(attempt, error)
  }

  func timerFired(token: UInt64) {
    guard token == 0 else { return fail(Int(token) - 1, Self.nobody(nil)) }
    timer = nil
    step { $0.tick(at: $1, &$2) }
  }

  // MARK: From the chain

  func ready(_ session: ProviderSession) {
    for attempt in tries.indices
    where tries[attempt].session === session && tries[attempt].op == nil && tries[attempt].verdict == nil && !tries[attempt].isClosed {
      beginWork(attempt, session)
    }
  }

  /// The session is gone, and everything on it.
  func lost(_ session: ProviderSession, _ error: ProviderError) {
    for attempt in tries.indices where tries[attempt].session === session && !tries[attempt].isClosed {
      let verdict = tries[attempt].verdict
      var error = error
      // What it says of itself says nothing of the work that had been begun.
      if tries[attempt].op != nil, error.effects == .none { error.effects = .maybe }
      close(attempt, verdict?.outcome ?? .lost, verdict == nil ? error : verdict?.error)
      if verdict == nil { fail(attempt, error) }
    }
    settle()
  }

  /// The session has been closed by the host; what was still running on it is over.
  func closed(_ session: ProviderSession) {
    for attempt in tries.indices where tries[attempt].session === session && !tries[attempt].isClosed {
      let verdict = tries[attempt].verdict
      close(attempt, verdict?.outcome ?? .cancelled, verdict?.error)
    }
    settle()
  }

  /// - Returns: whether the event was this run's.
  func take(_ event: ProviderEvent, from session: ProviderSession) -> Bool {
    guard let op = event.op, let attempt = tries.firstIndex(where: { $0.op == op && $0.session === session }) else { return false }
    if event.kind == .usage, let usage = event.usage { tries[attempt].record.note(usage) }
    if let verdict = tries[attempt].verdict {
      if event.kind.isTerminal { close(attempt, verdict.outcome, verdict.error) }
      settle()
      return true
    }
    if isDrilled(attempt, event, session) { return true }
    switch event.kind {
    case .usage: break
    case .completed: completed(attempt, event)
    case .failed:
      let error = session.failure(event) ?? ProviderError(.internal, "\(session.provider.name) failed without saying why")
      close(attempt, .lost, error)
      fail(attempt, error)
    case .cancelled:
      // It let go by itself, which nobody had asked for.
      let error = ProviderError(.internal, "\(session.provider.name) gave up the work", code: "gave_up")
      close(attempt, .lost, error)
      fail(attempt, error)
    default: output(attempt, event)
    }
    settle()
    return true
  }

  /// - Returns: whether a drill has kept the event back, or made it a failure.
  private func isDrilled(_ attempt: Int, _ event: ProviderEvent, _ session: ProviderSession) -> Bool {
    guard event.kind != .usage, let drill = chain.drill(at: tries[attempt].position) else { return false }
    let isOutput = event.kind != .completed && owner?.run(self, isOutput: event) == true
    switch drill.passage(of: event, after: tries[attempt].given, isOutput: isOutput) {
    case .passes:
      if isOutput { tries[attempt].given += 1 }
      return false
    case .isKept: return true
    case .fails(let error):
      letGo(attempt, .lost, error, .failover)
      if event.kind.isTerminal { close(attempt, .lost, error) }
      fail(attempt, error)
      settle()
      return true
    }
  }

  private func output(_ attempt: Int, _ event: ProviderEvent) {
    if owner?.run(self, isOutput: event) == true {
      if tries[attempt].record.firstOutputAt == nil { tries[attempt].record.firstOutputAt = now }
      step { $0.output(attempt, at: $1, &$2) }
    }
    if !isDone, attempts.winner == attempt, let session = tries[attempt].session { owner?.run(self, event: event, from: session) }
  }

  private func completed(_ attempt: Int, _ event: ProviderEvent) {
    result = (try? event.text?.text.json()) ?? .object([:])
    let isEmpty = tries[attempt].record.firstOutputAt == nil && owner?.run(self, isOutput: event) != true
    // A listening that ends without a word heard nobody; whether that is a failure, the machine says.
    guard !attempts.work.isOpenEnded else {
      close(attempt, .won, nil)
      return step { $0.completed(attempt, isEmpty: isEmpty, at: $1, &$2) }
    }
    let error = ProviderError(.internal, "\(tries[attempt].record.provider) finished without any output", effects: .maybe, code: "empty")
    close(attempt, isEmpty ? .lost : .won, isEmpty ? error : nil)
    if isEmpty { lastError = error }
    step { $0.completed(attempt, isEmpty: isEmpty, at: $1, &$2) }
  }

  private var result = JSONValue.object([:])

  private func fail(_ attempt: Int, _ error: ProviderError) {
    guard !isDone else { return }
    lastError = error
    let served = attempts.winner == attempt
    // The owner first: it must know what is left of the work before somebody else begins with it.
    if served, let session = tries[attempt].session { owner?.run(self, lost: session, error) }
    guard !isDone else { return }
    step { $0.failed(attempt, Failure(Problem(error)), at: $1, &$2) }
  }

  // MARK: Doing what was decided

  private func step(_ decide: (inout Attempts, Instant, inout SharedState) -> [Attempts.Action]) {
    let now = now
    queue += chain.decide { shared in decide(&attempts, now, &shared) }
    perform()
    arm()
  }

  private func perform() {
    guard !isPerforming else { return }
    isPerforming = true
    while !queue.isEmpty { perform(queue.removeFirst()) }
    isPerforming = false
  }

  private func perform(_ action: Attempts.Action) {
    switch action {
    case .start(_, let candidate, let kind): start(attempts.plan.candidates[candidate], kind)
    case .cancel(let attempt, let cause): cancel(attempt, cause)
    case .won(let attempt):
      chain.served(by: tries[attempt].position)
      if let session = tries[attempt].session { owner?.run(self, wonBy: session) }
    case .finished(let attempt):
      guard !isDone, let session = tries[attempt].session else { return }
      isDone = true
      owner?.run(self, finishedBy: session, result: result)
    case .exhausted(let failure):
      guard !isDone else { return }
      isDone = true
      owner?.run(self, exhausted: lastError ?? Self.nobody(failure))
    case .changed(let change): chain.note(change)
    }
  }

  private static func nobody(_ failure: Failure?) -> ProviderError {
    guard let failure else {
      return ProviderError(.unavailable, "no provider of the chain could be tried", scope: .session, code: "chain_empty")
    }
    return ProviderError(
      failure.errorClass == .timeout ? .timeout : .unavailable, "no provider of the chain has answered in time", scope: .session,
      code: "chain_exhausted")
  }

  private func start(_ candidate: Candidate, _ kind: Attempts.Kind) {
    let attempt = tries.count
    let session = isDone ? nil : chain.session(at: candidate.position)
    let record = Attempt(
      chain.role, candidate.account.provider, name, turn: turn, kind: Fact.Attempt.Kind(kind), price: candidate.price, startedAt: now)
    tries.append(Try(session: session, position: candidate.position, record: record))
    if isHeld { attempts.hold(attempt, true, at: now) }
    if let session {
      if session.isUsable { beginWork(attempt, session) }
    } else {
      // It was in the plan a moment ago: the provider has just been removed, or the call is over.
      _ = chain.loop.timer(self, token: UInt64(attempt) + 1, at: now)
    }
  }

  private func beginWork(_ attempt: Int, _ session: ProviderSession) {
    guard !isDone else { return }
    switch chain.drill(at: tries[attempt].position)?.beginning {
    case .waits: return
    case .fails(let error):
      close(attempt, .lost, error)
      return fail(attempt, error)
    case .begins, nil: break
    }
    tries[attempt].record.readyAt = now
    guard let op = owner?.run(self, beginOn: session) else {
      let error = ProviderError(.internal, "\(session.provider.name) takes no more work", scope: .session, code: "start_refused")
      close(attempt, .lost, error)
      return fail(attempt, error)
    }
    tries[attempt].op = op
    step { $0.ready(attempt, at: $1, &$2) }
  }

  private func cancel(_ attempt: Int, _ cause: Attempts.Cause) {
    switch cause {
    case .hedgeLost: letGo(attempt, .cancelled, nil, .failover)
    case .withdrawn: letGo(attempt, .cancelled, nil, reason)
    case .overall: letGo(attempt, .cancelled, nil, .deadline)
    case .deadline(let failure):
      guard let session = tries[attempt].session else { return }
      let what = failure == .unreached ? "was not ready in time" : "did not answer in time"
      let error = ProviderError(
        .timeout, "\(session.provider.name) \(what)", effects: .maybe, code: failure == .unreached ? "connect_timeout" : "deadline")
      lastError = error
      // Whose output counted until now: the owner must know what is left before another begins.
      if wasServing(attempt) { owner?.run(self, lost: session, error) }
      letGo(attempt, .lost, error, .deadline)
      // Whoever is silent once is not to be trusted with the same connection again.
      chain.discard(session)
    }
  }

  /// The try has given output, and no other has since.
  private func wasServing(_ attempt: Int) -> Bool {
    !isDone && attempts.winner == nil && tries[attempt].record.firstOutputAt != nil
  }

  /// Lets go of a try; its record ends with its terminal event, which comes within the plugin's grace.
  private func letGo(_ attempt: Int, _ outcome: Fact.Attempt.Outcome, _ error: ProviderError?, _ reason: Reason) {
    guard !tries[attempt].isClosed, tries[attempt].verdict == nil else { return }
    tries[attempt].verdict = (outcome, error)
    if let op = tries[attempt].op, let session = tries[attempt].session, !session.isOver {
      session.cancel(op, reason: reason)
    } else {
      close(attempt, outcome, error)
    }
  }

  private func close(_ attempt: Int, _ outcome: Fact.Attempt.Outcome, _ error: ProviderError?) {
    guard !tries[attempt].isClosed else { return }
    tries[attempt].isClosed = true
    chain.note(tries[attempt].record.ended(outcome, error, at: now))
  }

  /// Every sign of life puts the deadline off: a timer that is set already is left to fire too soon, which is harmless and comes but once.
  private func arm() {
    let due = isDone ? .never : attempts.nextDue
    guard timer == nil || due < timerAt || due == .never else { return }
    chain.loop.cancel(timer)
    timer = due == .never ? nil : chain.loop.timer(self, token: 0, at: due)
    timerAt = due
  }

  /// Leaves when nothing is wanted of it and nothing is owed to the books.
  private func settle() {
    guard isDone, !isPerforming, tries.allSatisfy(\.isClosed), !hasEnded else { return }
    hasEnded = true
    chain.loop.cancel(timer)
    timer = nil
    chain.ended(self)
    owner?.runEnded(self)
  }

  private var hasEnded = false
}
