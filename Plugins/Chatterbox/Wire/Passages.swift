// Cuts a text into passages for a server that speaks a whole one at a time: the first short, so that it sounds early.

/// Where a text may be cut without being heard: behind a sentence, else behind a clause, else between words. Never within a tag.
public enum Passages {
  /// A clause shorter than this sounds cut off.
  private static let shortestClause = 24
  private static let abbreviations: Set<String> = ["dr", "mr", "mrs", "ms", "st", "prof", "no", "vs", "etc", "approx", "dept"]

  /// The passages of a text in order; none is empty.
  ///
  /// - Parameters:
  ///   - first: characters that the first one may have. Without a clause that short it may have `rest`.
  ///   - rest: characters of every other one; quality falls beyond 200 to 300 (resemble-ai/chatterbox).
  public static func of(_ text: String, first: Int, rest: Int) -> [String] {
    var passages: [String] = []
    var left = trimmed(text[...])
    while !left.isEmpty {
      let limit = passages.isEmpty ? min(first, rest) : rest
      let cut = left.count <= limit ? left.endIndex : cut(left, limit, orAt: rest)
      let passage = trimmed(left[..<cut])
      if !passage.isEmpty { passages.append(String(passage)) }
      left = trimmed(left[cut...])
    }
    return passages
  }

  private static func cut(_ text: Substring, _ limit: Int, orAt longest: Int) -> Substring.Index {
    var (sentence, clause, word): (Substring.Index?, Substring.Index?, Substring.Index?)
    var depth = 0
    for (count, i) in text.indices.enumerated() {
      let c = text[i]
      if c == "[" { depth += 1 } else if c == "]" { depth = max(depth - 1, 0) }
      let next = text.index(after: i)
      if count >= limit {
        if let found = sentence ?? clause { return found }
        // Only a breathless text is cut between words.
        if count >= longest { return word ?? i }
      }
      guard depth == 0, next < text.endIndex, text[next].isWhitespace else { continue }
      word = next
      if c.isNewline || "!?…".contains(c) || (c == "." && endsSentence(text, i)) { sentence = next }
      if ",;:—–".contains(c), count + 1 >= shortestClause { clause = next }
    }
    return text.endIndex
  }

  private static func endsSentence(_ text: Substring, _ dot: Substring.Index) -> Bool {
    let before = text[..<dot].split(whereSeparator: \.isWhitespace).last ?? ""
    return !abbreviations.contains(before.lowercased()) && before.count > 1
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
