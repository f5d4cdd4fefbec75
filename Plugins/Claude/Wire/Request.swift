// What is asked of the model: the body of POST /v1/messages.

public import Vox

/// How the model is to be asked; each member is a setting of the plugin. Source: docs.anthropic.com, "Messages".
public struct MessagesRequest: Sendable {
  /// How long the agent's instructions and tools stay in the vendor's cache.
  public enum Cache: String, Sendable { case off, fiveMinutes = "5m", hour = "1h" }

  public var model = ""
  public var maxTokens = 1024
  /// Of the API; from 2026-10-21 on it refuses sampling parameters.
  public var version = "2026-10-21"
  public var sampling: [String: JSONValue] = [:]
  /// `default` leaves it to the model.
  public var thinking = "default"
  public var thinkingBudget = 1024
  public var effort = "default"
  public var cache = Cache.fiveMinutes
  public var parallelTools = true
  public var eagerTools = false
  public var prefill = false
  public var stopSequences: [String] = []
  /// Tools that the vendor itself runs, as its API takes them.
  public var serverTools: [JSONValue] = []
  /// Members that go into the body as they are.
  public var extra: JSONValue = .object([:])

  public init() {}

  /// Whether the beginning of an answer may be given. With thinking, every model refuses one.
  public var takesPrefill: Bool { prefill && (thinking == "default" || thinking == "disabled") }

  /// - Parameters:
  ///   - chat: what the host wants answered.
  ///   - caches: whether the host lets the prefix be cached.
  ///   - begun: blocks of a message that the vendor has paused, in order.
  public func body(_ chat: ChatRequest, caches: Bool = true, begun: [JSONValue] = []) -> JSONValue {
    var messages = Turns.messages(chat.messages, prefill: takesPrefill && begun.isEmpty)
    if !begun.isEmpty { messages.append(["role": "assistant", "content": .array(begun)]) }
    var body: [String: JSONValue] = [
      "model": .string(model), "max_tokens": .int(Int64(limit(chat))), "stream": true, "messages": .array(messages),
    ]
    let mark = caches ? breakpoint : nil
    let system = system(chat, mark)
    if !system.isEmpty { body["system"] = .array(system) }
    let tools = tools(chat.tools, mark)
    if !tools.isEmpty {
      body["tools"] = .array(tools)
      if !parallelTools { body["tool_choice"] = ["type": "auto", "disable_parallel_tool_use": true] }
    }
    // Versions are dates, so that their order as text is their order in time.
    if version < "2026-10-21" { body.merge(sampling) { $1 } }
    if !stopSequences.isEmpty { body["stop_sequences"] = .array(stopSequences.map { .string($0) }) }
    if thinking == "enabled" {
      body["thinking"] = ["type": "enabled", "budget_tokens": .int(Int64(thinkingBudget))]
    } else if thinking != "default" {
      body["thinking"] = ["type": .string(thinking)]
    }
    if effort != "default" { body["output_config"] = ["effort": .string(effort)] }
    return JSONValue.object(body).merging(extra)
  }

  /// The vendor counts thinking as part of the answer, and demands room beyond its budget: the limit stays that of the words.
  private func limit(_ chat: ChatRequest) -> Int {
    (chat.maxTokens > 0 ? chat.maxTokens : maxTokens) + (thinking == "enabled" ? thinkingBudget : 0)
  }

  private var breakpoint: JSONValue? {
    switch cache {
    case .off: nil
    case .fiveMinutes: ["type": "ephemeral"]
    case .hour: ["type": "ephemeral", "ttl": "1h"]
    }
  }

  /// The time stands behind the breakpoint: it is another one with each request.
  private func system(_ chat: ChatRequest, _ mark: JSONValue?) -> [JSONValue] {
    let instructions = chat.messages.filter { $0.speaker == .system }.map(\.text).joined(separator: "\n\n")
    var blocks: [JSONValue] = []
    if !instructions.allSatisfy(\.isWhitespace) { blocks.append(marked(Turns.text(instructions), mark)) }
    if !chat.now.isEmpty { blocks.append(Turns.text("It is now \(chat.now).")) }
    return blocks
  }

  /// Tools have a breakpoint of their own, so that agents with the same tools share it.
  private func tools(_ tools: [ToolDescription], _ mark: JSONValue?) -> [JSONValue] {
    var list = serverTools
    for tool in tools {
      var members: [String: JSONValue] = [
        "name": .string(tool.name), "input_schema": JSONValue.object(["type": "object"]).merging(tool.schema),
      ]
      if !tool.description.isEmpty { members["description"] = .string(tool.description) }
      if eagerTools { members["eager_input_streaming"] = true }
      list.append(.object(members))
    }
    if let last = list.popLast() { list.append(marked(last, mark)) }
    return list
  }

  private func marked(_ block: JSONValue, _ mark: JSONValue?) -> JSONValue {
    mark.map { block.merging(["cache_control": $0]) } ?? block
  }
}
