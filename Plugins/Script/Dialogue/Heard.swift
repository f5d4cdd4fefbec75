// Compares what the agent meant to say with what was played.

/// How much of a reply reached the caller.
struct Heard: Equatable {
  /// Something was played, and none of it is from the reply: another provider spoke.
  let foreign: Bool
  /// How many of the reply's sentences were played whole, from the first on.
  let whole: Int
  /// Something else was played after the reply, such as the host's "Are you still there?": a bare yes may answer that.
  let interjected: Bool

  /// - Parameter played: the texts of the chat context since the reply, in order.
  init(_ sentences: [String], in played: [String]) {
    let texts = played.map { Words.tokens($0, most: Words.mostWords) }.filter { !$0.isEmpty }
    let words = Array(texts.joined())
    let wanted = sentences.map { Words.tokens($0, most: Words.mostWords) }
    let ours = texts.map { text in wanted.contains { Heard.place(of: $0, in: text) != nil || Heard.breaksOff(text, in: $0) } }
    whole = wanted.prefix { Heard.place(of: $0, in: words) != nil }.count
    foreign = !words.isEmpty && !sentences.isEmpty && !ours.contains(true) && whole == 0
    let end = wanted.last.flatMap { last in Heard.place(of: last, in: words).map { $0 + last.count } }
    interjected = !foreign && !sentences.isEmpty && (end.map { $0 < words.count } ?? (ours.last == false))
  }

  /// Where a sentence stands last in the words.
  private static func place(of sentence: [String], in words: [String]) -> Int? {
    guard !sentence.isEmpty, sentence.count <= words.count else { return nil }
    return (0...(words.count - sentence.count)).last { words[$0..<($0 + sentence.count)].elementsEqual(sentence) }
  }

  /// Whether the words end with the beginning of the sentence. One word is enough only when nothing else was played.
  private static func breaksOff(_ words: [String], in sentence: [String]) -> Bool {
    for length in stride(from: min(words.count, sentence.count), to: 0, by: -1) {
      let tail = words.suffix(length)
      guard tail.dropLast().elementsEqual(sentence.prefix(length - 1)), let last = tail.last, sentence[length - 1].hasPrefix(last)
      else { continue }
      return length >= 2 || words.count == 1
    }
    return false
  }
}
