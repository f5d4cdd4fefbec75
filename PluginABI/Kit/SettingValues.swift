// Settings by name: checked against the manifest's schema, with the defaults that stand there.

public import Vox

/// The settings of a provider, an account or a session, as a plugin reads them.
///
/// A setting has one place: the manifest's `settings`, whose schema says what it may be and whose `default` is what a plugin reads while
/// it is not set. Members that the manifest does not know are others' and are not looked at. A value; any thread.
public struct SettingValues: Sendable {
  private let properties: [String: JSONValue]
  private let json: JSONValue

  /// - Parameters:
  ///   - json: the merged settings, as a port has them.
  ///   - plugin: whose manifest describes them.
  ///   - scope: what an unusable setting takes down.
  /// - Throws: class `invalid`, code `bad_setting`, naming the first setting that does not fit its schema and what was expected.
  public init(_ json: JSONValue, of plugin: PluginDefinition, scope: ErrorScope = .session) throws(ProviderError) {
    properties = plugin.properties
    self.json = json
    for (name, value) in json.object ?? [:] {
      guard let described = properties[name], let schema = try? JSONSchema(described) else { continue }
      if let problem = schema.problems(in: value).first {
        throw ProviderError(.invalid, "The setting '\(name)' cannot be used: \(problem).", scope: scope, code: "bad_setting")
      }
    }
  }

  /// The value, or the manifest's default; nil where there is neither.
  public subscript(_ name: String) -> JSONValue? { json[name] ?? properties[name]?["default"] }

  // Empty, 0 or false where there is neither a value nor a default.
  public func text(_ name: String) -> String { self[name]?.string ?? "" }
  public func whole(_ name: String) -> Int { self[name]?.int ?? 0 }
  public func flag(_ name: String) -> Bool { self[name]?.bool ?? false }
  public func list(_ name: String) -> [JSONValue] { self[name]?.array ?? [] }
  public func texts(_ name: String) -> [String] { list(name).compactMap(\.string) }
  public func object(_ name: String) -> [String: JSONValue] { self[name]?.object ?? [:] }

  /// An address to which paths are appended: without a slash at its end.
  public func address(_ name: String) -> String {
    let url = text(name)
    return url.hasSuffix("/") ? String(url.dropLast()) : url
  }

  /// How long the steps of a request may take: `connect_ms`, `first_byte_ms`, `stall_ms` and `total_ms`.
  public var deadlines: HTTPClient.Deadlines {
    HTTPClient.Deadlines(
      connectMs: whole("connect_ms"), firstByteMs: whole("first_byte_ms"), stallMs: whole("stall_ms"), totalMs: whole("total_ms"))
  }
}
