// A completion as it streams in: text at once, tool calls when they are whole.

public import Vox

/// What has come of one completion. Feed it the data of each event; it answers the text to be passed on now.
///
/// It takes what the servers of the dialect make of the format: absent ids and indexes, whole calls in one piece, roles in every chunk,
/// no `[DONE]`. Source: platform.openai.com, "Chat Completions", streaming.
public struct Completion: Sendable {
  public enum End: Sendable, Equatable {
    /// `stop` in the words of `vox/roles/llm.h`.
    case completed(stop: String, calls: [ToolCall])
    case failed(ProviderError)
  }

  public private(set) var usage = Usage()
  /// The model that really served, once told.
  public private(set) var label = ""
  /// Something was generated.
  public private(set) var hasBegun = false
  /// Bytes of content so far, thinking included, for an estimate of what it costs.
  public private(set) var bytes = 0
  private var parts: [Part] = []
  private var finish: String?
  private var isRefused = false
  private var isOver = false

  /// A call in the making.
  private struct Part {
    var index: Int?
    var id = ""
    var name = ""
    var arguments = ""
  }

  /// Far more than a model writes in one answer, and little to hold.
  private static let mostBytes = 1 << 20
  private static let mostCalls = 64
  private static let longestLabel = 100

  public init() {}

  /// - Parameter data: of one event.
  /// - Throws: what the server says went wrong, or `unavailable` for what is no chunk.
  public mutating func take(_ data: String) throws(ProviderError) -> [String] {
    if data == "[DONE]" {
      isOver = true
      return []
    }
    let json: JSONValue
    do { json = try JSONValue(parsing: data) } catch { throw OpenAIError.garbled(error.description, code: "bad_json") }
    if let error = json["error"], !error.isNull { throw OpenAIError.streamed(json, began: hasBegun) }
    if label.isEmpty, let model = json["model"]?.string { label = String(model.prefix(Self.longestLabel)) }
    if let usage = Usage(json["usage"]) ?? Usage(json["x_groq"]?["usage"]) { self.usage = usage }
    // No choice stands beside the usage, and in other kinds of chunks.
    guard let choice = json["choices"]?.array?.first else { return [] }
    let texts = try read(choice["delta"] ?? .null)
    if let reason = choice["finish_reason"]?.string { finish = reason }
    return texts
  }

  /// How it ended; nil while it goes on.
  /// - Parameter isCut: nothing more will come. Servers may leave out `[DONE]`, but not the reason.
  public func end(isCut: Bool = false) -> End? {
    guard isOver || isCut else { return nil }
    guard let finish else { return .failed(OpenAIError.garbled("it ended early", code: "truncated")) }
    if isRefused { return .failed(OpenAIError.refused(code: "refusal")) }
    if finish == "content_filter" { return .failed(OpenAIError.refused(code: finish)) }
    // The last call may lack its end and still be valid JSON, so none is made.
    if finish == "length" { return .completed(stop: finish, calls: []) }
    var calls: [ToolCall] = []
    for (number, part) in parts.enumerated() where !part.name.isEmpty {
      guard let arguments = Self.arguments(part.arguments) else {
        return .failed(OpenAIError.garbled("the arguments of a tool call are not JSON", code: "bad_arguments"))
      }
      calls.append(ToolCall(id: part.id.isEmpty ? "call_\(number)" : part.id, name: part.name, arguments: arguments))
    }
    return .completed(stop: calls.isEmpty ? "end" : "tool", calls: calls)
  }

  private static func arguments(_ text: String) -> JSONValue? {
    if text.allSatisfy(\.isWhitespace) { return .object([:]) }
    guard let value = try? JSONValue(parsing: text), value.object != nil else { return nil }
    return value
  }

  private mutating func read(_ delta: JSONValue) throws(ProviderError) -> [String] {
    for name in ["content", "refusal", "reasoning", "reasoning_content"] { bytes += delta[name]?.string?.utf8.count ?? 0 }
    if let refusal = delta["refusal"]?.string, !refusal.isEmpty { isRefused = true }
    for (place, call) in (delta["tool_calls"]?.array ?? []).enumerated() { try merge(call, place) }
    if bytes > 0 { hasBegun = true }
    guard bytes <= Self.mostBytes else {
      throw OpenAIError.garbled("it is longer than \(Self.mostBytes) bytes", code: "answer_too_long")
    }
    return [delta["content"]?.string].compactMap { $0 }.filter { !$0.isEmpty }
  }

  private mutating func merge(_ call: JSONValue, _ place: Int) throws(ProviderError) {
    let id = call["id"]?.string ?? ""
    let at: Int
    if let known = position(call["index"]?.int, id, place) {
      at = known
    } else {
      guard parts.count < Self.mostCalls else { throw OpenAIError.garbled("it calls too many tools", code: "too_many_calls") }
      at = parts.count
      parts.append(Part(index: call["index"]?.int))
    }
    if !id.isEmpty { parts[at].id = id }
    if let name = call["function"]?["name"]?.string, !name.isEmpty { parts[at].name = name }
    // Some servers give the object itself.
    let arguments = call["function"]?["arguments"] ?? .null
    let piece = arguments.string ?? (arguments.object == nil ? "" : arguments.text)
    parts[at].arguments += piece
    bytes += piece.utf8.count + 1
  }

  /// Which call a piece belongs to: the index says so; without one the id; without that the place. Another id is another call, whatever
  /// the index, because some servers number each call 0.
  private func position(_ index: Int?, _ id: String, _ place: Int) -> Int? {
    guard let index else {
      return id.isEmpty ? (parts.isEmpty ? nil : min(place, parts.count - 1)) : parts.lastIndex { $0.id == id }
    }
    return parts.lastIndex { $0.index == index && (id.isEmpty || $0.id.isEmpty || $0.id == id) }
  }
}
