// One thing that the caller did: spoke, pressed keys, or was silent.

/// The caller's turn, read from the text of the chat context.
enum Input {
  case speech(Utterance)
  case keys(String)
  case silence
  /// The host could not do the transfer that the agent asked for.
  case transferFailed

  /// The words of a turn.
  struct Utterance {
    let raw: String
    let tokens: [String]
    let certainty: Chat.Certainty
    /// The intents that the words may mean, best first.
    let candidates: [Matcher.Candidate]

    var unsure: Bool { certainty < .sure }
  }

  /// Several texts in a row are one turn: nothing was played between them. Keys count more than words, for they are certain.
  init(_ texts: [(text: String, certainty: Chat.Certainty)], matcher: Matcher, today: CivilDate) {
    var keys = "", words: [String] = [], certainty = Chat.Certainty.sure, failed = false
    for (text, itsCertainty) in texts {
      certainty = min(certainty, itsCertainty)
      var rest = Substring(text)
      while let open = rest.firstIndex(of: "["), let close = rest[open...].firstIndex(of: "]") {
        let mark = rest[rest.index(after: open)..<close].lowercased().split(separator: " ", maxSplits: 1)
        words.append(String(rest[..<open]))
        if mark == ["transfer", "failed"] { failed = true }
        if mark.first == "dtmf" { keys += (mark.dropFirst().first ?? "").filter { $0.isASCIIDigit || $0 == "*" || $0 == "#" } }
        rest = rest[rest.index(after: close)...]
      }
      words.append(String(rest))
    }
    let raw = words.map(Sentences.trimmed).filter { !$0.isEmpty }.joined(separator: " ")
    let tokens = Words.tokens(raw)
    if failed {
      self = .transferFailed
    } else if !keys.isEmpty {
      self = .keys(keys)
    } else if tokens.isEmpty {
      self = .silence
    } else {
      self = .speech(Utterance(raw: raw, tokens: tokens, certainty: certainty, candidates: matcher.candidates(tokens, today: today)))
    }
  }
}
