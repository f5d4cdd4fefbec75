// One text to one sound over plain HTTP: the dialects of devnen, travisvn and OpenAI.

public import Vox

/// What is sent for a text, and what comes back.
public struct SpeechRequest: Hashable, Sendable {
  public let path: String
  public let body: JSONValue
  /// The answer is a stream of events.
  public let isEvents: Bool

  /// - Parameter dialect: one that is not RunPod's.
  public init(_ text: String, _ options: VoiceOptions, _ dialect: Dialect, _ mode: StreamMode, format: String = "wav") {
    isEvents = mode == .sse && dialect != .devnen
    var body: [String: JSONValue]
    switch dialect {
    case .devnen:
      path = "/tts"
      body = Self.native(text, options, format)
      // Servers older than May 2026 ignore it and answer whole (devnen#140).
      if mode != .none { body["stream"] = true }
    default:
      path = dialect == .travisvn ? "/v1/audio/speech/stream" : "/v1/audio/speech"
      body = ["model": .string(options.model), "input": .string(text), "voice": .string(options.voice), "response_format": .string(format)]
      body["speed"] = options.speed.map { .number($0) }
      if isEvents { body["stream_format"] = "sse" }
    }
    body["temperature"] = options.temperature.map { .number($0) }
    body["exaggeration"] = options.exaggeration.map { .number($0) }
    body["cfg_weight"] = options.cfgWeight.map { .number($0) }
    body["seed"] = options.seed.map { .int(Int64($0)) }
    if !options.language.isEmpty { body["language"] = .string(options.language) }
    self.body = JSONValue.object(body).merging(options.extraBody)
  }

  /// devnen's own names (server.py, `CustomTTSRequest`). It would split the text again; ours is short enough already.
  private static func native(_ text: String, _ options: VoiceOptions, _ format: String) -> [String: JSONValue] {
    var body: [String: JSONValue] = ["text": .string(text), "output_format": .string(format)]
    if options.referenceAudio.isEmpty {
      body["voice_mode"] = "predefined"
      body["predefined_voice_id"] = .string(options.voice)
    } else {
      body["voice_mode"] = "clone"
      body["reference_audio_filename"] = .string(options.referenceAudio)
    }
    body["speed_factor"] = options.speed.map { .number($0) }
    return body
  }
}
