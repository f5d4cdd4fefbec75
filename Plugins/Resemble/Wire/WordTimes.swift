// Finds the words of a text among the letters that a voice said, so that each gets its time.

/// When one word of a text sounds.
public struct WordTime: Hashable, Sendable {
  /// Bytes of the text's UTF-8.
  public let source: Range<Int>
  /// Seconds from the first sample.
  public let start: Double
  public let end: Double

  /// How many letters a search looks ahead: a voice spells out numbers and leaves out tags, so words can be missing on either side.
  private static let reach = 120

  /// The times of those words that can be found, in order.
  ///
  /// The letters are searched, since the voice may have changed punctuation and case. Where there are phonemes alone, they are given to the
  /// words one group each, if there are as many groups as words.
  public static func of(_ text: String, _ times: Timestamps) -> [WordTime] {
    let words = words(of: text)
    if times.letters.isEmpty { return byPhonemes(words, times.phonemes) }
    let said = letters(times.letters)
    var found: [WordTime] = []
    var from = 0
    for word in words {
      let starts = (from..<min(from + reach, said.count)).lazy.filter { said[$0].isFirst && $0 + word.letters.count <= said.count }
      guard let at = starts.first(where: { said[$0..<($0 + word.letters.count)].elementsEqual(word.letters) { $0.letter == $1 } }) else {
        continue
      }
      from = at + word.letters.count
      found.append(WordTime(source: word.source, start: said[at].start, end: said[from - 1].end))
    }
    return inOrder(found)
  }

  private struct Letter {
    let letter: Character
    let start: Double
    /// With the punctuation behind it.
    var end: Double
    /// The first of a word.
    let isFirst: Bool
  }

  private static func letters(_ marks: [Timestamps.Mark]) -> [Letter] {
    var found: [Letter] = []
    var isFirst = true
    for mark in marks {
      for c in mark.text.lowercased() {
        if c.isLetter || c.isNumber {
          found.append(Letter(letter: c, start: mark.start, end: mark.end, isFirst: isFirst))
          isFirst = false
        } else if c.isWhitespace {
          isFirst = true
        } else if !isFirst, let last = found.indices.last {
          found[last].end = max(found[last].end, mark.end)
        }
      }
    }
    return found
  }

  private static func words(of text: String) -> [(source: Range<Int>, letters: [Character])] {
    text.split(whereSeparator: \.isWhitespace).compactMap { word in
      let letters = word.lowercased().filter { $0.isLetter || $0.isNumber }
      let start = text.utf8.distance(from: text.startIndex, to: word.startIndex)
      return letters.isEmpty ? nil : (start..<start + word.utf8.count, Array(letters))
    }
  }

  private static func byPhonemes(_ words: [(source: Range<Int>, letters: [Character])], _ marks: [Timestamps.Mark]) -> [WordTime] {
    let groups = marks.split { $0.text.allSatisfy(\.isWhitespace) }
    guard groups.count == words.count else { return [] }
    let found = zip(words, groups).map { word, group in
      WordTime(source: word.source, start: group.first?.start ?? 0, end: group.last?.end ?? 0)
    }
    return inOrder(found)
  }

  /// Time never runs backwards.
  private static func inOrder(_ words: [WordTime]) -> [WordTime] {
    var last = 0.0
    return words.map { word in
      let start = max(word.start, last)
      last = max(word.end, start)
      return WordTime(source: word.source, start: start, end: last)
    }
  }
}
