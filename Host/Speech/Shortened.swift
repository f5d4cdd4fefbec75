// Makes texts and turns shorter where nothing else can go.

import Vox

enum Shortened {
  private static let gap = " […] "
  /// A text shorter than this says nothing any more.
  private static let least = 40

  /// The beginning and the end of a text, within so many tokens.
  static func text(_ text: String, tokens: Int) -> String {
    let all = TokenEstimate.tokens(text)
    guard all > tokens, tokens > 0 else { return text }
    let scalars = Array(text.unicodeScalars)
    // In proportion first, then down to what fits: no character weighs more than ten times another.
    var keep = scalars.count * tokens / all
    while keep > 0 {
      let half = keep / 2
      var short = String.UnicodeScalarView(scalars[..<half])
      short.append(contentsOf: gap.unicodeScalars)
      short.append(contentsOf: scalars[(scalars.count - half)...])
      if TokenEstimate.tokens(String(short)) <= max(tokens, 4) { return String(short) }
      keep = keep * 4 / 5
    }
    return ""
  }

  /// Brings the messages of one turn within so many tokens; answers how many texts became shorter or went.
  static func fit(_ messages: inout [ChatMessage], tokens: Int) -> Int {
    var changed = dropCalls(&messages, tokens)
    var size = messages.reduce(0) { $0 + TokenEstimate.tokens($1) }
    // Each round shortens the longest text: at most to what fits, and to its least otherwise.
    while size > tokens, let place = longest(messages) {
      let now = TokenEstimate.tokens(content(messages[place.0].parts[place.1]))
      let wanted = max(now - (size - tokens) - 4, least)
      guard wanted < now else { break }
      shorten(&messages[place.0].parts[place.1], wanted)
      changed += 1
      size = messages.reduce(0) { $0 + TokenEstimate.tokens($1) }
    }
    return changed
  }

  /// Calls of tools go with their results, oldest first; the newest stays, because the model has asked for it.
  private static func dropCalls(_ messages: inout [ChatMessage], _ tokens: Int) -> Int {
    var calls: [String] = []
    for part in messages.flatMap(\.parts) { if case .toolCall(let id, _, _) = part { calls.append(id) } }
    var size = messages.reduce(0) { $0 + TokenEstimate.tokens($1) }
    var dropped = 0
    for id in calls.dropLast() where size > tokens {
      for index in messages.indices {
        messages[index].parts.removeAll { part in
          switch part {
          case .toolCall(id, _, _), .toolResult(id, _, _): true
          default: false
          }
        }
      }
      messages.removeAll { $0.parts.isEmpty }
      size = messages.reduce(0) { $0 + TokenEstimate.tokens($1) }
      dropped += 1
    }
    return dropped
  }

  private static func longest(_ messages: [ChatMessage]) -> (Int, Int)? {
    var found: (Int, Int)?
    var most = least
    for (i, message) in messages.enumerated() {
      for (j, part) in message.parts.enumerated() where TokenEstimate.tokens(content(part)) > most {
        most = TokenEstimate.tokens(content(part))
        found = (i, j)
      }
    }
    return found
  }

  /// Arguments of a call stay whole: half of a JSON text is none.
  private static func content(_ part: ChatMessage.Part) -> String {
    switch part {
    case .text(let text): text
    case .toolResult(_, let content, _): content
    case .toolCall, .opaque: ""
    }
  }

  private static func shorten(_ part: inout ChatMessage.Part, _ tokens: Int) {
    switch part {
    case .text(let text): part = .text(Shortened.text(text, tokens: tokens))
    case .toolResult(let id, let content, let isError):
      part = .toolResult(id: id, content: Shortened.text(content, tokens: tokens), isError: isError)
    case .toolCall, .opaque: break
    }
  }
}
