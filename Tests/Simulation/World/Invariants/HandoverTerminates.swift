// I10: a hand-over comes to an end.

import Journal
import Tenants
import Vox

/// Counts how often a role fails in a row without anything being heard of it.
final class HandoverTerminates: Invariant {
  override var id: String { "I10" }
  override var sentence: String { "a hand-over terminates: at most two attempts per provider of the chain, then the last resort" }

  private var lost: [Int: [String: Int]] = [:]

  override func fact(_ call: CallRecord, _ entry: Entry) {
    switch entry.fact {
    case .attempt(let attempt):
      guard attempt.outcome == .lost else {
        lost[call.number]?[attempt.role] = 0
        return
      }
      lost[call.number, default: [:]][attempt.role, default: 0] += 1
      guard let role = Role.allCases.first(where: { $0.name == attempt.role }), let chain = world.tenants[call.tenant]?.chains[role] else {
        return
      }
      // Two pieces of speech may be under way at once.
      let most = chain.links.count * (role == .tts ? 4 : 2)
      if let count = lost[call.number]?[attempt.role], count > most, role != .stt {
        report(call, "\(count) attempts of the role \(attempt.role) were lost in a row, where the chain has \(chain.links.count) providers")
      }
    case .agentSaid, .turnStarted, .turnEnded, .toolCalled: lost[call.number] = nil
    default: break
    }
  }
}
