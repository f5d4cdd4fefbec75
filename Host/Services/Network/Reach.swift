// Which hosts a provider may reach.

public import Vox

/// What the manifest names and the operator grants. Everything else is refused.
///
/// - The manifest's `hosts`: `api.example.com` (port 443), `api.example.com:8443`, `*.example.com` (any host below it). With TLS only.
/// - The `hosts` of the provider's file: the same, or a whole origin such as `http://10.0.0.5:8000`, the only way to go without TLS.
/// - The origins of the settings in the provider's file that are called `base_url` or end in `_url`, because the operator wrote them.
///   A tenant's or an agent's settings grant nothing.
public struct Reach: Sendable, Equatable {
  struct Rule: Sendable, Equatable {
    var host: String
    var isBelow = false
    var port: Int
    var isSecure = true
  }

  private(set) var rules: [Rule] = []

  /// What cannot be read is left out; `problems` says so.
  public private(set) var problems: [String] = []

  public init(manifest: [String], operator granted: [String] = [], settings: JSONValue = .object([:])) {
    for entry in manifest {
      if let rule = Self.rule(entry, mayBeOrigin: false) {
        rules.append(rule)
      } else {
        problems.append("the manifest's host '\(entry)' is none; it should be a name such as api.example.com")
      }
    }
    for entry in granted {
      if let rule = Self.rule(entry, mayBeOrigin: true) {
        rules.append(rule)
      } else {
        problems.append("the host '\(entry)' is none; write api.example.com, *.example.com or http://10.0.0.5:8000")
      }
    }
    for (name, value) in settings.object ?? [:] where name == "base_url" || name.hasSuffix("_url") {
      guard let text = value.string, !text.isEmpty else { continue }
      if let address = Address(text) {
        rules.append(Self.origin(address))
      } else {
        problems.append("the setting \(name) is no URL: '\(text)'")
      }
    }
  }

  private static func rule(_ entry: String, mayBeOrigin: Bool) -> Rule? {
    if entry.contains("://") { return mayBeOrigin ? Address(entry).map(origin) : nil }
    let isBelow = entry.hasPrefix("*.")
    // A name and nothing else: read as a URL, nothing may be left over.
    guard let address = Address("https://" + (isBelow ? entry.dropFirst(2) : entry[...])), address.target == "/", !entry.contains("/"),
      !address.host.contains("*")
    else { return nil }
    return Rule(host: address.host, isBelow: isBelow, port: address.port)
  }

  private static func origin(_ address: Address) -> Rule {
    Rule(host: address.host, port: address.port, isSecure: address.isSecure)
  }

  func allows(_ address: Address) -> Bool {
    rules.contains { rule in
      rule.port == address.port && rule.isSecure == address.isSecure
        && (rule.isBelow ? address.host.hasSuffix("." + rule.host) : address.host == rule.host)
    }
  }

  /// The sentence that refuses an address.
  func refusal(_ address: Address) -> ProviderError {
    let place = "\(address.isSecure ? "https" : "http")://\(address.authority)"
    return ProviderError(
      .invalid, "the host \(place) is not allowed: neither the plugin's manifest names it nor 'hosts' or a *_url setting of its file",
      code: "host_not_allowed")
  }
}
