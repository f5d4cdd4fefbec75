// The text frames that Resemble's WebSocket sends (docs.app.resemble.ai, Streaming via WebSocket).

public import Vox

/// One message.
public enum VoiceMessage: Sendable {
  /// Base64 of the next sound, or the name under which its bytes were kept; the first may begin with a WAV header.
  case audio(String, sampleRate: Int?, times: Timestamps, id: Int?)
  /// The sound of a request is whole.
  case end(id: Int?)
  /// A request failed; after `ConnectionFailure` the socket closes, after others it stays.
  case failed(ProviderError)
  /// A kind that is not known yet.
  case other

  /// - Throws: class `unavailable`, code `bad_answer`, for what is no JSON object.
  public init(_ text: String) throws(ProviderError) {
    guard let json = try? JSONValue(parsing: text), json.object != nil else {
      throw ResembleError.unreadable("a message that is no JSON object")
    }
    let id = json["request_id"]?.int
    switch json["type"]?.string {
    case "audio":
      let times = Timestamps(json["audio_timestamps"] ?? .null)
      self = .audio(json["audio_content"]?.string ?? "", sampleRate: json["sample_rate"]?.int, times: times, id: id)
    case "audio_end": self = .end(id: id)
    case "error": self = .failed(ResembleError.told(json))
    default: self = .other
    }
  }
}
