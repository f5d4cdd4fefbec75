// Decides when somebody who failed is trusted again.

public import Base

/// The circuit breaker of one account or provider: closed, open for a back-off, then half-open until one probe has succeeded.
///
/// - Closed: work goes through. Opens on a decisive failure; on any failure when nobody was served lately, because nothing then speaks
///   for a mere mishap; otherwise on so many failures in a row, or when too many of the recent ones failed.
/// - Open: nothing goes through. The back-off is 5 s · 2ⁿ, n openings since the last success (5, 10, 20, 40, 80, 160, 300, 300 s …),
///   ± 10 % of jitter so that hosts do not return together; never before the vendor's retry-after.
/// - Half-open: exactly one probe at a time. Its success closes, its failure opens for longer.
///
/// Work that was admitted before it opened neither closes it nor opens it for longer: fifty calls that meet one outage are one outage.
public struct Breaker: Equatable, Sendable {
  /// The numbers of a breaker.
  public struct Settings: Equatable, Sendable {
    /// One failure may be the request's own fault, two may be chance.
    public var failuresInARow = 3
    /// So much of the window's work failed; half, like LiteLLM.
    public var failedPercent = 50
    /// Fewer attempts than this in the window tell no rate.
    public var attemptsForRate = 10
    public var windowMs = 60_000
    /// For so long a success speaks for the account: on a busy host one slow answer is one slow answer.
    public var provenMs = 10_000
    public var backOffMs = 5000
    public var maxBackOffMs = 300_000
    public var jitterPercent = 10

    public init() {}
  }

  public enum State: Equatable, Sendable {
    case closed
    case open(until: Instant)
    case halfOpen(isProbing: Bool)
  }

  /// The right to one attempt; handed back with its outcome.
  public enum Permit: Hashable, Sendable {
    case regular
    case probe(UInt32)
  }

  public enum Change: Equatable, Sendable {
    case opened(until: Instant)
    case closed
  }

  private struct Opening: Equatable, Sendable {
    var until: Instant
    /// Not even the last chance comes before this: the vendor said so.
    var notBefore: Instant
    var cause: Failure
    var probe: UInt32?
    var probedAt: Instant?
  }

  private let settings: Settings
  private var opening: Opening?
  private var rate: FailureRate
  private var servedAt: Instant?
  private var inARow = 0
  /// Openings since the last success.
  private var openings = 0
  private var probes: UInt32 = 0

  public init(_ settings: Settings = Settings()) {
    self.settings = settings
    rate = FailureRate(windowMs: settings.windowMs)
  }

  public func state(at now: Instant) -> State {
    guard let opening else { return .closed }
    if isProbing(opening, now) { return .halfOpen(isProbing: true) }
    return now < opening.until ? .open(until: opening.until) : .halfOpen(isProbing: false)
  }

  /// Why it is not closed; nil while it is.
  public var cause: Failure? { opening?.cause }
  /// The end of the back-off; nil while closed.
  public var until: Instant? { opening?.until }
  /// When the host's own probe may run: after the back-off, or once a running one is taken for lost; nil while closed. One that told
  /// nothing would tell as little again at once, and would stand before everybody else's.
  var probeAt: Instant? {
    guard let opening else { return nil }
    guard let probedAt = opening.probedAt, opening.probe != nil || probedAt >= opening.until else { return opening.until }
    return max(opening.until, probedAt.advanced(byMs: Limits.probeMs))
  }
  /// Nothing would be lost by forgetting it.
  var isPristine: Bool { opening == nil && inARow == 0 }

  /// Whether `admit` would grant a permit.
  public func admits(urgent: Bool = false, at now: Instant) -> Bool {
    guard let opening else { return true }
    if isProbing(opening, now) { return false }
    if now >= opening.until { return true }
    // With nobody else left, one piece of work may be the probe ahead of time, unless waiting is known to be all that helps.
    return urgent && opening.cause.mayRepeat && now >= opening.notBefore
      && opening.probedAt.map { now >= $0.advanced(byMs: Limits.earlyProbeMs) } ?? true
  }

  /// The right to one attempt, or nil when there is none to be had.
  /// - Parameter urgent: nobody else is left for the work.
  public mutating func admit(urgent: Bool = false, at now: Instant) -> Permit? {
    guard admits(urgent: urgent, at: now) else { return nil }
    guard opening != nil else { return .regular }
    probes &+= 1
    opening?.probe = probes
    opening?.probedAt = now
    return .probe(probes)
  }

  public mutating func succeeded(_ permit: Permit, at now: Instant) -> Change? {
    servedAt = now
    guard opening != nil else {
      inARow = 0
      openings = 0
      rate.note(success: true, at: now)
      return nil
    }
    guard isCurrent(permit) else { return nil }
    opening = nil
    inARow = 0
    openings = 0
    rate.clear()
    return .closed
  }

  /// - Parameter random: gives the jitter.
  public mutating func failed(_ failure: Failure, _ permit: Permit, at now: Instant, _ random: inout Random) -> Change? {
    if opening != nil {
      if isCurrent(permit) { return open(failure, now, &random) }
      heed(failure.retryAfterMs, now)
      return nil
    }
    inARow += 1
    rate.note(success: false, at: now)
    let (failures, total) = rate.counts(at: now)
    let isTooOften = total >= settings.attemptsForRate && failures * 100 >= total * settings.failedPercent
    let isProven = servedAt.map { now <= $0.advanced(byMs: settings.provenMs) } ?? false
    guard failure.isDecisive || !isProven || inARow >= settings.failuresInARow || isTooOften else { return nil }
    return open(failure, now, &random)
  }

  /// The attempt told nothing about health: it was taken back, or it failed for a reason of its own. A probe's place is free again.
  public mutating func abandoned(_ permit: Permit) {
    if isCurrent(permit) { opening?.probe = nil }
  }

  private func isProbing(_ opening: Opening, _ now: Instant) -> Bool {
    guard opening.probe != nil, let probedAt = opening.probedAt else { return false }
    return now < probedAt.advanced(byMs: Limits.probeMs)
  }

  /// It decides whether this closes.
  func isCurrent(_ permit: Permit) -> Bool {
    guard case .probe(let number) = permit else { return false }
    return opening?.probe == number
  }

  private mutating func open(_ failure: Failure, _ now: Instant, _ random: inout Random) -> Change {
    let until = now.advanced(byMs: backOffMs(&random))
    let probedAt = opening?.probedAt
    openings += 1
    opening = Opening(until: until, notBefore: now, cause: failure, probedAt: probedAt)
    heed(failure.retryAfterMs, now)
    return .opened(until: opening?.until ?? until)
  }

  private mutating func heed(_ retryAfterMs: Int?, _ now: Instant) {
    guard let retryAfterMs, let opening else { return }
    let at = now.advanced(byMs: min(max(retryAfterMs, 0), Limits.retryAfterMs))
    self.opening?.notBefore = max(opening.notBefore, at)
    self.opening?.until = max(opening.until, at)
  }

  private func backOffMs(_ random: inout Random) -> Int {
    // Beyond 2^16 any back-off has met its ceiling.
    let doubled = settings.backOffMs << min(openings, 16)
    let ms = min(doubled, settings.maxBackOffMs)
    let jitter = ms / 100 * settings.jitterPercent
    return ms + (jitter > 0 ? Int.random(in: -jitter...jitter, using: &random) : 0)
  }
}
