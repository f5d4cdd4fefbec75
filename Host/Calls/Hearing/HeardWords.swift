// What a recogniser heard, and which of it is new.

extension Listener {
  /// What the recogniser heard.
  struct Words {
    var text: String
    var isFinal: Bool
    /// Permille; 0 = not told.
    let confidence: Int
    /// Samples of the line.
    let start: UInt64
    let end: UInt64
    let provider: String
    /// It is in the journal.
    var isNoted = false

    /// What is new of them beside guesses that were taken without their finals: most of these stand again at the beginning.
    ///
    /// Only of guesses whose sound is mostly theirs. Who says "no" and, after a breath, "no, on friday" has said it twice, although a
    /// guess often reaches a little into what comes next.
    func without(_ guesses: [Words]) -> Words {
      let guess = guesses.filter { $0.isMostly(in: self) }.flatMap { $0.text.split(separator: " ") }
      let all = text.split(separator: " ")
      let known = zip(all, guess).count { $0.lowercased() == $1.lowercased() }
      guard !guess.isEmpty, known * 2 > guess.count else { return self }
      var rest = self
      rest.text = all.dropFirst(guess.count).joined(separator: " ")
      return rest
    }

    /// Both tell of some of the same sound; without times there is but one guess at a time.
    func isAbout(theSoundOf other: Words) -> Bool { end == 0 || other.end == 0 || start < other.end && end > other.start }

    private func isMostly(in other: Words) -> Bool {
      guard end > 0, other.end > 0 else { return true }
      let (from, to) = (max(start, other.start), min(end, other.end))
      return from < to && (to - from) * 2 > end - start
    }
  }
}
