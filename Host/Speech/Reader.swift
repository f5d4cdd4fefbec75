// Reads a text word by word, and says each word as soon as nothing that follows can change it.

/// Words wait in a short queue until their reading is certain. Lines, pauses and tags end every expression.
struct Reader: Sendable {
  private let style: SpeechStyle
  private var writer: Writer
  private var queue: [Token] = []
  private var word: [Unicode.Scalar] = []
  private var wordEnd = 0
  private var isSpaced = false
  private var past = Past()

  init(_ style: SpeechStyle) {
    self.style = style
    writer = Writer(escapes: style.ssml == .read)
  }

  var spans: [Spoken.Span] { writer.spans }
  mutating func take() -> String { writer.take() }
  mutating func reset() { self = Reader(style) }
  /// Everything before a space has been said.
  var isBetweenWords: Bool { word.isEmpty && queue.isEmpty && writer.isBetweenWords }

  mutating func take(_ output: Markup.Output) {
    switch output.sign {
    case .text(let c) where style.writesOut: collect(c, output.end)
    case .text(let c): writer.pass(c, end: output.end)
    case .space:
      endWord(isSpaced: true)
      if queue.isEmpty { passSpace() }
    case .newline:
      finish()
      passSpace()
      writer.newline()
    case .pause:
      finish()
      writer.pause()
    case .itemEnd:
      finish()
      writer.end()
    case .verbatim(let s):
      finish()
      passSpace()
      writer.write(String(String.UnicodeScalarView(s)), end: output.end, isMarkup: true)
    }
  }

  /// Nothing that follows belongs to what is held back.
  mutating func finish() {
    endWord(isSpaced: false)
    read(isEnd: true)
  }

  private mutating func passSpace() {
    if isSpaced { writer.space() }
    isSpaced = false
  }

  private mutating func collect(_ c: Unicode.Scalar, _ end: Int) {
    word.append(c)
    wordEnd = end
    // A dash ends a word without a space; no word is longer than the longest that is looked at.
    if c == "—" || word.count >= Speakable.Limits.token { endWord(isSpaced: false) }
  }

  /// - Parameter isSpaced: a space follows.
  private mutating func endWord(isSpaced: Bool) {
    if !word.isEmpty {
      queue.append(Token(word, isSpaced: self.isSpaced, end: wordEnd))
      word.removeAll(keepingCapacity: true)
      self.isSpaced = false
      read(isEnd: false)
    }
    if isSpaced { self.isSpaced = true }
  }

  /// Says what is certain. At an end everything is.
  private mutating func read(isEnd: Bool) {
    var at = 0
    while at < queue.count {
      var window = Window(tokens: queue[at...], isEnd: isEnd, past: past, dates: style.dates)
      let (words, count) = English.read(&window)
      if window.isStarved { break }
      let token = queue[at]
      if token.isSpaced { writer.space() }
      let end = queue[at + count - 1].end
      writer.write(words, end: end)
      for token in queue[at..<at + count] { past.note(token) }
      at += count
    }
    queue.removeFirst(at)
  }
}
