// How a voice is asked for: the query of its socket or request, the messages of the socket, the body of the request.

import Vox

/// The options of a voice, and what is sent to it. Sources: developers.deepgram.com, "Text to Speech" and "TTS WebSocket"; the connect
/// signature of deepgram-sdk 7.17.
public struct SpeakRequest: Sendable {
  /// The voice, which holds the model: `aura-2-thalia-en`.
  public var model = "aura-2-thalia-en"
  /// 0.7 to 1.5 times; nil = left out.
  public var speed: Double?
  /// Options this plugin does not know.
  public var extra: [(name: String, value: String)] = []

  public init() {}

  /// - Parameters:
  ///   - base: `wss://host` or `https://host`, without a slash at its end.
  ///   - rate: Hz of the sound, which comes as signed 16-bit samples.
  public func url(_ base: String, rate: Int, isSocket: Bool) -> String {
    var query = Query()
    query.add("model", model)
    query.add("encoding", "linear16")
    query.add("sample_rate", String(rate))
    // A request answers with a WAV header unless told not to; a socket takes no such option.
    if !isSocket { query.add("container", "none") }
    if let speed { query.add("speed", String(speed)) }
    for (name, value) in extra { query.add(name, value) }
    return query.url(base, "/v1/speak")
  }

  public func body(_ text: String) -> [UInt8] { Array(JSONValue.object(["text": .string(text)]).text.utf8) }
  public func speak(_ text: String) -> String { JSONValue.object(["type": "Speak", "text": .string(text)]).text }

  /// Has all buffered text spoken now; `Flushed` follows its sound.
  public static let flush = #"{"type":"Flush"}"#
  /// Drops buffered text and sound; `Cleared` follows.
  public static let clear = #"{"type":"Clear"}"#
  public static let close = #"{"type":"Close"}"#
}
