// The HTTP APIs behind which Chatterbox is served: the model is a library, and every server invents its own.

/// Which API a server speaks.
public enum Dialect: String, Sendable, CaseIterable {
  /// `POST /v1/audio/speech`, which all popular servers take (devnen/Chatterbox-TTS-Server, travisvn/chatterbox-tts-api).
  case openAISpeech = "openai-speech"
  /// `POST /tts` of devnen/Chatterbox-TTS-Server.
  case devnen = "devnen-tts"
  /// `POST /v1/audio/speech/stream` of travisvn/chatterbox-tts-api.
  case travisvn = "travisvn-stream"
  /// A queue-based RunPod endpoint (docs.runpod.io/serverless/endpoints/send-requests).
  case runPodQueue = "runpod-queue"
  /// RunPod's public endpoint of Chatterbox-Turbo.
  case runPodPublic = "runpod-public"

  public var isRunPod: Bool { self == .runPodQueue || self == .runPodPublic }

  /// The API's own port or host, where there is one.
  public var base: String {
    switch self {
    case .openAISpeech, .devnen: "http://127.0.0.1:8004"
    case .travisvn: "http://127.0.0.1:4123"
    case .runPodQueue, .runPodPublic: "https://api.runpod.ai/v2"
    }
  }

  /// A voice that the API has from the start; empty = it may be left out.
  public var voice: String {
    switch self {
    case .openAISpeech, .devnen: "Emily.wav"
    case .travisvn: "default"
    case .runPodQueue: ""
    case .runPodPublic: "lucy"
    }
  }

  /// Where the API lists its voices; empty = nowhere.
  public var voicesPath: String {
    switch self {
    case .openAISpeech: "/v1/audio/voices"
    case .devnen: "/get_predefined_voices"
    case .travisvn: "/v1/voices"
    case .runPodQueue, .runPodPublic: ""
    }
  }
}

/// How the sound of one request comes back.
public enum StreamMode: String, Sendable, CaseIterable {
  /// The whole of it when it is made: the plugin cuts the text into sentences.
  case none
  /// A WAV body that grows while the server works through the text.
  case wav = "chunked-wav"
  /// Server-sent events with base64 PCM.
  case sse
}
