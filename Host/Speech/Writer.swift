// Puts words together: one space between them, no space before a mark, a comma where a pause was asked for.

/// The end of the road of a text; spaces are written late, so that a mark can still be put behind the word.
struct Writer: Sendable {
  private enum Gap { case none, space }

  /// The text is for a reader of XML: `&`, `<` and `>` that are not markup are written as references.
  private let escapes: Bool
  private(set) var spans: [Spoken.Span] = []
  private var text = ""
  private var bytes = 0
  private var last: Unicode.Scalar?
  private var gap = Gap.none
  private var wantsPause = false

  init(escapes: Bool) { self.escapes = escapes }

  /// A space is to follow what was written, or has.
  var isBetweenWords: Bool { bytes > 0 && (gap == .space || last?.isSpace == true) }

  mutating func take() -> String {
    defer { text = "" }
    return text
  }

  /// Writes a word, or a part of one when no space came before it.
  mutating func write(_ words: String, end: Int, isMarkup: Bool = false) {
    guard let first = words.unicodeScalars.first else { return }
    let isMark = first.isClauseMark && words.unicodeScalars.allSatisfy { !$0.isWordPart }
    if wantsPause, !isMark {
      pauseMark()
      if last != " " { gap = .space }
    }
    wantsPause = false
    if gap != .none, bytes > 0, !isMark { append(" ") }
    gap = .none
    append(isMarkup ? words : escaped(words))
    mark(end)
  }

  /// Writes a character of a text that is not read, only passed on.
  mutating func pass(_ c: Unicode.Scalar, end: Int) {
    if wantsPause, !c.isClauseMark {
      pauseMark()
      if last != " " { gap = .space }
    }
    wantsPause = false
    let isWordGoingOn = gap == .none && bytes > 0 && last?.isSpace == false && last?.isNewline == false
    if gap != .none, bytes > 0 { append(" ") }
    gap = .none
    if escapes, let reference = Self.references[c] {
      append(reference)
    } else {
      text.unicodeScalars.append(c)
      bytes += UTF8.width(c)
      last = c
    }
    if isWordGoingOn, !spans.isEmpty { spans[spans.count - 1] = Spoken.Span(spoken: bytes, written: end) } else { mark(end) }
  }

  mutating func space() {
    if last?.isClauseMark == true, !wantsPause { append(" ") } else if gap == .none, last != " ", last != "\n" { gap = .space }
  }

  mutating func newline() {
    guard bytes > 0, last != "\n", last != " " else { return }
    wantsPause = false
    gap = .none
    append("\n")
  }

  mutating func pause() { wantsPause = bytes > 0 }

  /// A thought is over, whether it ends with a mark or not.
  mutating func end() {
    wantsPause = false
    if let last, last.isWordPart || last == ")" || last == "\"" || last == "%" { append(".") }
  }

  /// What came from the written text up to `end` is out.
  mutating func mark(_ end: Int) {
    if spans.last?.spoken == bytes { spans.removeLast() }
    spans.append(Spoken.Span(spoken: bytes, written: end))
  }

  private mutating func pauseMark() {
    if let last, last.isWordPart || last == ")" { append(",") }
  }

  private static let references: [Unicode.Scalar: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;"]

  private func escaped(_ words: String) -> String {
    guard escapes, words.unicodeScalars.contains(where: { Self.references[$0] != nil }) else { return words }
    return words.unicodeScalars.map { Self.references[$0] ?? String($0) }.joined()
  }

  private mutating func append(_ s: String) {
    text += s
    bytes += s.utf8.count
    last = s.unicodeScalars.last ?? last
  }
}
