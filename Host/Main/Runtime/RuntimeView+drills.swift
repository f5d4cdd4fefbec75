// A fault armed for one call to come.

import Base
import Calls
import Tenants
import Vox

extension RuntimeView {
  func arm(drill text: String, tenant id: String, agent wanted: String?) async throws(Problem) -> JSONValue {
    let drill = try Drill(text)
    let directory = runtime.desk.directory
    guard let tenant = directory.tenants[id] else { throw Problem(.invalid, "there is no tenant '\(id)'") }
    // The agents of a chain that the provider is in, and that somebody can call.
    let reached = tenant.numbers.sorted { $0.key < $1.key }.filter {
      tenant.agents[$0.value] != nil && (wanted == nil || $0.value == wanted)
    }
    guard !reached.isEmpty else {
      throw Problem(.invalid, wanted.map { "no number of '\(id)' leads to an agent '\($0)'" } ?? "the tenant '\(id)' has no number")
    }
    let found = reached.first { _, agent in
      guard let agent = tenant.agents[agent] else { return false }
      let links = (agent.chains[drill.role] ?? tenant.chains[drill.role])?.links ?? []
      return links.contains { $0.provider == drill.provider }
        || drill.role == .tool && agent.tools.contains { $0.provider == drill.provider }
    }
    guard let found else {
      throw Problem(
        .invalid,
        "'\(drill.provider)' is in no \(drill.role.name) chain of '\(id)'; see: patchbay chains explain --tenant \(id)")
    }
    // Of the range that is kept for use in stories (555-01XX), and longer than any number is.
    let from = "+1555010\((0..<9).map { _ in String(Int.random(in: 0...9)) }.joined())"
    try runtime.desk.drills.arm(drill, from: from, at: runtime.clock.now)
    return ["from": .string(from), "to": .string(found.key == "*" ? "reception" : found.key), "agent": .string(found.value)]
  }
}
