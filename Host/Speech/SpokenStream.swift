// A text as one voice says it, while it is still being written.

/// What `Speakable` makes of a text, and which part of the written text each part of it stands for. One owner at a time.
public struct SpokenStream: Sendable {
  private var speakable: Speakable

  public init(_ style: SpeechStyle) { speakable = Speakable(style) }

  /// Takes the next words; answers what can be said of the text by now.
  /// - Parameter words: to the end of a word; the space behind it comes with what follows.
  public mutating func append(_ words: String) -> String { speakable.append(words) + speakable.endWord() }

  /// Takes the last words; answers what was still held back.
  public mutating func finish(_ words: String) -> String { speakable.append(words) + speakable.end() }

  /// How many bytes of the written text are said once `bytes` bytes of all that was answered are. A number counts when all its words are
  /// out.
  public func written(for bytes: Int) -> Int { Spoken.written(speakable.spans, for: bytes) }
}
