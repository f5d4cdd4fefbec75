// One provider for people: what it is, what it can do, which settings it takes.

import Terminal
import Vox

/// Renders a provider and its manifest as lines.
struct PluginView {
  private let provider: ListedProvider

  init(_ provider: ListedProvider) { self.provider = provider }

  var lines: [String] {
    let manifest = provider.manifest
    var lines = ["provider  \(provider.name), \(provider.state)"]
    if !provider.reason.isEmpty { lines.append("reason    \(provider.reason)") }
    lines += ["file      \(provider.file)", "library   \(provider.library)"]
    guard manifest.object != nil else { return lines.map(Screen.plain) }
    lines += [
      "plugin    \(text("id")) \(text("version")), \(text("name")), licence \(text("licence"))",
      "network   \(network)", "secrets   \(list("secrets"))", "services  \(list("services"))",
    ]
    for role in (manifest["roles"]?.object ?? [:]).keys.sorted() {
      lines.append("role      \(role)")
      for (trait, value) in (manifest["roles"]?[role]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
        lines.append("            \(trait): \(value.text)")
      }
    }
    let properties = manifest["settings"]?["properties"]?.object ?? [:]
    for (name, schema) in properties.sorted(by: { $0.key < $1.key }) { lines.append("setting   \(setting(name, schema))") }
    return lines.map(Screen.plain)
  }

  private func text(_ name: String) -> String { provider.manifest[name]?.string ?? "-" }

  private func list(_ name: String) -> String {
    let items = (provider.manifest[name]?.array ?? []).compactMap(\.string)
    return items.isEmpty ? "none" : items.joined(separator: ", ")
  }

  private var network: String {
    let hosts = (provider.manifest["hosts"]?.array ?? []).compactMap(\.string)
    if text("network") == "own" { return "its own" }
    return hosts.isEmpty ? "none" : "only \(hosts.joined(separator: ", ")), through the host"
  }

  private func setting(_ name: String, _ schema: JSONValue) -> String {
    var kind = schema["type"]?.string ?? schema["type"]?.text ?? ""
    if let choices = schema["enum"]?.array { kind = choices.map { $0.string ?? $0.text }.joined(separator: " | ") }
    let parts = [
      kind, schema["default"].map { "default \($0.string ?? $0.text)" } ?? "", schema["description"]?.string ?? "",
    ].filter { !$0.isEmpty }
    return "\(name): \(parts.joined(separator: "; "))"
  }
}
