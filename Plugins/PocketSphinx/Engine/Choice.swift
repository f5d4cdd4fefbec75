// Which of two readings of an utterance counts: the phrase the language model found, or the answer that was expected.

internal import Glibc

/// The reading that counts, with its confidence.
struct Choice {
  let words: [Hypothesis.Word]
  /// Permille, at least 1.
  let confidence: Int
  private let isVerified: Bool

  /// A grammar finds an answer it allows whatever was said, and knows no posterior. 700 means: plausible, and to be read back to
  /// the caller before anything depends on it.
  static let unverified = 700

  /// How much better a frame must sound along the answer than along the phrase, in natural log likelihood, for the answer to be
  /// what was said: better, not merely as good, because no language model keeps a grammar's path from the sound.
  ///
  /// Measured with four synthetic voices on dates, yes or no, ten digits, and phrases outside of them. At 16 kHz 82 of 84 answers
  /// and 162 of 168 phrases are read right (phrases alone: 81 answers); at 8 kHz 66 of 84 and 114 of 152 (phrases alone: 52).
  /// Flat from 0.1 to 0.2.
  static let margin = 0.15

  /// Nil when neither has words.
  static func between(phrase: Hypothesis?, answer: Hypothesis?) -> Choice? {
    let read = phrase.flatMap(Choice.init(phrase:))
    guard let answer, !answer.words.isEmpty else { return read }
    guard let read, let phrase else { return Choice(answer: answer) }
    // When both say the same, the phrase is kept: it knows how sure it is.
    let isAnswer = answer.text != phrase.text && answer.acoustic >= phrase.acoustic + margin
    return isAnswer ? Choice(answer: answer) : read
  }

  /// The phrase, as sure as the geometric mean of its words: exp(log posterior / words). Nil without words.
  init?(phrase: Hypothesis) {
    guard !phrase.words.isEmpty else { return nil }
    words = phrase.words
    confidence = Self.permille(phrase.posterior / Double(phrase.words.count))
    isVerified = true
  }

  private init(answer: Hypothesis) {
    words = answer.words
    confidence = Self.unverified
    isVerified = false
  }

  func confidence(of word: Hypothesis.Word) -> Int { isVerified ? Self.permille(word.posterior) : Self.unverified }

  private static func permille(_ log: Double) -> Int { min(max(Int((exp(min(log, 0)) * 1_000).rounded()), 1), 1_000) }
}
