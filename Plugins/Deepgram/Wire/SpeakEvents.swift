// What the socket of a voice says beside its sound.

public import Vox

/// A text message of `/v1/speak`.
public enum SpeakEvent: Sendable, Equatable {
  /// Who speaks; the first message.
  case described(requestID: String)
  /// The sound of the last Flush is whole.
  case flushed
  /// The sound of everything before the last Clear has ended.
  case cleared
  case warned(ProviderError)
  /// The socket is about to be closed.
  case failed(JSONValue)
  /// Something that nobody knows.
  case other

  /// - Parameter text: one whole message. The type alone tells messages apart: Flushed and Cleared have the same members.
  public init(_ text: String) throws(ProviderError) {
    let (type, json) = try JSONValue.message(text)
    switch type {
    case "Metadata": self = .described(requestID: json["request_id"]?.string ?? "")
    case "Flushed": self = .flushed
    case "Cleared": self = .cleared
    case "Warning": self = .warned(DeepgramError.said(json))
    case "Error": self = .failed(json)
    default: self = .other
    }
  }
}
