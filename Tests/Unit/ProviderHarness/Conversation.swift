// Conversations that tests have with a model.

public import Loader
import PluginHarness
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
