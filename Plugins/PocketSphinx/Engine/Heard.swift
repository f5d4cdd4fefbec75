// What was heard: words with their times and how sure the recogniser is.

/// A word of an utterance.
public struct HeardWord: Hashable, Sendable {
  public let text: String
  /// Samples since the op began.
  public let start: UInt64
  public let end: UInt64
  /// Permille, at least 1.
  public let confidence: Int
}

/// An interim or final transcript.
public struct Heard: Hashable, Sendable {
  /// The words, parted by single spaces; empty when there was speech-like sound without a word, or none.
  public let text: String
  /// Final transcripts only.
  public let words: [HeardWord]
  /// The samples this covers.
  public let start: UInt64
  public let end: UInt64
  /// Permille of the whole; 0 for interims and empty finals.
  public let confidence: Int

  public init(text: String = "", words: [HeardWord] = [], start: UInt64, end: UInt64, confidence: Int = 0) {
    self.text = text
    self.words = words
    self.start = start
    self.end = end
    self.confidence = confidence
  }
}
