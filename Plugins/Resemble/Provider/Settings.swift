// The settings of an account and of a session, read from JSON that the schema has checked.

import PluginKit
import ResembleWire
import Vox

/// Where Resemble is and how one speaks to it. Of the account: no tenant may point a credential elsewhere.
struct ServerSettings {
  let transport: Transport
  let fallsBack: Bool
  /// Without a slash at its end.
  let base: String
  let socketURL: String
  let headers: [Header]

  /// - Throws: class `auth`, scope `account`, when there is no key.
  init(_ json: JSONValue, key: String) throws(ProviderError) {
    guard !key.isEmpty else { throw ProviderError(.auth, "the secret api_key is missing", scope: .account) }
    transport = json["transport"]?.string.flatMap(Transport.init) ?? .stream
    fallsBack = json["websocket_fallback"]?.bool ?? true
    var base = json["base_url"]?.string ?? "https://f.cluster.resemble.ai"
    while base.last == "/" { base.removeLast() }
    self.base = base
    socketURL = json["websocket_url"]?.string ?? "wss://websocket.cluster.resemble.ai/stream"
    let name = json["auth_header"]?.string ?? "Authorization"
    headers = [Header(name, name.lowercased() == "authorization" ? "Bearer \(key)" : key)]
  }
}

/// How a session speaks.
struct VoiceSettings {
  let request: SynthesisRequest
  let timesFromMessage: Bool
  let deadlines: HTTPClient.Deadlines

  /// - Parameter rate: Hz of what the host is given.
  /// - Throws: class `invalid`, code `voice_not_found`, when no voice is named.
  init(_ json: JSONValue, rate: Int) throws(ProviderError) {
    func number(_ name: String, _ otherwise: Int) -> Int { json[name]?.int ?? otherwise }
    func flag(_ name: String, _ otherwise: Bool) -> Bool { json[name]?.bool ?? otherwise }
    var request = SynthesisRequest()
    request.voice = json["voice_uuid"]?.string ?? ""
    guard !request.voice.isEmpty else {
      throw ProviderError(.invalid, "the setting voice_uuid is missing", scope: .session, code: "voice_not_found")
    }
    request.project = json["project_uuid"]?.string ?? ""
    request.model = json["model"]?.string ?? ""
    request.precision = json["precision"]?.string.flatMap(SynthesisRequest.Precision.init) ?? .pcm16
    // A control session may leave the rate open.
    request.sampleRate = rate == 0 ? 16_000 : rate
    request.useHD = flag("use_hd", false)
    request.customPronunciations = flag("apply_custom_pronunciations", false)
    request.timestamps = flag("timestamps", true)
    request.isBinary = flag("binary_response", false)
    request.withoutHeader = flag("no_audio_header", false)
    request.extraBody = json["extra_body"] ?? .object([:])
    self.request = request
    timesFromMessage = json["timestamps_from"]?.string == "message"
    deadlines = HTTPClient.Deadlines(
      connectMs: number("connect_timeout_ms", 3_000), firstByteMs: number("first_byte_timeout_ms", 5_000),
      stallMs: number("stall_timeout_ms", 10_000), totalMs: number("request_timeout_ms", 120_000))
  }

  /// The tags of Chatterbox-Turbo are heard by that model alone.
  var tags: [JSONValue] {
    guard request.model.contains("turbo") else { return [] }
    return ["clear throat", "sigh", "shush", "cough", "groan", "sniff", "gasp", "chuckle", "laugh"]
  }
}
