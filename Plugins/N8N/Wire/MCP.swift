// The part of the Model Context Protocol that a caller of tools needs (modelcontextprotocol.io, 2025-06-18).

public import Vox

/// Requests and results of the protocol.
public enum MCP {
  /// Of `initialize`: who we are, as in `User-Agent`; we offer the server nothing.
  public static func hello(version: String, userAgent: String) -> JSONValue {
    let product = userAgent.split(separator: "/", maxSplits: 1).map { JSONValue.string(String($0)) }
    let client: JSONValue = ["name": product.first ?? "client", "version": product.count == 2 ? product[1] : "1"]
    return ["protocolVersion": .string(version), "capabilities": [:], "clientInfo": client]
  }

  /// Of `tools/list`.
  public static func page(_ cursor: String?) -> JSONValue { .object(cursor.map { ["cursor": .string($0)] } ?? [:]) }

  /// The tools of one page, and where the next one begins. Tools without a name are passed over.
  public static func tools(_ result: JSONValue) -> (tools: [ToolDescription], next: String?) {
    let tools = (result["tools"]?.array ?? []).compactMap { tool -> ToolDescription? in
      guard let name = tool["name"]?.string, !name.isEmpty else { return nil }
      return ToolDescription(
        name: name, description: tool["description"]?.string ?? tool["title"]?.string ?? "",
        schema: reduced(tool["inputSchema"] ?? ["type": "object"]))
    }
    return (tools, result["nextCursor"]?.string)
  }

  /// Of `tools/call`.
  public static func call(_ name: String, _ arguments: JSONValue) -> JSONValue {
    ["name": .string(name), "arguments": arguments]
  }

  /// What a tool answered: structured content where there is any, else its text. What is no text is only named.
  ///
  /// - Throws: code `isError` when the tool says that it failed.
  public static func outcome(_ result: JSONValue) throws(ProviderError) -> ToolResult {
    let parts = (result["content"]?.array ?? []).map { part in
      part["text"]?.string ?? part["resource"]?["text"]?.string ?? "(\(part["type"]?.string?.short ?? "something") left out)"
    }
    let text = parts.joined(separator: "\n")
    if result["isError"]?.bool == true { throw N8NError.toolFailed(text) }
    if let structured = result["structuredContent"], structured.object != nil { return try ToolResult(answer: structured, id: "") }
    return parts.isEmpty ? ToolResult(.null) : try ToolResult(text: text, id: "")
  }

  // MARK: Schemas

  private static let kept: Set<String> = [
    "type", "required", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
    "maxLength", "minItems", "maxItems", "uniqueItems", "title", "description", "default", "examples", "format", "deprecated",
  ]

  /// A schema in the subset that `JSONSchema` knows: what it does not know is left out, which allows more than the server does; the
  /// server still refuses what does not fit. A schema that is none becomes one that takes any object.
  public static func reduced(_ schema: JSONValue) -> JSONValue {
    let reduced = part(schema)
    return (try? JSONSchema(reduced)) == nil || reduced.object == nil ? ["type": "object"] : reduced
  }

  private static func part(_ schema: JSONValue) -> JSONValue {
    guard let members = schema.object else { return schema }
    var out = members.filter { kept.contains($0.key) }
    if let properties = members["properties"]?.object { out["properties"] = .object(properties.mapValues(part)) }
    if let items = members["items"], items.array == nil { out["items"] = part(items) }
    if let additional = members["additionalProperties"] { out["additionalProperties"] = part(additional) }
    if let forms = (members["anyOf"] ?? members["oneOf"])?.array, !forms.isEmpty { out["anyOf"] = .array(forms.map(part)) }
    return .object(out)
  }
}
