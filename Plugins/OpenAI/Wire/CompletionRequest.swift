// What is asked of the model: the body of POST /chat/completions.

public import Vox

/// How the model is to be asked; each member is a setting of the plugin. Source: platform.openai.com, "Chat Completions"; the dialects'
/// own documents.
public struct CompletionRequest: Sendable {
  /// What the servers take that is not the same everywhere.
  public enum Dialect: String, Sendable { case openai, ollama, llama, vllm, lmstudio, groq, other }

  public var dialect = Dialect.openai
  public var model = ""
  public var maxTokens = 1024
  /// Empty = as the dialect has it.
  public var maxTokensMember = ""
  public var streamsUsage = true
  /// `system`, or `developer` where the model wants that.
  public var systemRole = "system"
  /// The model's template wants users and assistants in turn, a user first.
  public var strictTurns = false
  public var parallelTools = true
  public var prefill = false
  /// Members that are left out while unset, by name: temperature, top_p, stop, reasoning_effort, prompt_cache_key …
  public var options: [String: JSONValue] = [:]
  /// Members that go into the body as they are.
  public var extra: JSONValue = .object([:])

  public init() {}

  public func body(_ chat: ChatRequest) -> JSONValue {
    let messages = messages(chat)
    var body: [String: JSONValue] = ["model": .string(model), "messages": .array(messages), "stream": true]
    body[limitMember] = .int(Int64(chat.maxTokens > 0 ? chat.maxTokens : maxTokens))
    var streaming: [String: JSONValue] = [:]
    if streamsUsage { streaming["include_usage"] = true }
    // Padding against listeners on the line; it costs bytes with every word.
    if dialect == .openai { streaming["include_obfuscation"] = false }
    if !streaming.isEmpty { body["stream_options"] = .object(streaming) }
    if !chat.tools.isEmpty {
      body["tools"] = .array(chat.tools.map(tool))
      if !parallelTools { body["parallel_tool_calls"] = false }
    }
    if prefill, messages.last?["role"] == "assistant", dialect == .vllm {
      body.merge(["continue_final_message": true, "add_generation_prompt": false]) { $1 }
    }
    body.merge(options) { $1 }
    return JSONValue.object(body).merging(extra)
  }

  /// Reasoning models of OpenAI refuse `max_tokens`; most other servers know nothing else and ignore the newer name.
  private var limitMember: String {
    if !maxTokensMember.isEmpty { return maxTokensMember }
    return dialect == .openai || dialect == .groq ? "max_completion_tokens" : "max_tokens"
  }

  private func tool(_ tool: ToolDescription) -> JSONValue {
    var function: [String: JSONValue] = [
      "name": .string(tool.name), "parameters": JSONValue.object(["type": "object"]).merging(tool.schema),
    ]
    if !tool.description.isEmpty { function["description"] = .string(tool.description) }
    return ["type": "function", "function": .object(function)]
  }

  // MARK: Messages

  private struct Turn {
    var role: String
    var text = ""
    var calls: [JSONValue] = []
    var answers = ""

    var json: JSONValue {
      var members: [String: JSONValue] = ["role": .string(role), "content": text.isEmpty && !calls.isEmpty ? .null : .string(text)]
      if !calls.isEmpty { members["tool_calls"] = .array(calls) }
      if !answers.isEmpty { members["tool_call_id"] = .string(answers) }
      return .object(members)
    }
  }

  private func messages(_ chat: ChatRequest) -> [JSONValue] {
    var turns: [Turn] = []
    for message in chat.messages where message.speaker != .system {
      for turn in self.turns(of: message) {
        // All calls of a round stand in one message, because their results must follow it.
        if let last = turns.last, last.role == turn.role, turn.role == "assistant" || strictTurns && turn.role == "user" {
          turns[turns.count - 1].text += (last.text.isEmpty || turn.text.isEmpty ? "" : " ") + turn.text
          turns[turns.count - 1].calls += turn.calls
        } else {
          turns.append(turn)
        }
      }
    }
    if strictTurns, turns.first?.role != "user" { turns.insert(Turn(role: "user", text: Self.opening), at: 0) }
    var system = chat.messages.filter { $0.speaker == .system }.map(\.text)
    // Last, so that what stands before it can be cached.
    if !chat.now.isEmpty { system.append("It is now \(chat.now).") }
    if !system.isEmpty { turns.insert(Turn(role: systemRole, text: system.joined(separator: "\n\n")), at: 0) }
    return turns.map(\.json)
  }

  private static let opening = "(The call has begun and nobody has spoken yet.)"

  private func turns(of message: ChatMessage) -> [Turn] {
    var turns: [Turn] = []
    var own = Turn(role: message.speaker.rawValue)
    for part in message.parts {
      switch part {
      case .text(let text): own.text += (own.text.isEmpty ? "" : " ") + text
      case .toolCall(let id, let name, let arguments):
        own.calls.append([
          "id": .string(id), "type": "function",
          "function": ["name": .string(name), "arguments": .string(arguments.object == nil ? "{}" : arguments.text)],
        ])
      case .toolResult(let id, let content, let isError):
        turns.append(Turn(role: "tool", text: isError ? "Error: \(content)" : content, answers: id))
      case .opaque: break
      }
    }
    let isEmpty = own.calls.isEmpty && own.text.allSatisfy(\.isWhitespace)
    return isEmpty || message.speaker == .tool ? turns : turns + [own]
  }
}
