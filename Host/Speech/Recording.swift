// Takes down what a voice says, for the lines that return.

/// Collects the sound of one utterance as the voice gives it. One owner; may be fed on the call's loop, where its room was made ahead.
public struct Recording: Sendable {
  private var samples: [Int16] = []
  private var words: [SpokenSound.Word] = []
  private let maxSamples: Int
  private var isSpoilt = false

  /// - Parameter maxSamples: an utterance that is longer is not kept; its room is made now.
  public init(maxSamples: Int) {
    self.maxSamples = max(maxSamples, 0)
    samples.reserveCapacity(self.maxSamples)
  }

  public mutating func append(_ new: UnsafeBufferPointer<Int16>) {
    guard !isSpoilt, samples.count + new.count <= maxSamples else { return spoil() }
    samples.append(contentsOf: new)
  }

  /// The end of a word, in samples from the utterance's start; they ascend, and one that does not is left out.
  public mutating func append(_ word: SpokenSound.Word) {
    guard !isSpoilt, word.end >= words.last?.end ?? 0, word.bytes >= words.last?.bytes ?? 0, words.count < 4096 else { return }
    words.append(word)
  }

  /// The utterance was cut, or another voice took over: there is nothing to keep.
  public mutating func spoil() {
    isSpoilt = true
    samples = []
    words = []
  }

  /// The utterance is complete. Nil when there is nothing to keep.
  public consuming func finish() -> SpokenSound? {
    guard !isSpoilt, !samples.isEmpty else { return nil }
    let count = UInt64(samples.count)
    return SpokenSound(samples: samples, words: words.filter { $0.end <= count })
  }
}
