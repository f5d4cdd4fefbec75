// What was said so far, as the model receives it: only what was really heard, on both sides.

import Base
import Vox

/// The conversation in order. What the agent is saying counts as planned while it is being said, and as played once it is over.
struct ChatContext {
  private enum Item {
    case message(ChatMessage)
    case agent(Utterance)
  }

  private var items: [Item] = []
  private let instructions: String

  init(instructions: String) { self.instructions = instructions }

  mutating func heard(_ text: String, confidence: Int) { items.append(.message(ChatMessage(.user, text, confidence: confidence))) }

  mutating func saying(_ utterance: Utterance) { items.append(.agent(utterance)) }

  /// Nothing of it was said; what is said instead finds its place anew.
  mutating func takeBack(_ utterance: Utterance) {
    items.removeAll { if case .agent(let said) = $0 { said === utterance } else { false } }
  }

  mutating func called(id: String, name: String, arguments: JSONValue) {
    items.append(.message(ChatMessage(.assistant, [.toolCall(id: id, name: name, arguments: arguments)])))
  }

  mutating func answered(id: String, content: String, isError: Bool) {
    items.append(.message(ChatMessage(.tool, [.toolResult(id: id, content: content, isError: isError)])))
  }

  /// Bytes that only the plugin of that name understands.
  mutating func opaque(plugin: String, data: String) {
    items.append(.message(ChatMessage(.assistant, [.opaque(plugin: plugin, data: data)])))
  }

  /// Takes the last thing the caller said back, because the caller went on speaking and it becomes part of a longer turn.
  mutating func takeBackLastHeard() -> String? {
    guard let index = items.lastIndex(where: { if case .message(let m) = $0 { m.speaker == .user } else { false } }),
      case .message(let message) = items[index]
    else { return nil }
    items.remove(at: index)
    return message.text
  }

  /// About how many tokens a request costs: four bytes of English each, a common rule of thumb.
  var approximateTokens: Int {
    items.reduce(instructions.utf8.count) { sum, item in
      switch item {
      case .message(let message): sum + message.text.utf8.count
      case .agent(let utterance): sum + utterance.contextText.utf8.count
      }
    } / 4
  }

  /// The messages as of now; opaque parts only for the plugin they came from.
  func messages(for plugin: String) -> [ChatMessage] {
    var messages: [ChatMessage] = []
    if !instructions.isEmpty { messages.append(ChatMessage(.system, instructions)) }
    // What was said while a tool ran stands before the call: a call is followed by its result and nothing else.
    var running: Set<String> = []
    var firstCall = 0
    for item in items {
      switch item {
      case .message(var message):
        message.parts.removeAll { if case .opaque(let owner, _) = $0 { owner != plugin } else { false } }
        if running.isEmpty { firstCall = messages.count }
        if !message.parts.isEmpty { messages.append(message) }
        for part in message.parts {
          if case .toolCall(let id, _, _) = part { running.insert(id) }
          if case .toolResult(let id, _, _) = part { running.remove(id) }
        }
      case .agent(let utterance):
        let text = utterance.contextText
        guard !text.isEmpty else { continue }
        messages.insert(ChatMessage(.assistant, text, interrupted: utterance.isCut), at: running.isEmpty ? messages.count : firstCall)
        firstCall += 1
      }
    }
    return messages
  }
}
