// Text to sentences, the pieces in which the agent speaks and is interrupted.

/// Splits a text after `.`, `!` or `?` before a capital, a digit or a place for a value.
enum Sentences {
  static func split(_ text: String) -> [String] {
    var sentences: [String] = [], current = ""
    let characters = Array(text)
    for (index, c) in characters.enumerated() {
      current.append(c)
      guard c == "." || c == "!" || c == "?", index + 2 < characters.count, characters[index + 1] == " ",
        characters[index + 2].isUppercase || characters[index + 2].isNumber || characters[index + 2] == "{",
        !abbreviations.contains(current.split(separator: " ").last.map(String.init) ?? "")
      else { continue }
      sentences.append(trimmed(current))
      current = ""
    }
    sentences.append(trimmed(current))
    return sentences.filter { !$0.isEmpty }
  }

  static func trimmed(_ text: some StringProtocol) -> String {
    var rest = Substring(text)
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }

  private static let abbreviations: Set = ["Dr.", "Mr.", "Mrs.", "Ms.", "St.", "No."]
}
