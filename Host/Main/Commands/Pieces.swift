// A long text in pieces that a voice takes at once.

/// Cuts between sentences where it can, else between words.
enum Pieces {
  /// - Parameter limit: UTF-8 bytes of a piece; a single word that is longer is cut.
  /// - Returns: the pieces in order, at least one; together they hold every word of the text once.
  static func of(_ text: String, atMost limit: Int) -> [String] {
    let limit = max(limit, 16)
    var pieces: [String] = []
    var rest = text[...]
    while rest.utf8.count > limit {
      let end = cut(rest, limit)
      pieces.append(String(rest[..<end]))
      rest = rest[end...].drop { $0 == " " }
    }
    if !rest.isEmpty || pieces.isEmpty { pieces.append(String(rest)) }
    return pieces
  }

  private static func cut(_ text: Substring, _ limit: Int) -> Substring.Index {
    var lastSentence: Substring.Index?
    var lastWord: Substring.Index?
    var bytes = 0
    var index = text.startIndex
    while index < text.endIndex {
      bytes += text[index].utf8.count
      // A single character may be longer than the limit; it is given whole, because half of it is none.
      if bytes > limit, index > text.startIndex { break }
      let next = text.index(after: index)
      if text[index] == " " { lastWord = index }
      if ".!?".contains(text[index]), next == text.endIndex || text[next] == " " { lastSentence = next }
      index = next
    }
    return lastSentence ?? lastWord.flatMap { $0 > text.startIndex ? $0 : nil } ?? index
  }
}
