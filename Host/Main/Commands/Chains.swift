// `patchbay chains`: who would serve a tenant, in which order, and why somebody would not; and what a caller hears when one fails.

import ArgumentParser
import Terminal
import Vox

/// Explains chains.
struct Chains: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Explain who serves a tenant's calls and who takes over, and try it.",
    discussion: "Asks the running host, because health belongs to the answer.", subcommands: [Explain.self, DrillCall.self],
    defaultSubcommand: Explain.self
  )

  struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print what would be tried, in what order, with which deadlines, and why something is skipped.")

    @OptionGroup var host: HostOptions
    @Option(help: "The tenant; without it, all of them.") var tenant: String?
    @Option(help: "One of the tenant's agents; without it, all.") var agent: String?
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
      guard try HostAccess.isRunning(host) else {
        throw Stop(.unavailable, "no host runs in \(host.state); start one with: patchbay serve --state \(host.state)")
      }
      let asked = [("tenant", tenant), ("agent", agent)].compactMap { name, value in value.map { "\(name)=\(Chains.escaped($0))" } }
      let path = "/v1/chains" + (asked.isEmpty ? "" : "?" + asked.joined(separator: "&"))
      let reply: ControlClient.Reply
      do throws(ControlError) { reply = try host.client.get(path) } catch { throw Stop(.unavailable, error.sentence) }
      guard reply.isFine else { throw Stop(.usage, nobody) }
      if json { return Screen.json(reply.json) }
      for chain in reply.json["chains"]?.array ?? [] { ChainView(chain).lines.forEach { Screen.line($0) } }
    }

    private var nobody: String {
      guard let tenant else { return "no tenant has an agent '\(agent ?? "")'" }
      return "there is no tenant '\(tenant)'" + (agent.map { ", or it has no agent '\($0)'" } ?? "")
    }
  }

  /// Text as a part of a URL's query.
  static func escaped(_ text: String) -> String {
    text.utf8.map { byte in
      let isPlain = (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45 || byte == 95
      return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }.joined()
  }
}

/// One chain for people.
private struct ChainView {
  private let chain: JSONValue

  init(_ chain: JSONValue) { self.chain = chain }

  var lines: [String] {
    func text(_ key: String) -> String { chain[key]?.string ?? "" }
    var lines = ["\(text("tenant"))/\(text("agent")) \(text("role")): sticky \(text("sticky")), hedge \(text("hedge"))"]
    for (index, link) in (chain["tried"]?.array ?? []).enumerated() {
      let price = link["price"]?.string.map { ", \($0)" } ?? ""
      lines.append(
        "  \(index + 1). \(link["provider"]?.string ?? ""): connect \(ms(link["connect_ms"])), first output \(ms(link["first_output_ms"])), "
          + "stall \(ms(link["stall_ms"]))\(price); \(link["condition"]?.string ?? "")")
    }
    for link in chain["skipped"]?.array ?? [] {
      lines.append("  -  \(link["provider"]?.string ?? ""): skipped, \(link["reason"]?.string ?? "")")
    }
    let steps = (chain["last_resort"]?.array ?? []).compactMap(\.string)
    lines.append(
      "  then, after \(ms(chain["last_resort_after_ms"])): \(steps.isEmpty ? "the agent's line of last resort" : steps.joined(separator: "; "))"
    )
    return lines
  }

  private func ms(_ value: JSONValue?) -> String { "\(value?.int ?? 0) ms" }
}
