// Decides what follows the death of a worker: another one at once, or a quarantine. Performs nothing itself.

public import Base

/// Restart intensity and quarantine of one provider's workers.
///
/// A restart is immediate until `intensity` deaths lie within `windowMs`; the next death quarantines the plugin for
/// 5 s, 10 s, 20 s, … (the cap is 5 min, ±10 %). The first worker after a quarantine is on probation: its death within the window leads
/// straight to the next, longer quarantine; a worker that outlives `longestQuarantineMs` wipes the slate clean. The restart
/// intensity is that of Erlang's supervisors, with 3 in 10 s instead of 1 in 5 s.
/// Invariant: while it is quarantined and nobody serves, no worker is started.
public struct Supervisor: Sendable {
  public struct Policy: Sendable, Hashable {
    public var intensity = 3
    public var windowMs = 10_000
    public var firstQuarantineMs = 5_000
    public var longestQuarantineMs = 300_000
    public var jitterPermille = 100
    /// Sessions that are opened while a worker is replaced wait so long for the next one: a plugin without a model starts in a fifth of
    /// that, and a chain with another provider should not be kept from it any longer.
    public var replacementMs = 200

    public init() {}
  }

  public enum Action: Equatable, Sendable {
    /// Start a worker that serves.
    case restart
    /// Let the spare serve, and start another spare.
    case promote
    /// Start another spare; the one that died served nobody.
    case replaceSpare
    /// Start nothing until then.
    case quarantine(until: Instant)
  }

  public enum State: Equatable, Sendable {
    case running
    case quarantined(until: Instant)
    case probation(since: Instant)
  }

  public let policy: Policy
  public private(set) var state = State.running
  /// Deaths since the start.
  public private(set) var crashes = 0
  private var recent: [Instant] = []
  private var quarantines = 0

  public init(_ policy: Policy = Policy()) { self.policy = policy }

  /// A worker died that nobody had dismissed.
  ///
  /// - Parameters:
  ///   - wasSpare: it served nobody.
  ///   - hasSpare: another one is ready.
  public mutating func died(at now: Instant, wasSpare: Bool, hasSpare: Bool, random: inout some RandomNumberGenerator) -> Action {
    crashes += 1
    forgive(now)
    recent.removeAll { $0.advanced(byMs: policy.windowMs) <= now }
    recent.append(now)
    var isOnProbation = false
    if case .probation(let since) = state { isOnProbation = now < since.advanced(byMs: policy.windowMs) }
    guard !isOnProbation, recent.count <= policy.intensity else {
      let until = now.advanced(byMs: quarantineMs(&random))
      recent = []
      quarantines += 1
      state = .quarantined(until: until)
      return .quarantine(until: until)
    }
    if wasSpare { return .replaceSpare }
    return hasSpare ? .promote : .restart
  }

  /// Time has passed: `.restart` when a quarantine is over.
  public mutating func tick(at now: Instant) -> Action? {
    guard case .quarantined(let until) = state else {
      forgive(now)
      return nil
    }
    guard now >= until else { return nil }
    state = .probation(since: now)
    return .restart
  }

  /// The operator lifts the quarantine; `.restart` when there was one.
  public mutating func clear(at now: Instant) -> Action? {
    recent = []
    quarantines = 0
    guard case .quarantined = state else {
      state = .running
      return nil
    }
    state = .running
    return .restart
  }

  public var isQuarantined: Bool { if case .quarantined = state { true } else { false } }

  /// A worker that has lived as long as the longest quarantine is trusted like the first.
  private mutating func forgive(_ now: Instant) {
    guard case .probation(let since) = state, now >= since.advanced(byMs: policy.longestQuarantineMs) else { return }
    state = .running
    quarantines = 0
  }

  private func quarantineMs(_ random: inout some RandomNumberGenerator) -> Int {
    // Doubling by shifts stops long before it could overflow.
    let doubled = quarantines < 20 ? policy.firstQuarantineMs << quarantines : policy.longestQuarantineMs
    let ms = min(doubled, policy.longestQuarantineMs)
    let jitter = ms * policy.jitterPermille / 1000
    return ms + (jitter > 0 ? Int.random(in: -jitter...jitter, using: &random) : 0)
  }
}
