// The providers as the commands show them, from a running host or from the files.

import Config
import Loader
import Terminal
import Vox

/// One provider, whatever it was learnt from.
struct ListedProvider {
  /// What became of it: `ready`, `degraded`, `failed`, `refused`, `disabled`, … from a host; `loads`, `refused`, `disabled` without one.
  var state: String
  var name: String
  /// Why it is in this state; empty when there is nothing to say.
  var reason: String
  var file: String
  var library: String
  /// The plugin's manifest; null when its library could not be opened.
  var manifest: JSONValue
  /// `in-process` or `worker`.
  var isolation: String
  /// How often it has been replaced, and the sessions it has; nil without a host.
  var generation: Int?
  var sessions: Int?

  /// The roles by the words people use.
  var roles: [String] {
    (manifest["roles"]?.object ?? [:]).keys.map { id in Role(rawValue: id)?.name ?? id }.sorted()
  }

  var json: JSONValue {
    [
      "name": .string(name), "state": .string(state), "reason": .string(reason), "file": .string(file), "library": .string(library),
      "roles": .array(roles.map { .string($0) }), "isolation": .string(isolation), "manifest": manifest,
      "generation": generation.map { .int(Int64($0)) } ?? .null, "sessions": sessions.map { .int(Int64($0)) } ?? .null,
    ]
  }
}

struct PluginListing {
  let providers: [ListedProvider]

  /// From the running host of the state folder, else from the providers' files.
  static func find(_ options: HostOptions) throws(Stop) -> PluginListing {
    if try HostAccess.isRunning(options) { return try PluginListing(host: options.client) }
    let scan = ProviderScan(folder: options.providers, libraries: options.libraries)
    if scan.providers.isEmpty, !Places.isFolder(options.providers) {
      throw Stop(.noInput, scan.unreadable.first?.description ?? "\(options.providers) is not a folder")
    }
    return PluginListing(scan)
  }

  /// What the host says of its providers.
  init(host client: ControlClient) throws(Stop) {
    let answer = try client.fetch("/v1/plugins")
    providers = (answer["plugins"]?.array ?? []).map { plugin in
      func text(_ name: String) -> String { plugin[name]?.string ?? "" }
      return ListedProvider(
        state: text("state"), name: text("name"), reason: text("reason"), file: text("file"), library: text("library"),
        manifest: plugin["manifest"] ?? .null, isolation: plugin["isolation"]?.string ?? "-", generation: plugin["generation"]?.int,
        sessions: plugin["sessions"]?.int)
    }
  }

  init(_ scan: ProviderScan) {
    let read = scan.providers.map { provider in
      let problems = scan.problems(of: provider)
      return ListedProvider(
        state: !provider.file.enabled ? "disabled" : problems.isEmpty ? "loads" : "refused", name: provider.file.name,
        reason: (provider.file.lacks + problems.map(\.message)).joined(separator: "; "), file: provider.file.path,
        library: provider.library, manifest: provider.manifest?.json ?? .null, isolation: provider.file.isolation.rawValue)
    }
    let unreadable = Dictionary(grouping: scan.unreadable, by: \.file).sorted { $0.key < $1.key }.map { file, problems in
      ListedProvider(
        state: "refused", name: Self.name(of: file), reason: problems.map(\.description).joined(separator: "; "), file: file, library: "",
        manifest: .null, isolation: "-")
    }
    providers = (read + unreadable).sorted { $0.name < $1.name }
  }

  private static func name(of file: String) -> String {
    let last = file.split(separator: "/").last.map(String.init) ?? file
    return last.hasSuffix(".yaml") ? String(last.dropLast(5)) : last
  }

  var lines: [String] {
    var table = Table([
      .left("provider"), .left("plugin"), .left("version"), .left("roles"), .left("isolation"), .right("generation"), .right("sessions"),
      .left("state"),
    ])
    for provider in providers {
      let manifest = provider.manifest
      table.add([
        provider.name, manifest["id"]?.string ?? "-", manifest["version"]?.string ?? "-",
        provider.roles.isEmpty ? "-" : provider.roles.joined(separator: " "), provider.isolation,
        provider.generation.map { "\($0)" } ?? "-", provider.sessions.map { "\($0)" } ?? "-", provider.state,
      ])
    }
    // A reason is a sentence and would tear the table apart; it goes below, whole.
    let reasons = providers.filter { !$0.reason.isEmpty }.map { Screen.plain("\($0.name): \($0.reason)") }
    return table.lines(width: Screen.width) + (reasons.isEmpty ? [] : [""]) + reasons
  }
}
