// Conversations that tests have with a model, and what every model must stand.

public import Loader
import PluginHarness
public import Testing
public import Vox

/// A conversation that ends with what the caller says.
public func chat(_ text: String, instructions: String = "You are the reception.", tools: [ToolDescription] = []) -> JSONValue {
  ChatRequest(
    messages: [ChatMessage(.system, instructions), ChatMessage(.user, text)], tools: tools, now: "2030-01-15T10:00:00+01:00"
  ).json
}

extension ToolDescription {
  public static let book = ToolDescription(
    name: "book", description: "Books.", schema: ["type": "object", "properties": ["day": ["type": "string"]]])
  public static let ask = ToolDescription(name: "ask", description: "Asks.", schema: ["type": "object"])
}

extension ChatRequest {
  /// Adds what the model said, thought and called, as the host keeps it, and the result `done` for each call.
  ///
  /// - Parameter plugin: whose thoughts they are.
  public mutating func `continue`(_ session: VendorSession, _ op: OpID, plugin: String) {
    for thought in session.events(.opaque, op: op) {
      messages.append(ChatMessage(.assistant, [.opaque(plugin: plugin, data: thought.text)]))
    }
    if !session.text(op).isEmpty { messages.append(ChatMessage(.assistant, session.text(op))) }
    let calls = session.events(.toolCall, op: op).enumerated()
    for (i, call) in calls { messages.append(ChatMessage(.assistant, [.toolCall(id: "t\(i)", name: call.name, arguments: call.json)])) }
    for (i, _) in calls { messages.append(ChatMessage(.tool, [.toolResult(id: "t\(i)", content: "done", isError: false)])) }
  }
}

extension Emulator {
  /// Tells the model what to say: rules of `script`, the first that fits.
  public func script(_ rules: JSONValue..., dialect: String? = nil) throws {
    let named: JSONValue = dialect.map { ["dialect": .string($0)] } ?? [:]
    try control(["script": named.merging(["rules": .array(rules)])])
  }
}

extension VendorLab {
  /// One piece of text that is longer than an event may be comes in several, and arguments that are too long are a failure that says so
  /// and what it has cost.
  public func takesHugePieces(_ session: VendorSession, on emulator: Emulator, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let word = String(repeating: "ü", count: 40_000)
    let arguments: JSONValue = ["day": .string(String(repeating: "x", count: 70_000))]
    try emulator.control(["timing": ["token_ms": 0]])
    try emulator.script(["when": "^ü", "say": "$text"], ["when": "hello", "tools": [["name": "book", "arguments": arguments]]])
    let op = try ask(chat(word), session)
    #expect(session.error(op) == nil && session.text(op) == word, sourceLocation: sourceLocation)
    #expect(session.events(.text, op: op).count > 1, sourceLocation: sourceLocation)
    let next = try ask(chat("hello", tools: [.book]), session)
    #expect(session.error(next)?.code == "arguments_too_long" && session.failure == nil, sourceLocation: sourceLocation)
    #expect(session.usage(next)["tokens_out"] ?? 0 > 1_000, sourceLocation: sourceLocation)
  }

  /// More words than the host has room for at once: none is lost, none comes twice.
  public func losesNoWord(_ session: VendorSession, on emulator: Emulator, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let words = (1...20_000).map { "w\($0)" }.joined(separator: " ")
    try emulator.control(["timing": ["token_ms": 0]])
    try emulator.script(["when": "hello", "say": .string(words)])
    let op = try session.start(OpKind.chat, body: chat("hello"))
    try wait("all words", deadlineMs: 60_000) { session.terminal(op) != nil }
    #expect(session.error(op) == nil && session.text(op) == words, sourceLocation: sourceLocation)
  }
}
