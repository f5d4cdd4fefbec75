// Turns a model's text, as it streams, into text that a voice can say.

/// A streaming transformer: markup is removed first, then what is written in figures and signs is written out as words.
///
/// Text may come in pieces of any size; how it was cut never changes the result. What can still change its reading is held back: a word
/// until the sign after it, a number until the words that may belong to it, at most `Limits.token` characters each. Every character is
/// looked at a bounded number of times. Not for the 20 ms path: it allocates. One owner at a time.
public struct Speakable: Sendable {
  /// Bounds of what is held back, in Unicode scalars.
  enum Limits {
    /// Longer than any address that is worth saying; what is longer is read in parts.
    static let token = 256
    /// The name of a tag has at most three words.
    static let bracket = 48
    static let element = 256
    /// Elements within elements.
    static let depth = 8
    /// The longest target of a link that may still turn out to be words.
    static let target = 512
    /// Tokens that may belong to one number: `+44 20 7946 0958 ext`.
    static let lookahead = 5
  }

  private var markup: Markup
  private var reader: Reader
  private var scratch: [Markup.Output] = []

  public init(_ style: SpeechStyle) {
    markup = Markup(tags: style.tags, keepsSSML: style.ssml != .removed)
    reader = Reader(style)
  }

  /// Takes the next text; answers what can be said of it by now.
  public mutating func append(_ text: String) -> String {
    for scalar in text.unicodeScalars { step(scalar) }
    return reader.take()
  }

  /// A space was the last that came: the word before it is whole.
  public var isBetweenWords: Bool { markup.held == .nothing && reader.isBetweenWords }

  /// The word that came last is whole, although the space behind it has not come; answers what can be said by now.
  mutating func endWord() -> String {
    if markup.held == .nothing { reader.take(Markup.Output(sign: .space, end: markup.end)) }
    return reader.take()
  }

  /// The text is over; answers what was still held back. A new text may begin.
  public mutating func finish() -> String {
    defer { reader.reset() }
    return end()
  }

  /// The text is over; answers what was still held back. Which part of it stands for what remains known.
  mutating func end() -> String {
    markup.finish(&scratch)
    hand()
    reader.finish()
    return reader.take()
  }

  var spans: [Spoken.Span] { reader.spans }

  /// Forgets what was held back: whoever wrote it is gone.
  public mutating func dropPending() {
    markup.reset()
    reader.reset()
  }

  private mutating func step(_ scalar: Unicode.Scalar) {
    if let plain = markup.passes(scalar) { return reader.take(plain) }
    markup.take(scalar, &scratch)
    hand()
  }

  private mutating func hand() {
    guard !scratch.isEmpty else { return }
    for output in scratch { reader.take(output) }
    scratch.removeAll(keepingCapacity: true)
  }

  /// A whole text as a voice of this style says it.
  public static func spoken(_ text: String, _ style: SpeechStyle) -> Spoken {
    var speakable = Speakable(style)
    for scalar in text.unicodeScalars { speakable.step(scalar) }
    return Spoken(text: speakable.end(), spans: speakable.spans)
  }

  /// There is something in the text that a voice can say, tags and markup aside.
  public static func hasWords(_ text: String) -> Bool {
    // A letter at the very beginning is no markup, and nearly every sentence begins with one.
    if let first = text.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first | 0x20) { return true }
    return spoken(text, SpeechStyle()).text.unicodeScalars.contains { $0.isWordPart }
  }
}
