// What is asked of a voice: the body of POST /audio/speech.

public import Vox

/// Source: platform.openai.com, "Create speech"; self-hosted servers take the same members.
public struct SpeechRequest: Sendable {
  public var model = ""
  /// A name, or an object such as `{"id":"voice_…"}`.
  public var voice: JSONValue = ""
  /// `pcm` or `wav`: what needs no decoder.
  public var format = "pcm"
  /// Members that are left out while unset: speed, instructions.
  public var options: [String: JSONValue] = [:]
  public var extra: JSONValue = .object([:])

  public init() {}

  public func body(_ text: String) -> JSONValue {
    let body: [String: JSONValue] = ["model": .string(model), "input": .string(text), "voice": voice, "response_format": .string(format)]
    return JSONValue.object(body.merging(options) { $1 }).merging(extra)
  }

  /// Whether a content type may be sound as it was asked for. Servers that tell none, or the default of their framework, are believed.
  public static func isSound(contentType: String) -> Bool {
    let type = contentType.lowercased()
    return !["json", "mpeg", "mp3", "ogg", "opus", "aac", "flac", "event-stream", "xml", "text/plain"].contains { type.contains($0) }
  }
}
