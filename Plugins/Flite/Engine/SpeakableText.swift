// Cuts a request's text into words that flite can read, each with the bytes it came from.

/// The words of a request in reading order.
public enum SpeakableText {
  /// Never fails: what cannot be read aloud (a picture, a script without letters of its own here) is left out.
  public static func tokens(of text: String) -> [SpokenToken] {
    var reader = Reader()
    var at = 0
    for scalar in text.unicodeScalars {
      reader.take(scalar, at: at)
      at += UTF8.width(scalar)
    }
    reader.endWord()
    return spoken(reader.words)
  }

  /// A word as written: its ASCII form, and where its first and last letter or digit stand.
  fileprivate struct Written {
    var ascii = ""
    var source: Range<Int>
    var endsLine = false
    /// A dash of its own stood behind it; it is read as a pause.
    var pauses = false
  }

  /// Collects scalars into written words.
  fileprivate struct Reader {
    var words: [Written] = []
    private var current: Written?

    mutating func take(_ scalar: Unicode.Scalar, at: Int) {
      let end = at + UTF8.width(scalar)
      if scalar.properties.isWhitespace || scalar.value < 0x20 {
        endWord()
        // CR, LF, and the Unicode line and paragraph separators.
        if [0x0A, 0x0D, 0x2028, 0x2029].contains(scalar.value), !words.isEmpty { words[words.count - 1].endsLine = true }
      } else if scalar.value == 0x2014 || scalar.value == 0x2015 {
        endWord()
        if !words.isEmpty { words[words.count - 1].pauses = true }
      } else {
        let ascii = Transliteration.ascii(scalar)
        guard !ascii.isEmpty else { return }
        if current == nil { current = Written(source: at..<at) }
        current?.ascii += ascii
        guard !Self.around.contains(scalar), let source = current?.source else { return }
        current?.source = (source.isEmpty ? at : source.lowerBound)..<end
      }
    }

    mutating func endWord() {
      if let word = current { words.append(word) }
      current = nil
    }

    /// What may stand around a word without being part of it, quotation marks and the ellipsis of typesetters included.
    private static let around = Set("\"'()[]{}*_`.,!?;:-~<>|\u{2018}\u{2019}\u{201C}\u{201D}\u{2026}".unicodeScalars)
  }

  private static func spoken(_ words: [Written]) -> [SpokenToken] {
    var found: [SpokenToken] = []
    for (i, word) in words.enumerated() {
      let next = i + 1 < words.count ? words[i + 1].ascii.first : nil
      let text = read(word, beforeNumber: next.map { ("0"..."9").contains($0) } ?? false)
      if text.isEmpty || word.source.isEmpty {
        // Nothing to say, but the end of a line or sentence behind it still counts.
        if word.endsLine, !found.isEmpty { found[found.count - 1].endsLine = true }
      } else {
        found.append(SpokenToken(text, word.source, endsLine: word.endsLine))
      }
    }
    return found
  }

  private static func read(_ word: Written, beforeNumber: Bool) -> String {
    let opening: Set<Character> = ["\"", "'", "(", "[", "{", "*", "_", "`", "~", "<", " "]
    let closing: Set<Character> = [".", ",", "!", "?", ";", ":", "\"", "'", ")", "]", "}", "*", "_", "`", "~", ">", "-", " "]
    var core = Substring(word.ascii)
    core = core.drop { opening.contains($0) }
    let stem = core.reversed().drop { closing.contains($0) }.count
    let tail = core.dropFirst(stem)
    let words = Reading.words(String(core.prefix(stem)), beforeNumber: beforeNumber)
    guard !words.isEmpty else { return "" }
    return words + (word.pauses ? "," : pause(tail))
  }

  /// The one sign of the closing punctuation that tells flite how the word ends.
  private static func pause(_ tail: Substring) -> String {
    for sign: Character in ["?", "!", ".", ";", ":", ","] where tail.contains(sign) { return String(sign) }
    return ""
  }
}
