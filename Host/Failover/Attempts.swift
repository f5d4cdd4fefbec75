// One piece of work on its way down a chain: who is tried, when the next one is, and who has won.

public import Base

/// Runs a piece of work over a plan until somebody has done it or nobody is left.
///
/// The owner performs the actions and tells what comes of them; each event answers the next actions, in order. Attempts are numbered
/// from 0 in the order of their start, and every number that was started ends once: by the owner's `completed` or `failed`, or by a
/// `cancel` action, after which its events change nothing. After every event the owner sets its timer to `nextDue`.
///
/// - Candidates are tried in the plan's order, those that no breaker lets through are passed over. A failure starts the next at once.
/// - When all were tried, each may be tried once more: first those that were only outrun by another, then those whose failure allows it
///   and those that were passed over; an account's breaker lets one such last chance through at a time. So there are never more than two
///   attempts per candidate.
/// - The first useful output wins and cancels all others. When the winner fails in the middle, the rest of the work goes down the
///   chain; what is left of it is the owner's to know.
/// - With the last part of the patience whoever is untried is started beside those that run: a chain is not given up with somebody in it
///   who was never asked, or asked too late to answer.
/// - The last one left is not given up at its deadline for the connection or the first output, but waited for until `overallMs`; a second
///   attempt that somebody has left is made beside it.
/// - `exhausted` is the last action if it comes: the last resort is due.
///
/// Health is told what becomes of each attempt here, so that the owner cannot forget it.
public struct Attempts: Sendable {
  public enum Kind: Equatable, Sendable {
    case regular
    /// The same candidate a second time.
    case retry
    /// Beside another that is late.
    case hedge
    /// Its outcome decides whether the account is trusted again.
    case probe
  }

  /// Why the host ends an attempt; the provider is told, and its output counts no more.
  public enum Cause: Equatable, Sendable {
    /// Another was first.
    case hedgeLost
    /// It missed one of its deadlines.
    case deadline(Failure)
    /// The work as a whole took too long.
    case overall
    /// The work is not wanted any more.
    case withdrawn
  }

  public enum Action: Equatable, Sendable {
    /// Start the work at the plan's candidate with this index.
    case start(attempt: Int, candidate: Int, kind: Kind)
    case cancel(attempt: Int, Cause)
    /// This one's output is the output of the work from here on.
    case won(attempt: Int)
    /// The work is done.
    case finished(attempt: Int)
    /// Nobody is left, for this last cause (nil when nobody could be tried at all).
    case exhausted(Failure?)
    /// Somebody was ejected or came back, for the books.
    case changed(Health.Change)
  }

  enum Phase: Equatable, Sendable { case connecting, waiting, serving, over }

  struct Run: Sendable {
    let candidate: Int
    let permit: Health.Permit
    let startedAt: Instant
    var phase = Phase.connecting
    /// When the phase began, or its last sign of life.
    var since: Instant
    /// The host holds the provider back, so its silence is not its own.
    var isHeld = false
    /// It was held back before its first output, so how soon that came says nothing of its pace.
    var wasHeld = false
    /// Waited for beyond its deadline, because nobody else is left.
    var isLast = false
    /// Health knows of its success.
    var isCredited = false
    var hasOutput = false
    /// The second and last attempt of its candidate.
    let isSecond: Bool
  }

  /// What is left of a candidate.
  enum Rest: Equatable, Sendable {
    case untried
    /// It lost a race and did nothing wrong: its second attempt comes before that of anybody who failed.
    case outrun
    /// A second attempt, when nobody is untried: its first may be repeated, or no breaker let it through.
    case lastChance(isRetry: Bool)
    case nothing
  }

  public let plan: ChainPlan
  public let work: Work
  var runs: [Run] = []
  var rest: [Rest]
  var overallAt = Instant.never
  /// When the next candidate is started beside those that run; nil: not.
  var hedgeAt: Instant?
  /// How long after the newest attempt that would be; nil: not.
  var hedgeAfterMs: Int?
  /// The failure that led to the present state.
  var cause: Failure?
  /// The attempt whose output counts; nil before the first output and after the winner's failure. It stays when the work is done.
  public internal(set) var winner: Int?
  /// Nothing will be started any more, and nothing runs.
  public internal(set) var isOver = false

  public init(_ work: Work, _ plan: ChainPlan) {
    self.work = work
    self.plan = plan
    rest = [Rest](repeating: .untried, count: plan.candidates.count)
  }

