// Pieces of text that are worth saying, out of a stream of words.

/// Cuts behind the end of a sentence: a mark and white space, or the end of a line.
public struct Sentences: Sendable {
  private var rest = ""
  /// A text without an end is said in parts of this many characters.
  private static let longest = 400

  public init() {}

  /// Takes more text; answers the sentences that became whole.
  public mutating func feed(_ text: String) -> [String] {
    var sentences: [String] = []
    for character in text {
      let isEnd = character.isNewline || (character.isWhitespace && (rest.last.map { ".!?".contains($0) } ?? false))
      if isEnd || rest.count >= Self.longest { take(into: &sentences) }
      rest.append(character)
    }
    return sentences
  }

  /// What is left at the end of the text.
  public mutating func end() -> [String] {
    var sentences: [String] = []
    take(into: &sentences)
    return sentences
  }

  private mutating func take(into sentences: inout [String]) {
    let sentence = String(rest.trimmed)
    if !sentence.isEmpty { sentences.append(sentence) }
    rest = ""
  }
}
