// Cuts words into sentences, and finds the words again that flite made of them.

/// What flite is given at a time: its analysis of the whole text precedes the first sound, so the shorter the sooner.
public struct Sentence: Hashable, Sendable {
  public let tokens: [SpokenToken]
  /// The tokens' texts, parted by spaces.
  public let text: String
  /// Where each token begins in `text`, in bytes.
  private let starts: [Int]

  /// Beyond this many bytes a sentence is cut at its last comma or space: 15 s of speech, whose analysis takes 70 ms.
  static let maxBytes = 240

  init(_ tokens: [SpokenToken]) {
    self.tokens = tokens
    var text = ""
    var starts: [Int] = []
    for token in tokens {
      if !text.isEmpty { text += " " }
      starts.append(text.utf8.count)
      text += token.text
    }
    self.text = text
    self.starts = starts
  }

  /// The sentences of a text.
  public static func sentences(of tokens: [SpokenToken]) -> [Sentence] {
    var found: [Sentence] = []
    var open: [SpokenToken] = []
    var bytes = 0
    for (i, token) in tokens.enumerated() {
      if bytes + token.text.utf8.count > maxBytes, !open.isEmpty {
        let cut = open.lastIndex { ",;:".contains($0.text.last ?? " ") }.map { $0 + 1 } ?? open.count
        found.append(Sentence(Array(open[..<cut])))
        open.removeFirst(cut)
        bytes = open.reduce(0) { $0 + $1.text.utf8.count + 1 }
      }
      open.append(token)
      bytes += token.text.utf8.count + 1
      if token.endsLine || ends(token, before: i + 1 < tokens.count ? tokens[i + 1] : nil) {
        found.append(Sentence(open))
        open = []
        bytes = 0
      }
    }
    if !open.isEmpty { found.append(Sentence(open)) }
    return found
  }

  /// A full stop ends a sentence unless it belongs to a short form or an initial, or a small letter follows.
  private static func ends(_ token: SpokenToken, before next: SpokenToken?) -> Bool {
    guard let sign = token.text.last, ".?!".contains(sign) else { return false }
    guard sign == ".", let next else { return true }
    let word = token.text.dropLast()
    if word.utf8.count == 1 || shortForms.contains(String(word)) { return false }
    return !(next.text.first.map { ("a"..."z").contains($0) } ?? false)
  }

  private static let shortForms: Set<String> = [
    "Mr", "Mrs", "Ms", "Dr", "Prof", "St", "Jr", "Sr", "No", "Avenue", "apartment", "e.g", "i.e", "a.m", "p.m", "etc", "versus",
  ]

  /// Joins the words flite said into the words of the request: one span for all that one token became.
  ///
  /// Flite's own positions in the text are off by the punctuation before them, so its pieces are searched for in order; one that
  /// cannot be found again counts to the token before it, and time never runs backwards.
  public func spans(of words: [TimedWord]) -> [SpokenSpan] {
    let bytes = Array(text.utf8)
    var spans: [SpokenSpan] = []
    var (at, piece, token, last) = (0, -1, 0, -1)
    for word in words {
      if word.index != piece, let found = Self.find(Array(word.piece.utf8), in: bytes, from: at) {
        while token + 1 < starts.count, starts[token + 1] <= found { token += 1 }
        at = found + word.piece.utf8.count
      }
      piece = word.index
      guard token < tokens.count else { break }
      if token == last, let open = spans.popLast() {
        spans.append(SpokenSpan(source: open.source, start: open.start, end: max(word.end, open.end)))
      } else {
        spans.append(SpokenSpan(source: tokens[token].source, start: word.start, end: word.end))
      }
      last = token
    }
    return spans
  }

  private static func find(_ piece: [UInt8], in text: [UInt8], from start: Int) -> Int? {
    guard !piece.isEmpty, piece.count <= text.count else { return nil }
    var at = start
    while at + piece.count <= text.count {
      if text[at] == piece[0], text[at..<at + piece.count].elementsEqual(piece) { return at }
      at += 1
    }
    return nil
  }
}

/// When a word of the request is said.
public struct SpokenSpan: Hashable, Sendable {
  /// Bytes of the request's UTF-8.
  public let source: Range<Int>
  /// Seconds from the first sample of the sentence.
  public let start: Double
  public let end: Double
}
