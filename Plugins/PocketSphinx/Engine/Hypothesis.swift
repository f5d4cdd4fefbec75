// What one search found in an utterance.

/// The best path of a search.
public struct Hypothesis: Hashable, Sendable {
  public struct Word: Hashable, Sendable {
    public let text: String
    /// Frames of 10 ms since the start of the utterance.
    public let first: Int
    public let last: Int
    /// Natural logarithm of the word's posterior; 0 in a grammar search.
    public let posterior: Double
  }

  public let words: [Word]
  /// Natural logarithm of the posterior of the whole; 0 in a grammar search.
  public let posterior: Double
  /// Mean natural log likelihood of a frame's sound, pauses included; comparable between searches of the same samples.
  public let acoustic: Double

  public var text: String { words.map(\.text).joined(separator: " ") }
}
