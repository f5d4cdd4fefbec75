// Cuts a streamed answer into pieces that a voice can speak: the first as early as a clause allows, the rest by sentence.

import Speech

/// Takes text as it comes, gives pieces as soon as they are whole, or word by word to a voice whose texts may grow.
struct SpeechChunker {
  /// The next text of a piece.
  struct Part: Equatable {
    var text: String
    /// It is the first of its piece; any other is appended as it is.
    var begins = true
    /// It is the last of its piece. It may be empty then.
    var ends = true
    /// The piece that was begun last was a wrong guess; this one takes its place.
    var replaces = false
  }

  /// A clause this long may be spoken before its sentence is over: shorter ones sound cut off.
  private static let minClauseCharacters = 24
  /// Shorter words go on too often: "I'm", "It's".
  private static let minGuessBytes = 3
  /// What may follow a whole word directly.
  private static let marks = Set(",.;:!?".utf8)
  /// A piece is never longer, so that one breathless sentence does not delay everything.
  private let maxBytes: Int
  /// Pieces are given as they are written, and none ends before its sentence.
  private let grows: Bool
  private static let abbreviations: Set<String> = [
    "dr", "mr", "mrs", "ms", "st", "prof", "no", "vs", "etc", "e.g", "i.e", "a.m", "p.m", "approx", "dept",
  ]

  /// The piece in the making.
  private var pending = ""
  /// How much of it was given, in bytes; the next to come is a space.
  private var given = 0
  private var isFirst = true
  /// The first word was given before anything followed that says that it is whole. With nothing `given` it is known not to be.
  private(set) var isGuessing = false

  /// - Parameters:
  ///   - maxBytes: the voice's limit, UTF-8; 400 are about half a minute of speech.
  ///   - grows: the voice's trait `text_grows`.
  init(maxBytes: Int = 400, grows: Bool = false) {
    self.maxBytes = max(maxBytes, 40)
    self.grows = grows
  }

  /// Takes the next text; answers what a voice may be given now.
  /// - Parameters:
  ///   - isWordEnd: a space follows, although it has not come.
  ///   - mayGuess: the first word may be given although it might go on. Whoever allows that lets nobody hear it while `isGuessing`.
  mutating func append(_ text: String, isWordEnd: Bool = false, mayGuess: Bool = false) -> [Part] {
    pending += text
    if given == 0 { pending = String(pending.drop(while: \.isWhitespace)) }
    if isGuessing { lookBehindGuess(isWordEnd) }
    var parts: [Part] = []
    while let cut = nextCut(isWordEnd) {
      if let part = end(pending[..<cut]) {
        parts.append(part)
        isFirst = false
      }
      pending = String(pending[cut...].drop(while: \.isWhitespace))
      given = 0
    }
    if grows, let part = wholeWords(isWordEnd) ?? (mayGuess ? guess() : nil) { parts.append(part) }
    return parts
  }

  /// The answer is over: what is left is the last piece.
  mutating func finish() -> Part? {
    defer { dropPending() }
    isFirst = true
    return end(pending[...])
  }

  /// What was given on a guess was taken back: it comes again with what follows it.
  mutating func dropGuess() {
    guard isGuessing else { return }
    given = 0
    isGuessing = false
  }

  /// Forgets what was not given yet.
  mutating func dropPending() {
    pending = ""
    given = 0
    isGuessing = false
  }

  /// What is left to give of a whole piece; nil when there is no piece.
  private mutating func end(_ piece: Substring) -> Part? {
    defer { isGuessing = false }
    guard given > 0 else {
      let text = piece.trimmed
      return text.isEmpty ? nil : Part(text: text, replaces: isGuessing)
    }
    return Part(text: ungiven(piece), begins: false)
  }

  /// The first word of the answer, when it looks like one that is whole: a model writes the space before a word, so that only the next one
  /// would tell.
  private mutating func guess() -> Part? {
    guard isFirst, given == 0, !isGuessing, pending.utf8.count >= Self.minGuessBytes, pending.isPlainWord else { return nil }
    isGuessing = true
    given = pending.utf8.count
    return Part(text: pending, ends: false)
  }

