// A conversation by turns, which are never cut.

import Vox

struct Turns {
  struct Turn {
    var messages: [ChatMessage] = []
    var tokens = 0
  }

  /// The system prompt.
  private(set) var instructions: [ChatMessage] = []
  private var turns: [Turn] = [Turn()]

  init(_ messages: [ChatMessage]) {
    var isFirst = true
    var open: Set<String> = []
    for message in messages {
      defer { isFirst = false }
      if message.speaker == .system, isFirst || turns.count == 1 && turns[0].messages.isEmpty {
        instructions.append(message)
        continue
      }
      // A caller who speaks while a tool runs begins no turn before its result is there.
      if message.speaker == .user, open.isEmpty { turns.append(Turn()) }
      turns[turns.count - 1].messages.append(message)
      turns[turns.count - 1].tokens += TokenEstimate.tokens(message)
      for part in message.parts {
        if case .toolCall(let id, _, _) = part { open.insert(id) }
        if case .toolResult(let id, _, _) = part { open.remove(id) }
      }
    }
  }

  /// Turn 0 included.
  var count: Int { turns.count }

  func rest(from turn: Int) -> ArraySlice<Turn> { turns.dropFirst(max(turn, 0)) }
}
