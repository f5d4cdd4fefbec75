// What a recognition says, in the words of both APIs.

public import Vox

/// A word as the vendor heard it; times in seconds of the stream.
public struct HeardWord: Sendable, Equatable {
  /// As it stands in the transcript: with its punctuation, where there is any.
  public var text: String
  public var start: Double
  public var end: Double
  /// 0 to 1; nil = not told.
  public var confidence: Double?
  /// From 0; nil = not told.
  public var speaker: Int?

  public init(text: String, start: Double, end: Double, confidence: Double? = nil, speaker: Int? = nil) {
    (self.text, self.start, self.end, self.confidence, self.speaker) = (text, start, end, confidence, speaker)
  }
}

/// What was said within a piece of the stream; times in seconds of it.
public struct Transcript: Sendable, Equatable {
  public var text: String
  public var start: Double
  public var end: Double
  public var confidence: Double?
  public var words: [HeardWord]
  /// What most of it was spoken in, where the model hears several languages; empty = not told.
  public var language: String

  public init(text: String, start: Double, end: Double, confidence: Double? = nil, words: [HeardWord] = [], language: String = "") {
    (self.text, self.start, self.end, self.confidence, self.words) = (text, start, end, confidence, words)
    self.language = language
  }
}

/// What a message of a recognition means for whoever listens.
public enum ListenEvent: Sendable, Equatable {
  /// The stream takes audio (Flux says so; with Nova the open socket does).
  case connected(requestID: String)
  case speechStarted(at: Double)
  /// A guess, which a later guess or final over the same time replaces; empty when there is nothing to guess.
  case interim(Transcript)
  /// Settled; with empty text too. `isFlushed` when it answers a flush.
  case final(Transcript, isFlushed: Bool)
  /// `confidence` 0 to 1; `isEager` when the model may still change its mind.
  case turnEnd(at: Double, confidence: Double, isEager: Bool)
  case turnResumed(at: Double)
  /// How much audio the vendor counted, in seconds; the last message of a stream of Nova's.
  case counted(seconds: Double)
  /// Something was wrong, and the stream goes on.
  case warned(ProviderError)
  /// The stream is lost; its socket is about to be closed.
  case failed(JSONValue)
}

/// Reads one API's messages.
public protocol ListenReader: Sendable {
  /// - Parameter text: one whole text message.
  /// - Throws: when it is no JSON object with a type. Types that nobody knows mean nothing.
  mutating func read(_ text: String) throws(ProviderError) -> [ListenEvent]
}

extension JSONValue {
  /// A message of Deepgram's: an object with a type.
  static func message(_ text: String) throws(ProviderError) -> (type: String, JSONValue) {
    let json: JSONValue
    do { json = try JSONValue(parsing: text) } catch { throw DeepgramError.garbled("\(error)") }
    guard let type = json["type"]?.string else { throw DeepgramError.garbled("it has no type") }
    return (type, json)
  }

  /// The first of the languages that a transcript names, which has most of its words; empty when there is none.
  var language: String { self["languages"]?.array?.first?.string.map { String($0.prefix(35)) } ?? "" }

  /// A time in seconds, never negative: -1 stands for none.
  var seconds: Double? { double.flatMap { $0 >= 0 && $0.isFinite ? $0 : nil } }
}
