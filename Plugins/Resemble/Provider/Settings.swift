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
  let managementURL: String
  /// The vendor's management spells the key in a way of its own.
  let managementHeaders: [Header]

  init(_ json: JSONValue, key: String) throws(ProviderError) {
    let values = try SettingValues(json, of: plugin, scope: .account)
    transport = Transport(rawValue: values.text("transport")) ?? .stream
    fallsBack = values.flag("websocket_fallback")
    base = values.address("base_url")
    socketURL = values.text("websocket_url")
    managementURL = values.address("management_url")
    managementHeaders = [Header("Authorization", "Token token=\(key)")]
    let name = values.text("auth_header")
    headers = [Header(name, name.lowercased() == "authorization" ? "Bearer \(key)" : key)]
  }
}

/// How a session speaks.
struct VoiceSettings {
  let request: SynthesisRequest
  let timesFromMessage: Bool
  let deadlines: HTTPClient.Deadlines

  /// - Parameter rate: Hz of what the host is given.
  init(_ json: JSONValue, rate: Int) throws(ProviderError) {
    let values = try SettingValues(json, of: plugin)
    var request = SynthesisRequest()
    request.voice = values.text("voice")
    request.project = values.text("project_uuid")
    request.model = values.text("model")
    request.precision = SynthesisRequest.Precision(rawValue: values.text("precision")) ?? .pcm16
    // A control session may leave the rate open.
    request.sampleRate = rate == 0 ? 16_000 : rate
    request.useHD = values.flag("use_hd")
    request.customPronunciations = values.flag("apply_custom_pronunciations")
    request.timestamps = values.flag("timestamps")
    request.isBinary = values.flag("binary_response")
    request.withoutHeader = values.flag("no_audio_header")
    request.extraBody = .object(values.object("extra_body"))
    self.request = request
    timesFromMessage = values.text("timestamps_from") == "message"
    deadlines = values.deadlines
  }

  /// - Throws: class `invalid`, code `voice_not_found`, when no voice is named.
  func checkVoice() throws(ProviderError) {
    guard request.voice.isEmpty else { return }
    throw ProviderError(
      .invalid, "The setting 'voice' is missing: the uuid of one of the account's voices.", scope: .session, code: "voice_not_found")
  }

  /// The tags of Chatterbox-Turbo are heard by that model alone.
  var tags: [JSONValue] {
    guard request.model.contains("turbo") else { return [] }
    return ["clear throat", "sigh", "shush", "cough", "groan", "sniff", "gasp", "chuckle", "laugh"]
  }
}
