// What an agent can do besides talking.

import Config
public import Vox

/// A tool the model may call.
public struct Tool: Equatable, Sendable {
  /// The name the model uses; a provider with several tools tells them apart by it.
  public var name: String
  /// Tells the model when to use it.
  public var description: String
  /// The provider that performs it.
  public var provider: String
  /// The arguments, as JSON Schema; always an object. Arguments that do not fit never reach the provider.
  public var schema: JSONValue
  public var arguments: JSONSchema
  /// The host ends the call then, whatever the provider does.
  public var timeoutMs: Int
  /// A longer result is a failure of the tool: half a result would be worse than none.
  public var maxResultBytes: Int
  /// How long the caller waits for it without hearing anything; nil: as long as for anything else.
  public var fillerAfterMs: Int?
  /// Where it was configured; nil when it was made in code.
  public var place: Place?

  /// - Throws: when the schema uses a keyword outside the documented subset.
  public init(
    name: String, description: String, provider: String, schema: JSONValue = .object(["type": "object"]), timeoutMs: Int = 10_000,
    maxResultBytes: Int = 16_384, fillerAfterMs: Int? = nil, place: Place? = nil
  ) throws(JSONSchema.Problem) {
    self.init(name, description, provider, schema, try JSONSchema(schema), timeoutMs, maxResultBytes, fillerAfterMs, place)
  }

  private init(
    _ name: String, _ description: String, _ provider: String, _ schema: JSONValue, _ arguments: JSONSchema, _ timeoutMs: Int,
    _ maxResultBytes: Int, _ fillerAfterMs: Int?, _ place: Place?
  ) {
    self.name = name
    self.description = description
    self.provider = provider
    self.schema = schema
    self.arguments = arguments
    self.timeoutMs = timeoutMs
    self.maxResultBytes = maxResultBytes
    self.fillerAfterMs = fillerAfterMs
    self.place = place
  }
}

extension Tool {
  static func all(_ fields: Fields) -> [Tool] {
    // More tools than this confuse every model there is.
    guard let items = fields.field("tools")?.list(0...64) else { return [] }
    var seen: Set<String> = []
    return items.compactMap { item in
      let place = Place(file: item.fileName, line: item.line)
      guard let found = item.fields({ Tool($0, place) }), let tool = found else { return nil }
      if !seen.insert(tool.name).inserted { item.report("the tool '\(tool.name)' is given twice") }
      return tool
    }
  }

  private init?(_ fields: Fields, _ place: Place) {
    let name = fields.word("name", expected: "letters, digits, '-' or '_', at most 64", where: Words.isID)
    let description = fields.text("description", 1...4096)
    let provider = fields.word("provider", expected: "the name of a provider", where: Words.isID)
    let timeoutMs = fields.integer("timeoutMs", 100...120_000, default: 10_000)
    // The upper bound is what crosses to a plugin as one result.
    let maxResultBytes = fields.integer("maxResultBytes", 64...262_144, default: 16_384)
    let fillerAfterMs = fields.field("fillerAfterMs")?.integer(0...60_000)
    let schema: (text: JSONValue, compiled: JSONSchema)
    if let field = fields.field("schema") {
      guard let found = field.schema() else { return nil }
      if found.text["type"]?.string != "object" { field.report("the arguments of a tool are an object; write 'type: object'") }
      schema = found
    } else {
      guard let none = try? JSONSchema(["type": "object"]) else { return nil }
      schema = (["type": "object"], none)
    }
    self.init(name, description, provider, schema.text, schema.compiled, timeoutMs, maxResultBytes, fillerAfterMs, place)
  }
}
