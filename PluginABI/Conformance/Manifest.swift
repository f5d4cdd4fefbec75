// The manifest of the plugin under test.

import PluginABI
import Vox

/// The constant JSON inside a plugin's table, read and checked.
struct Manifest {
  let json: JSONValue
  /// Nil when the plugin takes no settings.
  let settings: JSONSchema?

  /// At most this many bytes (`vox/entry.h`).
  private static let maxBytes: UInt64 = 256 << 10

  init(_ view: vox_view) throws(Breach) {
    guard view.ptr != nil, view.len > 0 else { throw Breach(.manifest, "it is empty") }
    guard view.len <= Self.maxBytes else { throw Breach(.manifest, "it has \(view.len) bytes, at most \(Self.maxBytes) are allowed") }
    let json: JSONValue
    do {
      json = try JSONValue(parsing: view.bytes)
    } catch {
      throw Breach(.manifest, error.description)
    }
    self.json = json
    let problems = Self.schema.map { $0.problems(in: json) } ?? []
    if let first = problems.first { throw Breach(.manifest, first.description) }
    let id = json["id"]?.string ?? ""
    guard id.utf8.allSatisfy({ Self.idBytes.contains($0) }) else {
      throw Breach(.manifest, "/id: \"\(id)\" may hold lower-case letters, digits, '.', '-' and '_' alone")
    }
    do {
      settings = if let schema = json["settings"] { try JSONSchema(schema) } else { nil }
    } catch {
      throw Breach(.settings, "/settings\(error)")
    }
    for name in (json["roles"]?.object ?? [:]).keys.sorted() { try Self.checkRole(name, json["roles"]?[name] ?? .null) }
  }

  /// The ids of all declared roles, drafts and strangers included.
  var roleIDs: [String] { (json["roles"]?.object ?? [:]).keys.sorted() }
  /// The declared roles that this version knows how to try.
  var roles: [Role] { Role.allCases.filter { json["roles"]?[$0.rawValue] != nil } }

  func traits(_ role: Role) -> JSONValue { json["roles"]?[role.rawValue] ?? .object([:]) }

  /// Hz in the role's order of preference; 16 kHz when the manifest names none.
  func rates(_ role: Role) -> [UInt32] {
    let names: [Role: String] = [.tts: "rates_out", .stt: "rates_in", .telephony: "rates"]
    let rates = (names[role].flatMap { traits(role)[$0]?.array } ?? []).compactMap { $0.int.flatMap(UInt32.init(exactly:)) }
    return rates.isEmpty ? [16_000] : rates
  }

  /// Names of the secrets that an account needs.
  var secrets: [String] { (json["secrets"]?.array ?? []).compactMap(\.string) }

  private static let idBytes = Set("abcdefghijklmnopqrstuvwxyz0123456789.-_".utf8)

  private static func checkRole(_ name: String, _ traits: JSONValue) throws(Breach) {
    guard let role = Role(rawValue: name) else {
      // A vendor's own role carries the vendor's name; of ours there are these and the drafts.
      let drafts = ["vox.knowledge/0", "vox.storage/0"]
      if name.hasPrefix("vox."), !drafts.contains(name) {
        throw Breach(
          .manifest, "/roles: \(name) is no role of this draft; known are \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      return
    }
    if let problem = traitSchemas[role]?.problems(in: traits).first {
      throw Breach(.manifest, "/roles/\(name)\(problem)")
    }
  }

  private static let schema = try? JSONSchema([
    "type": "object", "required": ["id", "name", "version", "roles"],
    "properties": [
      "id": ["type": "string", "minLength": 1, "maxLength": 64],
      "name": ["type": "string", "minLength": 1, "maxLength": 100],
      "version": ["type": "string", "minLength": 1, "maxLength": 40], "roles": ["type": "object"],
      "secrets": ["type": "array", "items": ["type": "string", "minLength": 1], "uniqueItems": true],
      "network": ["enum": ["none", "own"]], "hosts": ["type": "array", "items": ["type": "string"]],
      "routes": ["type": "boolean"], "inbound": ["type": "boolean"],
      "services": ["type": "array", "items": ["type": "string"]], "licence": ["type": "string"],
      "isolation": ["enum": ["any", "worker"]],
    ],
  ])

  private static let rateList: JSONValue = [
    "type": "array", "minItems": 1, "items": ["type": "integer", "minimum": 8_000, "maximum": 48_000],
  ]
  private static let grace: JSONValue = ["type": "integer", "minimum": 0, "maximum": 10_000]

  /// Traits the role headers name; others are left alone, because traits grow.
  private static let traitSchemas: [Role: JSONSchema] = {
    let properties: [Role: [String: JSONValue]] = [
      .telephony: [
        "rates": rateList, "lead_ms": ["type": "integer", "minimum": 0, "maximum": 200], "clear": ["type": "boolean"],
        "clocked": ["type": "boolean"], "dtmf_out": ["type": "boolean"],
        "transfer": ["type": "array", "items": ["enum": ["blind", "attended"]]], "played": ["enum": ["none", "estimate", "exact"]],
        "max_sessions": ["type": "integer", "minimum": 0],
      ],
      .stt: [
        "rates_in": rateList, "interim": ["type": "boolean"], "turn_end": ["type": "boolean"], "flush": ["type": "boolean"],
        "word_times": ["enum": ["none", "word"]], "confidence": ["type": "boolean"], "expect": ["type": "boolean"],
        "input_rate_permille": ["type": "integer", "minimum": 1_000], "needs_audio_within_ms": ["type": "integer", "minimum": 0],
        "max_sessions": ["type": "integer", "minimum": 0], "languages": ["type": "array", "items": ["type": "string"]],
      ],
      .llm: [
        "prefill": ["type": "boolean"], "tools": ["type": "boolean"], "parallel_tools": ["type": "boolean"],
        "context_tokens": ["type": "integer", "minimum": 0], "vocabulary": ["type": "boolean"],
      ],
      .tts: [
        "rates_out": rateList, "word_times": ["enum": ["none", "word", "char"]],
        "text_max_bytes": ["type": "integer", "minimum": 1], "text_grows": ["type": "boolean"],
        "ops": ["type": "integer", "minimum": 1],
        "tags": ["type": "array", "items": ["type": "string"]], "ssml": ["type": "boolean"],
        "languages": ["type": "array", "items": ["type": "string"]],
      ],
      .tool: ["list": ["type": "boolean"]],
    ]
    return properties.compactMapValues { properties in
      try? JSONSchema(["type": "object", "properties": .object(properties.merging(["cancel_grace_ms": grace]) { $1 })])
    }
  }()
}
