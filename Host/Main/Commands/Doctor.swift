// `patchbay doctor`: whether this machine and this configuration can serve, and what to do where they cannot.

import ArgumentParser
import Config
import Loader
import Runtime
import Terminal
import Vox

/// Looks at everything a host needs, or at one provider, and changes nothing. Ends with 1 when something would not serve.
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check the machine, the configuration and every plugin, and say what to do.",
    discussion: """
      With a provider's name it looks at that one alone; with --paid it also has it work a little, with your credentials and at your cost: \
      a model says one token, a voice one word, a recogniser hears one second of an "ah", tools are only listed.
      """)

  @OptionGroup var host: HostOptions
  @Argument(help: "A provider's name.") var name: String?
  @Flag(help: "Make one tiny call with the provider's credentials, and tell what it took.") var paid = false
  @Option(help: ArgumentHelp("With --paid: only in this role, of llm, tts, stt and tool.", valueName: "role")) var role: String?
  @Option(help: ArgumentHelp("Where the host would listen.", valueName: "host:port")) var listen = Serve.defaultListen
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    guard let address = Address(tcp: listen) else { throw Serve.badListen(listen) }
    let running = try? host.client.fetch("/v1/host")
    let scan = ProviderScan(folder: host.providers, libraries: host.libraries)
    if let name { return try look(at: name, scan) }
    if paid || role != nil { throw Stop(.usage, "--paid and --role need the name of a provider") }
    let findings =
      MachineCheck().findings + StateCheck(folder: host.state, isInUse: running != nil).findings
      + [PortCheck(address: address, running: running).finding] + ConfigCheck(folder: host.config, providers: scan).findings
      + PluginCheck(scan, weights: host.weights).findings
    try tell(findings)
  }

  private func look(at name: String, _ scan: ProviderScan) throws(Stop) {
    guard let provider = scan[name] else {
      if let problem = scan.unreadable.first(where: { $0.file.hasSuffix("/\(name).yaml") }) { throw Stop(.config, problem.description) }
      let known = scan.providers.map(\.file.name).joined(separator: ", ")
      throw Stop(.usage, "there is no provider '\(name)'; \(known.isEmpty ? "\(host.providers) has none" : "known: \(known)")")
    }
    guard paid else { return try tell(PluginCheck(scan, weights: host.weights).judge(provider)) }
    let call = try PaidCall(provider, scan, secretsFolder: host.providers, role: role)
    let results = try call.make()
    if json {
      Screen.json(["provider": .string(name), "roles": .array(results.map(\.json))])
    } else {
      results.forEach { Screen.line(Screen.plain("\(name)  \($0.line)")) }
    }
    if results.contains(where: { $0.error != nil }) { throw Stop(.failed, "") }
  }

  private func tell(_ findings: [Finding]) throws(Stop) {
    let problems = findings.filter { $0.grade == .problem }.count
    if json {
      Screen.json(["serves": .bool(problems == 0), "findings": .array(findings.map(\.json))])
    } else {
      findings.flatMap(\.lines).forEach { Screen.line($0) }
      guard name == nil else { return try end(problems) }
      Screen.line(problems == 0 ? "\nThis host can serve." : "\n\(problems == 1 ? "One thing" : "\(problems) things") would not serve.")
    }
    try end(problems)
  }

  private func end(_ problems: Int) throws(Stop) { if problems > 0 { throw Stop(.failed, "") } }
}
