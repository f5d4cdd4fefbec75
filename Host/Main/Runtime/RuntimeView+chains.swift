// Who would serve whom at this moment, as the interface shows it.

import Base
import Calls
import Failover
import Loader
import Tenants
import Vox

extension RuntimeView {
  func chains(tenant: String?, agent: String?) async -> [JSONValue] {
    let directory = runtime.desk.directory
    var rows: [JSONValue] = []
    for owner in directory.tenants.values.sorted(by: { $0.id < $1.id }) where tenant == nil || owner.id == tenant {
      for agentOfOwner in owner.agents.values.sorted(by: { $0.id < $1.id }) where agent == nil || agentOfOwner.id == agent {
        for role in [Role.stt, .llm, .tts, .tool] {
          guard let chain = agentOfOwner.chains[role] ?? owner.chains[role] else { continue }
          rows.append(explain(chain, role, owner.id, agentOfOwner.id))
        }
      }
    }
    return rows
  }

  private func explain(_ chain: Chain, _ role: Role, _ tenant: String, _ agent: String) -> JSONValue {
    let plan = ChainPlan(chain.candidates(for: role, runtime.registry), chain.require)
    let now = runtime.clock.now
    let tried = plan.candidates.map { candidate -> JSONValue in
      let deadlines = candidate.deadlines
      return [
        "provider": .string(candidate.account.provider), "connect_ms": .int(Int64(deadlines.connectMs)),
        "first_output_ms": .int(Int64(deadlines.firstOutputMs)), "stall_ms": .int(Int64(deadlines.stallMs)),
        "price": candidate.price.map { .string("\($0)") } ?? .null,
        "condition": .string(Self.words(runtime.availability.condition(of: candidate.account, at: now), candidate.account, at: now)),
      ]
    }
    let skipped = plan.skipped.map { skipped -> JSONValue in
      ["provider": .string(skipped.candidate.account.provider), "reason": .string(skipped.reason)]
    }
    return [
      "tenant": .string(tenant), "agent": .string(agent), "role": .string(role.name),
      "sticky": .string(chain.stickiness(for: role).rawValue),
      "hedge": .string(Self.words(chain.hedge)), "last_resort_after_ms": .int(Int64(chain.overallMs(for: role))),
      "last_resort": .array(chain.lastResort.map { .string($0.words) }), "tried": .array(tried), "skipped": .array(skipped),
    ]
  }

  private static func words(_ hedge: Hedge) -> String {
    switch hedge {
    case .off: "off"
    case .p95: "p95"
    case .fixedMs(let ms): "\(ms) ms"
    }
  }

  private static func words(_ condition: Health.Condition, _ account: Account, at now: Instant) -> String {
    switch condition {
    case .healthy: "healthy"
    case .ejected(let until, let reach, let cause):
      "ejected for another \(Int(until.ms(since: now).rounded(.up))) ms: \(reach == .provider ? "the provider" : "its account") failed, \(cause.rawValue)"
    case .awaitsProbe: "waits for a probe"
    case .probing: "is being probed"
    }
  }
}

extension Chain.LastResort {
  /// One step in words.
  fileprivate var words: String {
    switch self {
    case .say(let line): "say: \(line.text)"
    case .repeat(let line): "repeat\(line.map { ": \($0.text)" } ?? "")"
    case .menu(let menu): "menu: " + menu.keys.keys.sorted().joined(separator: ", ")
    case .message: "message"
    case .transfer(let name): "transfer: \(name)"
    }
  }
}
