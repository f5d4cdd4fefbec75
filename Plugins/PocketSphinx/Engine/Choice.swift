// Which of two readings of an utterance counts: the phrase the language model found, or the answer that was expected.

internal import Glibc

/// The reading that counts, with its confidence.
struct Choice {
  let words: [Decoder.Hypothesis.Word]
  /// Permille, at least 1.
  let confidence: Int
  private let isExpected: Bool

  /// A grammar always finds an answer it allows, whatever was said, and gives no posterior. 700 means: plausible, and to be read
  /// back to the caller before anything depends on it.
  static let unverified = 700

  /// Nil when neither has words.
  static func between(phrase: Decoder.Hypothesis?, expected: Decoder.Hypothesis?) -> Choice? {
    let phrase = phrase.flatMap { $0.words.isEmpty ? nil : $0 }
    guard let expected, !expected.words.isEmpty else { return phrase.map(Choice.init(phrase:)) }
    guard let phrase else { return Choice(words: expected.words, confidence: unverified, isExpected: true) }
    if expected.acoustic*1024 < phrase.acoustic + 1500 { return Choice(phrase: phrase) }
    return Choice(words: expected.words, confidence: unverified, isExpected: true)
  }

  /// How much worse a frame may sound under the grammar than under the language model until the caller must have said something
  /// else; see the measurement below.
  static let tolerance = 100.0

  func confidence(of word: Decoder.Hypothesis.Word) -> Int {
    isExpected ? Self.unverified : Self.permille(word.posterior)
  }

  private init(words: [Decoder.Hypothesis.Word], confidence: Int, isExpected: Bool) {
    self.words = words
    self.confidence = confidence
    self.isExpected = isExpected
  }

  /// The geometric mean of the words' certainty: exp(log posterior / words).
  private init(phrase: Decoder.Hypothesis) {
    self.init(
      words: phrase.words, confidence: Self.permille(phrase.posterior / Double(max(phrase.words.count, 1))), isExpected: false)
  }

  private static func permille(_ log: Double) -> Int { min(max(Int((exp(min(log, 0)) * 1_000).rounded()), 1), 1_000) }
}
