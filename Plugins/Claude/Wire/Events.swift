// The events of a streamed message, each as a value.

public import Vox

/// One server-sent event. Source: docs.anthropic.com, "Streaming Messages".
public enum StreamEvent: Sendable, Equatable {
  case messageStart(message: JSONValue)
  case blockStart(index: Int, block: JSONValue)
  case delta(index: Int, Delta)
  case blockStop(index: Int)
  case messageDelta(stop: String?, details: JSONValue, usage: JSONValue)
  case messageStop
  case error(JSONValue)
  /// Pings, and kinds that are younger than this plugin: the vendor reserves the right to add some.
  case other

  public enum Delta: Sendable, Equatable {
    case text(String)
    case json(String)
    case thinking(String)
    case signature(String)
    case other
  }

  /// - Parameter data: of the event; its `type` repeats the event's name.
  /// - Throws: class `unavailable`, code `bad_json`.
  public init(data: String) throws(ProviderError) {
    let json: JSONValue
    do { json = try JSONValue(parsing: data) } catch { throw ClaudeError.garbled(error.description, code: "bad_json") }
    let index = json["index"]?.int ?? 0
    switch json["type"]?.string {
    case "message_start": self = .messageStart(message: json["message"] ?? .null)
    case "content_block_start": self = .blockStart(index: index, block: json["content_block"] ?? .null)
    case "content_block_delta": self = .delta(index: index, Delta(json["delta"] ?? .null))
    case "content_block_stop": self = .blockStop(index: index)
    case "message_delta":
      let delta = json["delta"] ?? .null
      self = .messageDelta(stop: delta["stop_reason"]?.string, details: delta["stop_details"] ?? .null, usage: json["usage"] ?? .null)
    case "message_stop": self = .messageStop
    case "error": self = .error(json)
    default: self = .other
    }
  }
}

extension StreamEvent.Delta {
  init(_ json: JSONValue) {
    switch json["type"]?.string {
    case "text_delta": self = .text(json["text"]?.string ?? "")
    case "input_json_delta": self = .json(json["partial_json"]?.string ?? "")
    case "thinking_delta": self = .thinking(json["thinking"]?.string ?? "")
    case "signature_delta": self = .signature(json["signature"]?.string ?? "")
    default: self = .other
    }
  }
}