  /// Who makes an attempt; nil for a number that was never started.
  public func candidate(of attempt: Int) -> Candidate? {
    runs.indices.contains(attempt) ? plan.candidates[runs[attempt].candidate] : nil
  }

  // MARK: Events

  /// The work begins. Called once, first.
  public mutating func begin(at now: Instant, _ shared: inout SharedState) -> [Action] {
    guard runs.isEmpty, !isOver else { return [] }
    overallAt = now.advanced(byMs: work.overallMs)
    return next(now, &shared)
  }

  /// The provider is connected and has been given the work.
  public mutating func ready(_ attempt: Int, at now: Instant, _ shared: inout SharedState) -> [Action] {
    guard isRunning(attempt), runs[attempt].phase == .connecting else { return [] }
    runs[attempt].since = now
    runs[attempt].isLast = false
    guard work.isOpenEnded else {
      runs[attempt].phase = .waiting
      return []
    }
    runs[attempt].phase = .serving
    noteLatency(attempt, now, &shared)
    return win(attempt, now, &shared)
  }

  /// A useful output came: a token, a sample, a message of a recogniser.
  public mutating func output(_ attempt: Int, at now: Instant, _ shared: inout SharedState) -> [Action] {
    guard isRunning(attempt) else { return [] }
    runs[attempt].since = now
    runs[attempt].isLast = false
    return runs[attempt].hasOutput ? [] : firstOutput(attempt, now, &shared)
  }

  /// The provider said that it is done.
  /// - Parameter isEmpty: it brought nothing although something was asked for, which is a failure; not so for a listening that lasted,
  ///   because the caller may have been silent.
  public mutating func completed(_ attempt: Int, isEmpty: Bool = false, at now: Instant, _ shared: inout SharedState) -> [Action] {
    guard isRunning(attempt) else { return [] }
    let hasLasted = work.isOpenEnded && now >= runs[attempt].startedAt.advanced(byMs: Limits.servedMs)
    if isEmpty, !hasLasted { return failed(attempt, .empty, at: now, &shared) }
    let actions = runs[attempt].hasOutput ? [] : firstOutput(attempt, now, &shared)
    let changes = credit(attempt, now, &shared)
    runs[attempt].phase = .over
    isOver = true
    return actions + changes + [.finished(attempt: attempt)]
  }

  /// The provider reported a failure, its session was lost, or the stall detector gave it up (`Failure.silent`).
  public mutating func failed(_ attempt: Int, _ failure: Failure, at now: Instant, _ shared: inout SharedState) -> [Action] {
    guard isRunning(attempt) else { return [] }
    return lose(attempt, failure, now, &shared) + goOn(after: attempt, failure, now, &shared)
  }

  /// The host takes no output from the attempt for now (`isHeld`), or takes it again: no deadline runs meanwhile.
  public mutating func hold(_ attempt: Int, _ isHeld: Bool, at now: Instant) {
    guard isRunning(attempt), runs[attempt].isHeld != isHeld else { return }
    runs[attempt].isHeld = isHeld
    runs[attempt].wasHeld = true
    runs[attempt].since = now
    // Nobody is raced who is not let run.
    hedgeAt = isHeld || winner != nil ? nil : hedgeAfterMs.map { now.advanced(byMs: $0) }
    if winner == nil { overallAt = max(overallAt, now.advanced(byMs: work.overallMs)) }
  }

  /// The work is not wanted any more: barge-in, hang-up, a newer turn.
  public mutating func cancel(at now: Instant, _ shared: inout SharedState) -> [Action] {
    guard !isOver else { return [] }
    isOver = true
    return endAll(.withdrawn, now, &shared)
  }

  /// Time has passed; needed at `nextDue`, harmless at any other moment.
  public mutating func tick(at now: Instant, _ shared: inout SharedState) -> [Action] {
    guard !isOver else { return [] }
    if now >= giveUpAt { return giveUp(now, &shared) }
    var actions: [Action] = []
    for attempt in runs.indices where isRunning(attempt) && now >= due(attempt) {
      if mayWait(attempt, now, shared.health) { actions += wait(attempt, now, &shared) } else { actions += miss(attempt, now, &shared) }
    }
    if !isOver, let at = hedgeAt, now >= at { actions += hedge(now, &shared) }
    if !isOver, now >= rescueAt { actions += rescue(now, &shared) }
    return actions
  }

  /// When `tick` is needed; `never` when nothing is waited for.
  public var nextDue: Instant {
    guard !isOver else { return .never }
    return runs.indices.reduce(min(giveUpAt, rescueAt, hedgeAt ?? .never)) { min($0, due($1)) }
  }
}
