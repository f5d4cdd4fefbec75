// What a session asks of the model, whatever the server calls it.

public import Vox

/// The choices of an operator, a tenant or an agent. What is nil is left to the server.
public struct VoiceOptions: Sendable {
  public var model = ""
  /// A file name (devnen), a name of the library (travisvn), or a name of the public endpoint.
  public var voice = ""
  /// A file name on the server or a URL, to speak like that recording; more than 5 s long for Turbo.
  public var referenceAudio = ""
  /// Of the multilingual model, as `de`; empty = the server's.
  public var language = ""
  /// Of the original model; Turbo ignores the first two (resemble-ai/chatterbox, `tts_turbo.py`).
  public var exaggeration: Double?
  public var cfgWeight: Double?
  public var temperature: Double?
  public var seed: Int?
  public var speed: Double?
  /// Members of the request that no setting names, laid over it.
  public var extraBody: JSONValue = .object([:])
  /// The `input` of a RunPod job. `$text`, `$voice`, `$reference` and `$language` are filled in; members that stay empty are left out.
  public var inputTemplate: JSONValue = VoiceOptions.queueInput

  public init() {}

  /// What most workers read.
  public static let queueInput: JSONValue = ["text": "$text", "voice": "$voice", "reference_audio": "$reference", "language": "$language"]
  /// What the public endpoint reads (runpod.io, Public Endpoints, chatterbox-turbo): `prompt`, not `text`.
  public static let publicInput: JSONValue = ["prompt": "$text", "voice": "$voice", "voice_url": "$reference", "format": "wav"]
}
