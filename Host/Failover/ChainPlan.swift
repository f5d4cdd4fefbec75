// A chain filtered by rules and availability: who may be tried at all, in which order, and why the others may not.

public import Base

/// What `Attempts` may try. It can only be made by applying the rules, so a forbidden provider never reaches an attempt.
///
/// Health is not part of it: an ejected account stays in the plan, since its breaker may have closed by the time it is needed.
public struct ChainPlan: Equatable, Sendable {
  /// A place of the chain that is never tried, and the reason in words.
  public struct Skipped: Equatable, Sendable {
    public let candidate: Candidate
    public let reason: String
  }

  /// In the order in which they are tried.
  public private(set) var candidates: [Candidate] = []
  public private(set) var skipped: [Skipped] = []

  /// - Parameters:
  ///   - chain: the tenant's chain in its order.
  ///   - first: the position to begin with, as `Home` says; the rest follows in the chain's order.
  public init(_ chain: [Candidate], _ rules: Rules = Rules(), first: Int? = nil) {
    for candidate in chain {
      if let reason = Self.obstacle(candidate) ?? rules.breach(of: candidate) {
        skipped.append(Skipped(candidate: candidate, reason: reason))
      } else {
        candidates.append(candidate)
      }
    }
    if let index = candidates.firstIndex(where: { $0.position == first }) { candidates.insert(candidates.remove(at: index), at: 0) }
  }

  private static func obstacle(_ candidate: Candidate) -> String? {
    switch candidate.availability {
    case .available: nil
    case .missing: "there is no provider of that name in service"
    case .disabled: "it is disabled in its file"
    case .draining: "it is draining"
    case .quarantined(let reason): "it is quarantined: \(reason)"
    case .lacksRole(let role): "its plugin does not serve the role \(role)"
    }
  }
}

extension Rules {
  /// As above, for a candidate.
  public func breach(of candidate: Candidate) -> String? {
    breach(regions: candidate.regions, agreements: candidate.agreements, price: candidate.price)
  }
}

extension ChainPlan {
  /// The plan in words, one line for each place: first what is tried, in order, then what is not. For `patchbay chains explain`.
  public func lines(_ health: Health, at now: Instant) -> [String] {
    let tried = candidates.enumerated().map { index, candidate in
      let d = candidate.deadlines
      let deadlines = "connect \(d.connectMs) ms, first output \(d.firstOutputMs) ms, stall \(d.stallMs) ms"
      let price = candidate.price.map { ", \($0)" } ?? ""
      return
        "\(index + 1). \(candidate.account.provider): \(deadlines)\(price)\(Self.note(health.condition(of: candidate.account, at: now), now))"
    }
    return tried + skipped.map { "-  \($0.candidate.account.provider): skipped, \($0.reason)" }
  }

  private static func note(_ condition: Health.Condition, _ now: Instant) -> String {
    switch condition {
    case .healthy: ""
    case .ejected(let until, let reach, let cause):
      "; passed over for another \(Int(until.ms(since: now).rounded(.up))) ms, "
        + "because \(reach == .provider ? "the provider" : "its account") failed: \(cause.rawValue)"
    case .awaitsProbe: "; passed over until a probe succeeds"
    case .probing: "; passed over while a probe runs"
    }
  }
}
