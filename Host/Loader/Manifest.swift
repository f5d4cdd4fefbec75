// A plugin's own description of itself, read out of the library and checked.

public import Vox

/// The manifest of a plugin (`vox_plugin_v0.manifest`), checked on reading.
public struct Manifest: Sendable {
  /// Longer manifests are refused unread (`vox/entry.h`).
  static let maxBytes = 256 << 10

  public let id: String
  public let name: String
  public let version: String
  /// The roles it declares, with their traits.
  public let roles: [Role: Traits]
  /// What the operator's settings must look like.
  public let settings: JSONSchema
  public let secrets: [String]
  /// `none`: it reaches the network through the host's services only.
  public let network: String
  public let hosts: [String]
  public let routes: Bool
  /// Calls come in on it, so its account is opened when the host starts.
  public let inbound: Bool
  public let services: [String]
  public let licence: String
  public let json: JSONValue

  /// Why a plugin cannot run where the operator's file puts it; nil when it can.
  public func objection(to isolation: ProviderFile.Isolation) -> ProviderError? {
    guard json["isolation"]?.string == "worker", isolation != .worker else { return nil }
    return ProviderError(.invalid, "this plugin must run in a process of its own; write 'isolation: worker'", code: "isolation")
  }

  /// Reads a manifest. The error is one sentence about the first thing that is wrong.
  public init(_ text: String) throws(ProviderError) {
    func refuse(_ reason: String) -> ProviderError { ProviderError(.invalid, "its manifest \(reason)", code: "bad_manifest") }
    let json: JSONValue
    do { json = try JSONValue(parsing: text) } catch { throw refuse("is \(error)") }
    guard json.object != nil else { throw refuse("must be a JSON object") }
    guard let id = json["id"]?.string, !id.isEmpty, id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw refuse("needs an \"id\" of printable characters without spaces")
    }
    guard let version = json["version"]?.string, !version.isEmpty else { throw refuse("needs a \"version\"") }
    guard let declared = json["roles"]?.object, !declared.isEmpty else { throw refuse("needs \"roles\" with at least one role") }
    var roles: [Role: Traits] = [:]
    for (role, traits) in declared {
      guard traits.object != nil else { throw refuse("must give the traits of \(role) as an object") }
      // A role this host does not know is no fault: a newer plugin may serve an older host in the roles they share.
      if let known = Role(rawValue: role) { roles[known] = Traits(traits) }
    }
    guard !roles.isEmpty else {
      throw refuse("declares only roles this host does not know: \(declared.keys.sorted().joined(separator: ", "))")
    }
    do { settings = try JSONSchema(json["settings"] ?? ["type": "object", "additionalProperties": false]) } catch {
      throw refuse("has a settings schema that cannot be used: \(error)")
    }
    self.id = id
    name = json["name"]?.string ?? id
    self.version = version
    self.roles = roles
    secrets = (json["secrets"]?.array ?? []).compactMap(\.string)
    network = json["network"]?.string ?? "none"
    hosts = (json["hosts"]?.array ?? []).compactMap(\.string)
    routes = json["routes"]?.bool ?? false
    inbound = json["inbound"]?.bool ?? false
    services = (json["services"]?.array ?? []).compactMap(\.string)
    licence = json["licence"]?.string ?? ""
    self.json = json
  }
}
