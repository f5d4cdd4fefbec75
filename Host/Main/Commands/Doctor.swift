// `patchbay doctor`: whether this machine and this configuration can serve, and what to do where they cannot.

import ArgumentParser
import Terminal
import Vox

/// Looks at everything a host needs and changes nothing. Ends with 1 when something would not serve.
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Check the machine, the configuration and every plugin, and say what to do.")

  @OptionGroup var host: HostOptions
  @Option(help: ArgumentHelp("Where the host would listen.", valueName: "host:port")) var listen = Serve.defaultListen
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    guard let address = Address(tcp: listen) else { throw Serve.badListen(listen) }
    let running = try? host.client.fetch("/v1/host")
    let scan = ProviderScan(folder: host.providers, libraries: host.libraries)
    let findings =
      MachineCheck().findings + StateCheck(folder: host.state, isInUse: running != nil).findings
      + [PortCheck(address: address, running: running).finding] + ConfigCheck(folder: host.config, providers: scan).findings
      + PluginCheck(scan, weights: host.weights).findings
    let problems = findings.filter { $0.grade == .problem }.count
    if json {
      Screen.json(["serves": .bool(problems == 0), "findings": .array(findings.map(\.json))])
    } else {
      findings.flatMap(\.lines).forEach { Screen.line($0) }
      Screen.line(problems == 0 ? "\nThis host can serve." : "\n\(problems == 1 ? "One thing" : "\(problems) things") would not serve.")
    }
    if problems > 0 { throw Stop(.failed, "") }
  }
}
