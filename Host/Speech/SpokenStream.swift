// A text as one voice says it, while it is still being written.

/// What `Speakable` makes of a text, and which part of the written text each part of it stands for. One owner at a time.
public struct SpokenStream: Sendable {
  private var speakable: Speakable

  public init(_ style: SpeechStyle) { speakable = Speakable(style) }

  /// Takes the next text; answers what can be said of it by now.
  public mutating func append(_ text: String) -> String { speakable.append(text) }

  /// The text is whole; answers what was still held back. Nothing may be appended after it.
  public mutating func finish() -> String { speakable.end() }

  /// How many bytes of the written text are said once `bytes` bytes of all that was answered are. A number counts when all its words are
  /// out.
  public func written(for bytes: Int) -> Int { Spoken.written(speakable.spans, for: bytes) }
}
