// The events of travisvn's `stream_format: sse`: OpenAI's, and one of its own that tells the format.

public import Vox

/// One server-sent event of a speech. Data only: no event has a name, and none says [DONE].
public enum SpeechEvent: Hashable, Sendable {
  /// The format of what follows; not in OpenAI's API.
  case info(sampleRate: Int)
  /// Base64 of the next 16-bit samples, or the name under which its bytes were kept.
  case delta(audio: String)
  /// The end. Its usage is a rough guess of the server's and is not read.
  case done
  /// A problem that the server tells in its stream.
  case failed(ProviderError)
  /// A kind that is not known yet.
  case other

  /// - Throws: class `unavailable`, code `bad_answer`, for what is no JSON object.
  public init(_ data: String) throws(ProviderError) {
    guard let json = try? JSONValue(parsing: data), json.object != nil else {
      throw ChatterboxError.unreadable("an event that is no JSON object")
    }
    switch json["type"]?.string {
    case "speech.audio.info": self = .info(sampleRate: json["sample_rate"]?.int ?? 0)
    case "speech.audio.delta": self = .delta(audio: json["audio"]?.string ?? "")
    case "speech.audio.done": self = .done
    default: self = json["error"] == nil ? .other : .failed(ChatterboxError.answered(status: 500, body: Array(data.utf8)))
    }
  }
}
