// What Resemble is asked for: the same members over HTTP and over the WebSocket (docs.app.resemble.ai, Streaming; SDK 1.9.0).

public import Vox

/// Which of Resemble's three ways is used.
public enum Transport: String, Sendable, CaseIterable {
  /// `wss://websocket.cluster.resemble.ai/stream`: one connection for many texts; Business plan or higher.
  case webSocket = "websocket"
  /// `POST /stream`: a WAV body that grows.
  case stream
  /// `POST /synthesize`: JSON with the whole sound.
  case sync

  /// Sample rates that may be asked for, the one for telephones first where it is no loss.
  public var rates: [Int] {
    let all = [16_000, 8_000, 48_000, 22_050, 32_000, 44_100]
    return self == .webSocket ? all.filter { $0 != 48_000 } : all
  }
}

/// One text to be said.
public struct SynthesisRequest: Hashable, Sendable {
  public enum Precision: String, Sendable, CaseIterable { case pcm16 = "PCM_16", muLaw = "MULAW" }

  public var voice = ""
  public var project = ""
  public var model = ""
  public var precision = Precision.pcm16
  /// Hz; always sent, since the documented defaults differ.
  public var sampleRate = 16_000
  public var useHD = false
  public var customPronunciations = false
  /// Chunks in the WAV header that say when which letter sounds.
  public var timestamps = true
  /// Sound in binary frames instead of JSON; they carry no id.
  public var isBinary = false
  public var withoutHeader = false
  /// Members that no setting names, laid over the request.
  public var extraBody: JSONValue = .object([:])

  public init() {}

  /// The body of an HTTP request.
  public func body(_ text: String, _ transport: Transport) -> JSONValue {
    var members = common(text)
    if transport == .sync { members["output_format"] = "wav" }
    if transport == .stream, timestamps { members["wav_encoded_timestamps"] = true }
    if useHD { members["use_hd"] = true }
    if customPronunciations { members["apply_custom_pronunciations"] = true }
    return JSONValue.object(members).merging(extraBody)
  }

  /// The text frame of a WebSocket request.
  public func frame(_ text: String, id: Int) -> JSONValue {
    var members = common(text)
    members["request_id"] = .int(Int64(id))
    members["output_format"] = "wav"
    members["binary_response"] = .bool(isBinary)
    members["no_audio_header"] = .bool(withoutHeader)
    return JSONValue.object(members).merging(extraBody)
  }

  private func common(_ text: String) -> [String: JSONValue] {
    var members: [String: JSONValue] = [
      "voice_uuid": .string(voice), "data": .string(text), "precision": .string(precision.rawValue), "sample_rate": .int(Int64(sampleRate)),
    ]
    if !project.isEmpty { members["project_uuid"] = .string(project) }
    if !model.isEmpty { members["model"] = .string(model) }
    return members
  }
}
