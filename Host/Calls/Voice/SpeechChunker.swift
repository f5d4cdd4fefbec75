// Cuts a streamed answer into pieces that a voice can speak: the first as early as a clause allows, the rest by sentence.

/// Takes text as it comes, gives pieces as soon as they are whole.
struct SpeechChunker {
  /// A clause this long may be spoken before its sentence is over: shorter ones sound cut off.
  private static let minClauseCharacters = 24
  /// A piece is never longer, so that one breathless sentence does not delay everything.
  private let maxBytes: Int
  /// The first piece may end within a clause once it is this long; nil when the voice would sound cut off.
  private let firstBytes: Int?
  private static let abbreviations: Set<String> = [
    "dr", "mr", "mrs", "ms", "st", "prof", "no", "vs", "etc", "e.g", "i.e", "a.m", "p.m", "approx", "dept",
  ]

  private var pending = ""
  private var isFirst = true

  /// - Parameters:
  ///   - maxBytes: the voice's limit, UTF-8; 400 are about half a minute of speech.
  ///   - firstBytes: the voice's trait `first_piece_bytes`.
  init(maxBytes: Int = 400, firstBytes: Int? = nil) {
    self.maxBytes = max(maxBytes, 40)
    self.firstBytes = firstBytes
  }

  /// Takes the next text; answers the pieces that are whole now.
  mutating func append(_ text: String) -> [String] {
    pending += text
    var pieces: [String] = []
    while let cut = nextCut() {
      let piece = pending[..<cut].trimmed
      pending = String(pending[cut...])
      if !piece.isEmpty {
        pieces.append(piece)
        isFirst = false
      }
    }
    return pieces
  }

  /// The answer is over: what is left is the last piece.
  mutating func finish() -> String? {
    let rest = pending[...].trimmed
    pending = ""
    isFirst = true
    return rest.isEmpty ? nil : rest
  }

  /// Takes back what is no whole piece yet.
  mutating func dropPending() { pending = "" }

  /// Scalar by scalar, since every piece of a streamed answer brings it here again.
  private func nextCut() -> String.Index? {
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
      if bytes > maxBytes, let end = lastSpace ?? wholeCharacters(before: i) { return end }
      if c.isNewline { return next }
      if c == " " { lastSpace = next }
      // A sentence is over only when something follows: "3." may become "3.5", and "Dr." is no end.
      if next < scalars.endIndex, scalars[next].isGap {
        if c == "!" || c == "?" || (c == "." && endsSentence(at: i)) { return next }
        if isFirst, count >= Self.minClauseCharacters, c == "," || c == ";" || c == ":" || c == "—" { return next }
        if isFirst, let firstBytes, bytes >= firstBytes, isWithinClause(next) { return next }
      }
      i = next
    }
    return nil
  }

  /// The last place up to there that parts no character; nil when that is the beginning.
  private func wholeCharacters(before limit: String.Index) -> String.Index? {
    pending.indices.dropFirst().last { $0 <= limit }
  }

  /// Nothing but plain words so far, and a whole one follows: figures, dates and names after "Dr." are read with their neighbours.
  private func isWithinClause(_ space: String.Index) -> Bool {
    let rest = pending[space...].drop { $0 == " " }
    guard let end = rest.firstIndex(where: \.isWhitespace) else { return false }
    return pending[..<space].allSatisfy { $0.isLetter || $0 == " " || $0 == "'" || $0 == "," }
      && rest[..<end].allSatisfy { $0.isLetter || ",.!?;:".contains($0) }
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

extension Substring {
  /// Without white space at either end.
  var trimmed: String {
    var text = self
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
