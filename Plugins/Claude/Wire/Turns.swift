// The conversation in the words of the Messages API.

import Vox

/// Messages as the vendor takes them: user and assistant in turn, a user first, the results of all calls in the turn after them.
/// Source: docs.anthropic.com, "Messages", "Tool use", "Extended thinking".
enum Turns {
  /// What a model is told where the vendor demands that a user speaks and nobody has.
  static let opening = "(The call has begun and nobody has spoken yet.)"
  static let silence = "(The caller says nothing. Go on.)"

  private struct Turn {
    var role: String
    var blocks: [JSONValue]
    var hasCalls: Bool { has("tool_use") }
    func has(_ type: String) -> Bool { blocks.contains { $0["type"]?.string == type } }
  }

  /// - Parameters:
  ///   - messages: of the host; system messages are left out.
  ///   - prefill: the model goes on with an assistant message at the end. Others refuse one.
  static func messages(_ messages: [ChatMessage], prefill: Bool) -> [JSONValue] {
    var turns = merged(raw(messages))
    // Thinking belongs to the tool round that is going on; what the caller said last began it, or broke into it: the vendor wants
    // that of the last answer in any case.
    let asked = turns.lastIndex { $0.role == "user" && $0.has("text") } ?? 0
    let answered = turns.lastIndex { $0.role == "assistant" && !$0.blocks.allSatisfy(isThinking) } ?? 0
    let round = min(asked, answered)
    for index in turns.indices {
      var turn = turns[index]
      // It is asked for only where a call came of it; a turn of nothing else says nothing.
      if index < round || !turn.hasCalls { turn.blocks.removeAll(where: isThinking) }
      // Results of calls come first, and so does thinking, whatever was said while it lasted.
      turn.blocks = turn.blocks.filter(comesFirst) + turn.blocks.filter { !comesFirst($0) }
      turns[index] = turn
    }
    turns = merged(turns.filter { !$0.blocks.isEmpty })
    if turns.first?.role != "user" { turns.insert(Turn(role: "user", blocks: [text(opening)]), at: 0) }
    if turns.last?.role == "assistant" {
      if prefill { trimEnd(&turns[turns.count - 1]) } else { turns.append(Turn(role: "user", blocks: [text(silence)])) }
    }
    return turns.map { ["role": .string($0.role), "content": .array($0.blocks)] }
  }

  private static func raw(_ messages: [ChatMessage]) -> [Turn] {
    let echoes = messages.flatMap(\.parts).compactMap { if case .opaque(_, let data) = $0 { try? JSONValue(parsing: data) } else { nil } }
    let calls = Dictionary(echoes.compactMap { block in block["id"]?.string.map { ($0, block) } }, uniquingKeysWith: { $1 })
    return messages.compactMap { message in
      guard message.speaker != .system else { return nil }
      let blocks = message.parts.flatMap { part -> [JSONValue] in
        switch part {
        case .text(let said): said.allSatisfy(\.isWhitespace) ? [] : [text(said)]
        case .toolCall(let id, let name, let arguments): [calls[id] ?? call(id, name, arguments)]
        case .toolResult(let id, let content, let isError): [result(id, content, isError)]
        case .opaque(_, let data): [try? JSONValue(parsing: data)].compactMap { $0 }.filter(isThinking)
        }
      }
      return blocks.isEmpty ? nil : Turn(role: message.speaker == .assistant ? "assistant" : "user", blocks: blocks)
    }
  }

  private static func merged(_ turns: [Turn]) -> [Turn] {
    turns.reduce(into: []) { merged, turn in
      if merged.last?.role == turn.role { merged[merged.count - 1].blocks += turn.blocks } else { merged.append(turn) }
    }
  }

  static func text(_ text: String) -> JSONValue { ["type": "text", "text": .string(text)] }

  private static func call(_ id: String, _ name: String, _ arguments: JSONValue) -> JSONValue {
    ["type": "tool_use", "id": .string(plain(id)), "name": .string(name), "input": arguments.object == nil ? .object([:]) : arguments]
  }

  private static func result(_ id: String, _ content: String, _ isError: Bool) -> JSONValue {
    var members: [String: JSONValue] = ["type": "tool_result", "tool_use_id": .string(plain(id)), "content": .string(content)]
    if isError { members["is_error"] = true }
    return .object(members)
  }

  /// Another provider may have made the id; this vendor takes letters, digits, '_' and '-'.
  private static func plain(_ id: String) -> String {
    let characters = id.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") ? $0 : "_" }
    return characters.isEmpty ? "call" : String(characters)
  }

  private static func isThinking(_ block: JSONValue) -> Bool {
    block["type"]?.string == "thinking" || block["type"]?.string == "redacted_thinking"
  }

  private static func comesFirst(_ block: JSONValue) -> Bool { block["type"]?.string == "tool_result" || isThinking(block) }

  /// The beginning of an answer must not end with white space.
  private static func trimEnd(_ turn: inout Turn) {
    guard let last = turn.blocks.last?["text"]?.string, let end = last.lastIndex(where: { !$0.isWhitespace }) else { return }
    turn.blocks[turn.blocks.count - 1] = text(String(last[...end]))
  }
}
