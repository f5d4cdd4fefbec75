// What the host has learned about accounts and providers, shared by all of its calls.

public import Base

/// The breakers of all accounts and providers, and how quick each account has been.
///
/// One value per host; who shares it among loops guards it, since every verb takes microseconds. An attempt is admitted once and its
/// outcome is told once, with the permit it was given: by `succeeded`, `failed` or `abandoned`.
public struct Health: Sendable {
  /// The right to one attempt with an account of a provider.
  public struct Permit: Hashable, Sendable {
    let account: Breaker.Permit
    let provider: Breaker.Permit

    /// The attempt is what decides whether somebody is trusted again.
    public var isProbe: Bool { account != .regular || provider != .regular }
  }

  public enum Condition: Equatable, Sendable {
    case healthy
    case ejected(until: Instant, reach: Failure.Reach, cause: Problem.Class)
    /// Its back-off is over, and the host's own probe has not run yet.
    case awaitsProbe
    case probing
  }

  /// Somebody was taken out of service or came back: the event `availability_changed`.
  public struct Change: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
      case ejected(until: Instant, cause: Failure)
      case recovered
    }

    /// Whose failure it was; with `reach` provider, all accounts of that provider are meant.
    public let account: Account
    public let reach: Failure.Reach
    public let kind: Kind
  }

  private struct Entry: Sendable {
    let account: Account
    var breaker: Breaker
    var latency = LatencyWindow()
    var usedAt: Instant
  }

  private let settings: Breaker.Settings
  private var random: Random
  private var accounts: [String: Entry] = [:]
  private var providers: [String: Breaker] = [:]
  private var nextProbeAt = Instant(ns: 0)

  /// - Parameter random: for the jitter of back-offs.
  public init(_ settings: Breaker.Settings = Breaker.Settings(), random: Random) {
    self.settings = settings
    self.random = random
  }

  // MARK: Asking

  public func condition(of account: Account, at now: Instant) -> Condition {
    let both: [(breaker: Breaker?, reach: Failure.Reach)] = [
      (providers[account.provider], .provider), (accounts[account.key]?.breaker, .account),
    ]
    for case (let breaker?, let reach) in both {
      switch breaker.state(at: now) {
      case .closed: continue
      case .open(let until): return .ejected(until: until, reach: reach, cause: breaker.cause?.errorClass ?? .internal)
      case .halfOpen(isProbing: true): return .probing
      case .halfOpen(isProbing: false): return account.isProbed ? .awaitsProbe : .healthy
      }
    }
    return .healthy
  }

  /// Whether `admit` would grant a permit.
  public func admits(_ account: Account, urgent: Bool = false, at now: Instant) -> Bool {
    [providers[account.provider], accounts[account.key]?.breaker].allSatisfy { breaker in
      guard let breaker else { return true }
      return breaker.admits(urgent: urgent, at: now) && (urgent || !isReserved(breaker, account, now))
    }
  }

  /// Half-open, and left to the host's own probe for a while.
  private func isReserved(_ breaker: Breaker, _ account: Account, _ now: Instant) -> Bool {
    guard account.isProbed, let until = breaker.until else { return false }
    return now < until.advanced(byMs: Limits.probeGraceMs)
  }

  /// The account's recent 95th percentile of the time to its first output; nil while it is not known.
  public func p95Ms(of account: Account, at now: Instant) -> Int? { accounts[account.key]?.latency.p95Ms(at: now) }

  // MARK: Attempts

  /// The right to one attempt, or nil when its breaker or its provider's lets nothing through.
  /// - Parameter urgent: nobody else is left for the work.
  public mutating func admit(_ account: Account, urgent: Bool = false, at now: Instant) -> Permit? {
    admits(account, urgent: urgent, at: now) ? take(account, urgent, now) : nil
  }

  private mutating func take(_ account: Account, _ urgent: Bool, _ now: Instant) -> Permit? {
    enter(account, now)
    guard let own = accounts[account.key]?.breaker.admit(urgent: urgent, at: now) else { return nil }
    guard let common = providers[account.provider, default: Breaker(settings)].admit(urgent: urgent, at: now) else {
      accounts[account.key]?.breaker.abandoned(own)
      return nil
    }
    return Permit(account: own, provider: common)
  }

  /// The first useful output of an attempt came `ms` after it was asked for.
  public mutating func noteFirstOutput(_ account: Account, ms: Double, at now: Instant) {
    accounts[account.key]?.latency.note(ms: ms, at: now)
  }

  /// The work was done.
  public mutating func succeeded(_ account: Account, _ permit: Permit, at now: Instant) -> [Change] {
    var changes: [Change] = []
    if accounts[account.key]?.breaker.succeeded(permit.account, at: now) == .closed {
      changes.append(Change(account: account, reach: .account, kind: .recovered))
    }
    if providers[account.provider]?.succeeded(permit.provider, at: now) == .closed {
      changes.append(Change(account: account, reach: .provider, kind: .recovered))
    }
    return changes
  }

  /// The work failed. What is only the request's own fault counts against nobody.
  public mutating func failed(_ account: Account, _ permit: Permit, _ failure: Failure, at now: Instant) -> [Change] {
    var change: Breaker.Change?
    switch failure.reach {
    case .nobody: abandoned(account, permit)
    case .account:
      change = accounts[account.key]?.breaker.failed(failure, permit.account, at: now, &random)
      settle(provider: account.provider, permit.provider, failure, now)
    case .provider:
      change = providers[account.provider]?.failed(failure, permit.provider, at: now, &random)
      accounts[account.key]?.breaker.abandoned(permit.account)
    }
    guard case .opened(let until) = change else { return [] }
    return [Change(account: account, reach: failure.reach, kind: .ejected(until: until, cause: failure))]
  }

  /// A provider that is on probation and whose account failed: a wrong key says nothing about it, no connection says that it is still away.
  private mutating func settle(provider: String, _ permit: Breaker.Permit, _ failure: Failure, _ now: Instant) {
    // What began as a probe may go on long after it has passed.
    guard providers[provider]?.isCurrent(permit) == true else { return }
    switch failure.errorClass {
    case .auth, .quota, .rate: providers[provider]?.abandoned(permit)
    default: _ = providers[provider]?.failed(failure, permit, at: now, &random)
    }
  }

  /// The attempt told nothing: it was taken back before it gave anything.
  public mutating func abandoned(_ account: Account, _ permit: Permit) {
    accounts[account.key]?.breaker.abandoned(permit.account)
    providers[account.provider]?.abandoned(permit.provider)
  }

  // MARK: Synthetic probes

  /// The next account for the host's own tiny probe, with its permit; nil when none is due. At most one a second on the whole host,
  /// and one per back-off and account. Its outcome is told like that of any attempt.
  public mutating func probe(at now: Instant) -> (account: Account, permit: Permit)? {
    guard now >= nextProbeAt, let due = probed().first, due.at <= now, let permit = take(due.account, false, now) else { return nil }
    nextProbeAt = now.advanced(byMs: Limits.probeEveryMs)
    return (due.account, permit)
  }

  /// When to ask `probe` again; `never` while everybody is well.
  public var nextProbe: Instant { probed().first.map { max($0.at, nextProbeAt) } ?? .never }

  /// Accounts that wait for a probe, and from when on, the earliest first; equal ones by key, so that a run can be repeated.
  private func probed() -> [(at: Instant, account: Account)] {
    accounts.values.compactMap { entry -> (at: Instant, account: Account)? in
      guard entry.account.isProbed else { return nil }
      let breakers = [entry.breaker, providers[entry.account.provider]].compactMap { $0 }
      guard let at = breakers.compactMap(\.probeAt).max() else { return nil }
      return (at, entry.account)
    }
    .sorted { ($0.at, $0.account.key) < ($1.at, $1.account.key) }
  }

  // MARK: Memory

  private mutating func enter(_ account: Account, _ now: Instant) {
    if accounts[account.key] == nil {
      if accounts.count >= Limits.accounts { forgetSome() }
      accounts[account.key] = Entry(account: account, breaker: Breaker(settings), usedAt: now)
    }
    accounts[account.key]?.usedAt = now
  }

  /// Drops an eighth of all accounts, those that were idle longest, healthy ones first: one sort for five hundred newcomers.
  private mutating func forgetSome() {
    func isBefore(_ a: Entry, _ b: Entry) -> Bool {
      a.breaker.isPristine == b.breaker.isPristine ? (a.usedAt, a.account.key) < (b.usedAt, b.account.key) : a.breaker.isPristine
    }
    for entry in accounts.values.sorted(by: isBefore).prefix(Limits.accounts / 8) { accounts[entry.account.key] = nil }
    // Without an account nothing can be learned about a provider any more, unless it is still away.
    let used = Set(accounts.values.map(\.account.provider))
    providers = providers.filter { used.contains($0.key) || !$0.value.isPristine }
  }
}
