// Settings by name: checked against the manifest's schema, with the defaults that stand there.

import PluginKit
import Vox

/// The merged settings of an account or a session. Members that the manifest does not know are others' and are not looked at.
struct Values {
  private static let manifest = (try? JSONValue(parsing: plugin.manifest)) ?? .null
  private static let properties = manifest["settings"]?["properties"]?.object ?? [:]
  private let json: JSONValue

  /// - Throws: class `invalid`, code `bad_setting`, naming the setting and what was expected.
  init(_ json: JSONValue) throws(ProviderError) {
    for (name, value) in json.object ?? [:] {
      guard let described = Self.properties[name], let schema = try? JSONSchema(described) else { continue }
      if let problem = schema.problems(in: value).first {
        throw ProviderError(.invalid, "The setting '\(name)' cannot be used: \(problem).", scope: .session, code: "bad_setting")
      }
    }
    self.json = json
  }

  subscript(_ name: String) -> JSONValue? { json[name] ?? Self.properties[name]?["default"] }

  func text(_ name: String) -> String { self[name]?.string ?? "" }
  func whole(_ name: String) -> Int { self[name]?.int ?? 0 }
  func flag(_ name: String) -> Bool { self[name]?.bool ?? false }
  func list(_ name: String) -> [JSONValue] { self[name]?.array ?? [] }
  func object(_ name: String) -> [String: JSONValue] { self[name]?.object ?? [:] }
}
