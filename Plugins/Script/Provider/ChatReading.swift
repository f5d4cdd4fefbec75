// From the host's chat context to the dialogue's: who said what, how surely it was heard, and what time it is there.

import Dialogue
import Glibc
import Vox

/// Translates chat contexts; holds only the bounds of confidence.
struct ChatReading {
  /// Words heard with less confidence (permille) lead to a question back.
  let surePermille: Int
  /// Words heard with less confidence are asked for again.
  let poorPermille: Int

  func chat(_ request: ChatRequest) -> Chat {
    var chat = Chat()
    for message in request.messages {
      for part in message.parts {
        switch (message.speaker, part) {
        case (.user, .text(let text)): chat.entries.append(.caller(text, certainty(message.confidence)))
        case (.assistant, .text(let text)): chat.entries.append(.agent(text))
        case (_, .toolCall(let id, let name, _)): chat.entries.append(.call(id: id, tool: name))
        case (_, .toolResult(let id, let content, let failed)):
          chat.entries.append(.result(id: id, content: content, failed: failed))
        default: break
        }
      }
    }
    return chat
  }

  /// A recogniser that states no confidence (0) is believed: what matters is read back in any case.
  private func certainty(_ permille: Int) -> Chat.Certainty {
    permille == 0 || permille >= surePermille ? .sure : permille >= poorPermille ? .unsure : .poor
  }

  /// The day and time of an RFC 3339 text as they stand in it, which is the agent's own zone; without one, the machine's.
  func moment(_ now: String) -> Moment {
    let parts = now.split(separator: "T", maxSplits: 1)
    if parts.count == 2, let today = CivilDate(iso: parts[0]), let time = CivilTime(iso: parts[1].prefix(5)) {
      return Moment(today: today, time: time)
    }
    var seconds = time(nil), local = tm()
    localtime_r(&seconds, &local)
    return Moment(
      today: CivilDate(year: Int(local.tm_year) + 1900, month: Int(local.tm_mon) + 1, day: Int(local.tm_mday)) ?? .epoch,
      time: CivilTime(hour: Int(local.tm_hour), minute: Int(local.tm_min)) ?? .first)
  }
}
