// What the engine needs of the rest of the house, declared here and plugged in by the program.

public import Base
public import Journal
public import Loader
public import Media

/// Everything a call is given; the same for all calls of a loop.
public struct CallPorts: Sendable {
  public let journal: any FactSink
  public let providers: any ProviderSource
  /// A voice detector for lines of a rate (Hz).
  public let voiceDetector: @Sendable (Int) -> any VoiceDetector
  /// The local time of a time zone, RFC 3339 with offset, at a wall time in milliseconds since 1970.
  public let localTime: @Sendable (_ zone: String, _ wallMs: UInt64) -> String
  /// What the recogniser of an agent is told to expect: settings laid over the STT session's, under "vocabulary".
  public let vocabulary: @Sendable (_ tenant: String, _ agent: String) -> Vocabulary?

  public init(
    journal: any FactSink, providers: any ProviderSource, voiceDetector: @escaping @Sendable (Int) -> any VoiceDetector,
    localTime: @escaping @Sendable (_ zone: String, _ wallMs: UInt64) -> String,
    vocabulary: @escaping @Sendable (_ tenant: String, _ agent: String) -> Vocabulary?
  ) {
    self.journal = journal
    self.providers = providers
    self.voiceDetector = voiceDetector
    self.localTime = localTime
    self.vocabulary = vocabulary
  }
}
