// The conversation as a language model receives it: schema "vox.chat/0". A long one is sent at every turn, so its JSON is written without
// a value of it being built first; members come in the order of their names, as `JSONValue` writes them.

/// One message of the chat context.
public struct ChatMessage: Hashable, Sendable {
  public enum Speaker: String, Sendable { case system, user, assistant, tool }

  public enum Part: Hashable, Sendable {
    case text(String)
    case toolCall(id: String, name: String, arguments: JSONValue)
    case toolResult(id: String, content: String, isError: Bool)
    /// Bytes that only the plugin of that id understands; echoed to it alone.
    case opaque(plugin: String, data: String)
  }

  public var speaker: Speaker
  public var parts: [Part]
  /// Of what was heard, in permille; 0 = not known.
  public var confidence: Int
  /// The assistant was cut off: `parts` hold what was really played.
  public var interrupted: Bool

  public init(_ speaker: Speaker, _ parts: [Part], confidence: Int = 0, interrupted: Bool = false) {
    self.speaker = speaker
    self.parts = parts
    self.confidence = confidence
    self.interrupted = interrupted
  }

  public init(_ speaker: Speaker, _ text: String, confidence: Int = 0, interrupted: Bool = false) {
    self.init(speaker, [.text(text)], confidence: confidence, interrupted: interrupted)
  }

  /// All text parts, joined by spaces.
  public var text: String {
    parts.compactMap { if case .text(let t) = $0 { t } else { nil } }.joined(separator: " ")
  }

  func write(to out: inout [UInt8]) {
    out.append("{")
    if confidence > 0 {
      out.append("\"confidence\":")
      out += String(confidence).utf8
      out.append(",")
    }
    if interrupted { out.append("\"interrupted\":true,") }
    out.append("\"parts\":")
    JSONValue.write(parts, to: &out) { $0.write(to: &$1) }
    out.append(",\"role\":")
    JSONValue.write(speaker.rawValue, to: &out)
    out.append("}")
  }

  /// Reads a message; parts of unknown types are skipped, an unknown role refuses the message.
  public init?(json: JSONValue) {
    guard let speaker = json["role"]?.string.flatMap(Speaker.init(rawValue:)) else { return nil }
    self.init(
      speaker, (json["parts"]?.array ?? []).compactMap(Part.init(json:)),
      confidence: json["confidence"]?.int ?? 0, interrupted: json["interrupted"]?.bool ?? false)
  }
}

extension ChatMessage.Part {
  func write(to out: inout [UInt8]) {
    switch self {
    case .text(let text):
      out.append("{\"text\":")
      JSONValue.write(text, to: &out)
      out.append(",\"type\":\"text\"}")
    case .toolCall(let id, let name, let arguments):
      out.append("{\"arguments\":")
      arguments.write(to: &out)
      out.append(",\"id\":")
      JSONValue.write(id, to: &out)
      out.append(",\"name\":")
      JSONValue.write(name, to: &out)
      out.append(",\"type\":\"tool_call\"}")
    case .toolResult(let id, let content, let isError):
      out.append("{\"content\":")
      JSONValue.write(content, to: &out)
      out.append(",\"id\":")
      JSONValue.write(id, to: &out)
      out.append(isError ? ",\"is_error\":true" : ",\"is_error\":false")
      out.append(",\"type\":\"tool_result\"}")
    case .opaque(let plugin, let data):
      out.append("{\"data\":")
      JSONValue.write(data, to: &out)
      out.append(",\"plugin\":")
      JSONValue.write(plugin, to: &out)
      out.append(",\"type\":\"opaque\"}")
    }
  }

  public init?(json: JSONValue) {
    switch json["type"]?.string {
    case "text": self = .text(json["text"]?.string ?? "")
    case "tool_call":
      self = .toolCall(
        id: json["id"]?.string ?? "", name: json["name"]?.string ?? "", arguments: json["arguments"] ?? .object([:]))
    case "tool_result":
      self = .toolResult(
        id: json["id"]?.string ?? "", content: json["content"]?.string ?? "", isError: json["is_error"]?.bool ?? false)
    case "opaque": self = .opaque(plugin: json["plugin"]?.string ?? "", data: json["data"]?.string ?? "")
    default: return nil
    }
  }
}

/// A tool as the model sees it.
public struct ToolDescription: Hashable, Sendable {
  public var name: String
  public var description: String
  /// JSON Schema of the arguments, in the subset of `JSONSchema`.
  public var schema: JSONValue

  public init(name: String, description: String, schema: JSONValue) {
    self.name = name
    self.description = description
    self.schema = schema
  }

  public var json: JSONValue { ["name": .string(name), "description": .string(description), "schema": schema] }

  public init?(json: JSONValue) {
    guard let name = json["name"]?.string else { return nil }
    self.init(name: name, description: json["description"]?.string ?? "", schema: json["schema"] ?? .object([:]))
  }
}

/// The body of a CHAT op.
public struct ChatRequest: Hashable, Sendable {
  public var messages: [ChatMessage]
  public var tools: [ToolDescription]
  /// 0 = the provider's default.
  public var maxTokens: Int
  /// RFC 3339 with the offset of the agent's time zone, so that "tomorrow" has a meaning; empty = not told.
  public var now: String

  public init(messages: [ChatMessage], tools: [ToolDescription] = [], maxTokens: Int = 0, now: String = "") {
    self.messages = messages
    self.tools = tools
    self.maxTokens = maxTokens
    self.now = now
  }

  /// As one line of JSON.
  public var text: String {
    var out: [UInt8] = []
    out.reserveCapacity(messages.count * 128 + 256)
    out.append("{")
    if maxTokens > 0 {
      out.append("\"max_tokens\":")
      out += String(maxTokens).utf8
      out.append(",")
    }
    out.append("\"messages\":")
    JSONValue.write(messages, to: &out) { $0.write(to: &$1) }
    if !now.isEmpty {
      out.append(",\"now\":")
      JSONValue.write(now, to: &out)
    }
    out.append(",\"tools\":")
    JSONValue.write(tools, to: &out) { $0.json.write(to: &$1) }
    out.append("}")
    return String(decoding: out, as: UTF8.self)
  }

  /// As a value, for those who look at it or lay something over it.
  public var json: JSONValue { (try? JSONValue(parsing: text)) ?? .object([:]) }

  public init(json: JSONValue) {
    self.init(
      messages: (json["messages"]?.array ?? []).compactMap(ChatMessage.init(json:)),
      tools: (json["tools"]?.array ?? []).compactMap(ToolDescription.init(json:)),
      maxTokens: json["max_tokens"]?.int ?? 0, now: json["now"]?.string ?? "")
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
