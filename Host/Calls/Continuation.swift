// Joins the answer of a second model to what the first one had said when it broke off.

/// Takes the second answer as it streams, and gives what is to be said of it: nothing twice, nothing left out.
///
/// A model that is asked to go on usually does, but some begin again. Whoever repeats what was said is followed silently to its end.
/// Whoever begins as what was said began, and goes on in other words, is taken up at the first sentence that the caller has not heard
/// the like of: that may be the very first, because sentences of an answer often begin alike.
struct Continuation {
  /// So many words in common at the beginning are no accident.
  private static let tellingWords = 3
  /// A sentence says the same when more of its words than this share were said already.
  private static let likeness = 2.0 / 3

  private enum State {
    /// Still the same words as were said: so many of them.
    case comparing(Int)
    /// Sentences that are still to be passed over.
    case skipping(Int)
    case passing
  }

  private let said: [String]
  /// Those that were said to their end.
  private let sentences: Int
  /// What was said may be a whole answer: it does not end within a sentence.
  let mayBeWhole: Bool
  private var state: State
  private var pending = ""

  /// - Parameter said: what was given to the voice before.
  init(after said: String) {
    self.said = said.split(whereSeparator: \.isWhitespace).map { Self.plain($0) }.filter { !$0.isEmpty }
    // The last of them is not over: whoever begins again says it anew.
    sentences = said.split(omittingEmptySubsequences: false) { ".!?".contains($0) }.dropLast().count { $0.contains(where: \.isLetter) }
    mayBeWhole = said.last { !$0.isWhitespace && !"\"')]”’»".contains($0) }.map { ".!?…。！？".contains($0) } ?? false
    state = self.said.isEmpty ? .passing : .comparing(0)
  }

  /// Takes the next text; answers what of it is to be said now.
  mutating func take(_ text: String) -> String {
    pending += text
    return go(isEnd: false)
  }

  /// The answer is over; answers what was still held back.
  mutating func finish() -> String { go(isEnd: true) }

  private mutating func go(isEnd: Bool) -> String {
    while true {
      switch state {
      case .passing:
        defer { pending = "" }
        return pending
      case .comparing(let count):
        if count == said.count {
          state = .passing
          continue
        }
        guard let (word, end) = nextWord(isEnd) else { return isEnd ? release() : "" }
        if word == said[count] {
          compared.append(contentsOf: pending[..<end])
          pending = String(pending[end...])
          state = .comparing(count + 1)
          continue
        }
        // What was compared so far is part of the answer again.
        pending = compared + pending
        compared = ""
        state = count >= min(Self.tellingWords, said.count) ? .skipping(sentences) : .passing
      case .skipping(0): state = .passing
      case .skipping(let count):
        guard let end = endOfSentence(isEnd) else { return "" }
        guard wasSaid(pending[..<end]) else {
          state = .passing
          continue
        }
        pending = String(pending[end...])
        state = .skipping(count - 1)
      }
    }
  }

  /// Words that were the same so far, in the new answer's own spelling.
  private var compared = ""

  /// At the end of a repetition that never went further there is nothing new.
  private mutating func release() -> String {
    defer { pending = "" }
    return ""
  }

  private func wasSaid(_ sentence: Substring) -> Bool {
    let words = sentence.split(whereSeparator: \.isWhitespace).map { Self.plain($0) }.filter { !$0.isEmpty }
    return words.isEmpty || Double(words.count(where: said.contains)) > Double(words.count) * Self.likeness
  }

  private func nextWord(_ isEnd: Bool) -> (String, String.Index)? {
    guard let start = pending.firstIndex(where: { !$0.isWhitespace }) else { return nil }
    guard let end = pending[start...].firstIndex(where: \.isWhitespace) ?? (isEnd ? pending.endIndex : nil) else { return nil }
    return (Self.plain(pending[start..<end]), end)
  }

  private func endOfSentence(_ isEnd: Bool) -> String.Index? {
    guard let mark = pending.firstIndex(where: { ".!?".contains($0) }) else { return isEnd ? pending.endIndex : nil }
    let end = pending.index(after: mark)
    // "3." may become "3.5".
    return end < pending.endIndex || isEnd ? end : nil
  }

  private static func plain(_ word: Substring) -> String { word.lowercased().filter { $0.isLetter || $0.isNumber } }
}
