// A line as a voice spoke it, once and for all.

/// Sound of a whole utterance with the times of its words. A value; sharing it copies nothing.
public struct SpokenSound: Equatable, Sendable {
  /// What a sound depends on: whoever changes one of these gets another sound.
  public struct Key: Hashable, Sendable {
    /// As written, tags included.
    public var text: String
    /// How it is read out.
    public var style: SpeechStyle
    /// The provider's name in the host.
    public var provider: String
    /// Changes with every load of the provider: an old sound is never played for a new voice.
    public var generation: UInt64
    /// Voice, model, speed and whatever else the session was given, as JSON.
    public var settings: String
    /// Hz.
    public var rate: Int

    public init(text: String, style: SpeechStyle, provider: String, generation: UInt64, settings: String, rate: Int) {
      self.text = text
      self.style = style
      self.provider = provider
      self.generation = generation
      self.settings = settings
      self.rate = rate
    }
  }

  /// A word is over at sample `end`; `bytes` of the text (UTF-8) are said by then.
  public struct Word: Equatable, Sendable {
    public var end: UInt64
    public var bytes: Int

    public init(end: UInt64, bytes: Int) {
      self.end = end
      self.bytes = bytes
    }
  }

  /// Mono, at the key's rate, without any gain of the host's.
  public let samples: [Int16]
  /// Empty when the voice gave no times.
  public let words: [Word]

  public init(samples: [Int16], words: [Word]) {
    self.samples = samples
    self.words = words
  }

  /// About what it takes in memory.
  var bytes: Int { samples.count * 2 + words.count * MemoryLayout<Word>.stride + 256 }
}
