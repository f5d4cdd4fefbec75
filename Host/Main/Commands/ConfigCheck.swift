// Whether the tenants' files are right, and whether every agent finds the providers it names.

import Config
import Failover
import Loader
import Tenants
import Terminal
import Vox

/// Reads every tenant and holds the agents against the providers.
struct ConfigCheck {
  let folder: String
  let providers: ProviderScan

  /// What an agent cannot do without.
  private static let needed: [Role] = [.stt, .llm, .tts]

  var findings: [Finding] {
    guard Files.exists(folder) else {
      return [.problem("configuration", "the folder \(folder) does not exist", "name the tenants' folder with --config")]
    }
    let directory = TenantDirectory.load(folder)
    let mistakes = directory.problems.map { Finding.problem("configuration", $0.description) }
    let agents = directory.tenants.values.sorted { $0.id < $1.id }.flatMap { tenant in
      tenant.agents.values.sorted { $0.id < $1.id }.flatMap { self.agent($0, of: tenant) }
    }
    return mistakes + agents
  }

  private func agent(_ agent: Agent, of tenant: Tenant) -> [Finding] {
    let name = "\(tenant.id)/\(agent.id)"
    // An agent without a chain that it needs is refused when its file is read.
    let chains = agent.chains.sorted { $0.key.name < $1.key.name }.flatMap { role, chain in
      chain.links.compactMap { missing($0.provider, role, at: $0.place, "the agent \(name)") ?? misfit($0, role, "the agent \(name)") }
    }
    let tools = agent.tools.compactMap { missing($0.provider, .tool, at: $0.place, "the tool \($0.name) of the agent \(name)") }
    let rules = Self.needed.compactMap { role in agent.chains[role].flatMap { unsatisfied($0, role, name) } }
    let answers = tenant.numbers.filter { $0.value == agent.id }.keys.sorted()
    let found = chains + tools + rules
    if !found.isEmpty { return found }
    guard !answers.isEmpty else {
      return [.advice("configuration", "the agent \(name) answers no number", "give it one under numbers in its tenant's file")]
    }
    return [
      .fine("configuration", "the agent \(name) answers \(answers.prefix(3).joined(separator: ", "))\(answers.count > 3 ? ", ..." : "")")
    ]
  }

  /// A chain whose rules exclude every provider in it; nil when one is left.
  private func unsatisfied(_ chain: Chain, _ role: Role, _ name: String) -> Finding? {
    let breaches = chain.links.compactMap { link -> String? in
      guard let declared = providers[link.provider]?.file.declared else { return nil }
      let candidate = Candidate(
        position: 0, account: Account(provider: link.provider, key: link.provider), deadlines: chain.deadlines(of: link, for: role),
        regions: declared.regions, agreements: declared.agreements, price: declared.price)
      return chain.require.breach(of: candidate).map { "\(link.provider): \($0)" }
    }
    guard !breaches.isEmpty, breaches.count == chain.links.count else { return nil }
    return .problem(
      "configuration", "no provider of the agent \(name) may serve \(role.name): \(breaches.joined(separator: "; "))",
      "change 'require' of the chain, or declare regions, agreements or price in the providers' files if they hold")
  }

  /// What a chain says to its provider and the plugin does not know; nil when all of it fits.
  private func misfit(_ link: Chain.Link, _ role: Role, _ who: String) -> Finding? {
    guard let found = providers[link.provider], let manifest = found.manifest else { return nil }
    // What is wrong with the provider's own file is told of by itself.
    let known = manifest.settings.problems(in: found.file.settings)
    let problems = manifest.settings.problems(in: found.file.settings.merging(link.settings))
    guard let problem = problems.first(where: { !known.contains($0) }) else { return nil }
    return .problem(
      "configuration",
      "\(link.place.map { "\($0): " } ?? "")\(who) tells '\(link.provider)' as \(role.name) settings\(problem.path): \(problem.reason)",
      "patchbay plugins show \(link.provider) lists its settings")
  }

  /// Why a provider cannot serve in a role here; nil when it can.
  private func missing(_ provider: String, _ role: Role, at place: Place?, _ who: String) -> Finding? {
    func problem(_ sentence: String, _ remedy: String) -> Finding {
      .problem("configuration", "\(place.map { "\($0): " } ?? "")\(who) wants \(role.name) of '\(provider)', \(sentence)", remedy)
    }
    guard let found = providers[provider] else {
      let able = providers.providers.filter { $0.manifest?.roles[role] != nil }.map(\.file.name)
      return problem(
        "which does not exist",
        able.isEmpty ? "put its file into the folder of the providers" : "add it, or use one of: \(able.joined(separator: ", "))")
    }
    guard found.file.lacks.isEmpty else {
      return problem(
        "which is disabled: \(found.file.lacks.joined(separator: "; "))", "put the secret in its place, or use another provider")
    }
    guard found.file.enabled else { return problem("which is switched off", "remove 'enabled: false' from \(found.file.path)") }
    // A provider that cannot be loaded is told of by itself.
    guard let manifest = found.manifest, manifest.roles[role] == nil else { return nil }
    return problem("which does not serve it", "it serves: \(manifest.roles.keys.map(\.name).sorted().joined(separator: ", "))")
  }
}
