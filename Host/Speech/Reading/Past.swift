// What was read last, for words whose reading depends on it.

/// The words before, as far as they change how the next is read.
struct Past: Sendable {
  struct Word: Sendable {
    let lower: String
    let isCapitalised: Bool
    let isNumber: Bool
    let isOver: Bool
  }

  /// Latest last; a code's name stands at most this far before it.
  private static let depth = 4
  private(set) var words: [Word] = []

  /// The word just before, unless a mark stands between.
  var last: Word? { words.last.flatMap { $0.isOver ? nil : $0 } }
  var lastLower: String { last?.lower ?? "" }

  mutating func note(_ token: Token) {
    if words.count == Self.depth { words.removeFirst() }
    words.append(
      Word(lower: token.lower, isCapitalised: token.isCapitalised, isNumber: token.hasDigit, isOver: !token.trail.isEmpty))
  }

  /// One of `names` was said shortly before, in the same sentence.
  func mentions(_ names: Set<String>) -> Bool { words.contains { names.contains($0.lower) } }
}
