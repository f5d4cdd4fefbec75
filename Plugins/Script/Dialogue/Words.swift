// Text to words: what the matcher compares and what the recogniser's dictionary is asked for.

/// Normalises text in two steps.
///
/// `spoken` gives words as they are said and as a pronouncing dictionary lists them ("10 am" is "ten a.m.", "I'd" stays);
/// `tokens` goes further, so that two ways of writing the same thing compare equal ("I'd" is "i would", "a.m." is "am").
enum Words {
  /// A caller's sentence longer than this is cut: nothing a flow expects is longer, and matching stays cheap.
  static let mostTokens = 80

  /// The longest text of the agent, a keypad menu with its answer, stays below this.
  static let mostWords = 600

  /// Lower-case dictionary words; numbers, dates and times written in digits are expanded.
  static func spoken(_ text: String) -> [String] {
    var words: [String] = []
    for chunk in text.lowercased().split(whereSeparator: { $0.isWhitespace }) {
      let text = plain(chunk)
      if text == "am" || text == "pm", let last = words.last, Numbers.value(last) != nil {
        words.append(text == "am" ? "a.m." : "p.m.")
      } else {
        words += spoken(chunk: text)
      }
      if words.count >= mostWords { break }
    }
    return words
  }

  /// Words for comparing: contractions opened, apostrophes gone, at most `most`.
  static func tokens(_ text: String, most: Int = mostTokens) -> [String] {
    var out: [String] = []
    for word in spoken(text) {
      for token in opened(word) {
        // Recognisers split these; joined they cannot be mistaken for the article or a loose letter.
        if token == "m", let last = out.last, last == "a" || last == "p" {
          out[out.count - 1] = last + "m"
        } else if token == "clock", out.last == "o" {
          out[out.count - 1] = "oclock"
        } else {
          out.append(token)
        }
      }
    }
    return out.count > most ? Array(out[..<most]) : out
  }

  /// Curly apostrophes made straight, surrounding punctuation off.
  private static func plain(_ chunk: Substring) -> String {
    var text = String(chunk.map { $0 == "’" || $0 == "‘" ? "'" : $0 })
    while let last = text.last, !isWordPart(last) {
      if last == ".", text.hasSuffix(".m.") { break }
      text.removeLast()
    }
    while let first = text.first, !isWordPart(first) { text.removeFirst() }
    return text
  }

  private static func isWordPart(_ c: Character) -> Bool { c.isLetter || c.isNumber }

  private static func spoken(chunk: String) -> [String] {
    if chunk.isEmpty { return [] }
    if chunk == "a.m." || chunk == "p.m." { return [chunk] }
    if chunk == "a.m" || chunk == "p.m" { return [chunk + "."] }
    if chunk.contains(where: { $0.isNumber }) { return WrittenNumbers.spoken(chunk) }
    return chunk.split(whereSeparator: { !isWordPart($0) && $0 != "'" }).map(String.init)
  }

  private static func opened(_ word: String) -> [String] {
    if word == "a.m." || word == "p.m." { return [word == "a.m." ? "am" : "pm"] }
    guard let quote = word.firstIndex(of: "'") else { return [respelled[word] ?? word] }
    if let fixed = irregular[word] { return fixed }
    let head = String(word[..<quote]), tail = word[word.index(after: quote)...]
    switch tail {
    case "d": return [head, "would"]
    case "ll": return [head, "will"]
    case "m": return [head, "am"]
    case "re": return [head, "are"]
    case "ve": return [head, "have"]
    case "s" where beforeIs.contains(head): return [head, "is"]
    case "t" where head.hasSuffix("n"): return [String(head.dropLast()), "not"]
    default: return [word.filter { $0 != "'" }]
    }
  }

  private static let irregular = ["can't": ["can", "not"], "won't": ["will", "not"], "let's": ["let", "us"]]
  private static let respelled = ["ok": "okay", "niner": "nine", "doc": "doctor"]
  private static let beforeIs: Set = ["what", "where", "that", "who", "it", "when", "how", "there", "he", "she"]
}