  /// What follows the guessed word tells whether it was whole. A mark alone does not: it may belong to an address.
  private mutating func lookBehindGuess(_ isWordEnd: Bool) {
    guard given > 0 else { return }
    let next = pending.utf8.dropFirst(given).drop { Self.marks.contains($0) }.first
    guard let next else { return isGuessing = !isWordEnd }
    if Unicode.Scalar(next).isGap { isGuessing = false } else { given = 0 }
  }

  /// The words that are whole and were not given: a piece begins with something that can be said.
  private mutating func wholeWords(_ isWordEnd: Bool) -> Part? {
    guard let end = isWordEnd ? pending.endIndex : pending.unicodeScalars.lastIndex(where: \.isGap) else { return nil }
    let words = ungiven(pending[..<end])
    guard !words.isEmpty, given > 0 || Speakable.hasWords(words) else { return nil }
    defer {
      given += words.utf8.count
      isGuessing = false
    }
    return Part(text: words, begins: given == 0, ends: false, replaces: isGuessing)
  }

  /// Without what was given, and without white space at its end.
  private func ungiven(_ text: Substring) -> String {
    var rest = Substring(text.utf8.dropFirst(given))
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }

  /// Scalar by scalar, since every piece of a streamed answer brings it here again.
  private func nextCut(_ isWordEnd: Bool) -> String.Index? {
    let scalars = pending.unicodeScalars
    var i = scalars.startIndex
    var count = 0
    var bytes = 0
    var lastSpace: String.Index?
    while i < scalars.endIndex {
      let c = scalars[i]
      let next = scalars.index(after: i)
      count += 1
      bytes += UTF8.width(c)
      // The first piece holds at least one character, however long.
      if bytes > maxBytes, let end = lastSpace ?? wholeCharacters(before: i) {
        // What was given stays in its piece, also where only a mark follows it.
        return max(end, pending.utf8.index(pending.startIndex, offsetBy: given))
      }
      if c.isNewline { return next }
      if c.isGap { lastSpace = next }
      // A sentence is over only when something follows: "3." may become "3.5", and "Dr." is no end.
      if next < scalars.endIndex ? scalars[next].isGap : isWordEnd {
        if c == "!" || c == "?" || (c == "." && endsSentence(at: i)) { return next }
        if isFirst, !grows, count >= Self.minClauseCharacters, c == "," || c == ";" || c == ":" || c == "—" { return next }
      }
      i = next
    }
    return nil
  }

  /// The last place up to there that parts no character; nil when that is the beginning.
  private func wholeCharacters(before limit: String.Index) -> String.Index? {
    pending.indices.dropFirst().last { $0 <= limit }
  }

  private func endsSentence(at dot: String.Index) -> Bool {
    let before = pending.unicodeScalars[..<dot]
    guard let last = before.lastIndex(where: { !$0.isGap }) else { return true }
    let start = before[..<last].lastIndex(where: \.isGap).map(before.index(after:)) ?? before.startIndex
    let word = pending[start...last]
    return !Self.abbreviations.contains(word.lowercased()) && !(word.count == 1 && word.first?.isUppercase == true)
  }
}

extension Unicode.Scalar {
  /// White space of any kind. Most text is ASCII, and nothing need be looked up for that.
  fileprivate var isGap: Bool { value < 0x80 ? value == 0x20 || value >= 0x09 && value <= 0x0D : properties.isWhitespace }
  fileprivate var isNewline: Bool { value >= 0x0A && value <= 0x0D || value == 0x85 || value == 0x2028 || value == 0x2029 }
}

extension String {
  /// Letters, and figures behind them, of a script that puts spaces between its words. ASCII: nothing else need be looked up.
  fileprivate var isPlainWord: Bool {
    func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }
    return utf8.first.map(isLetter) == true && utf8.allSatisfy { isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}

extension Substring {
  /// Without white space at either end.
  var trimmed: String {
    var text = self
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
