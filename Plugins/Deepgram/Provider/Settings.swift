// What the settings say about a session: what to ask for, and how long to wait.

import DeepgramWire
import PluginKit
import Vox

/// Of a recognition.
struct ListenSettings {
  var request = ListenRequest()
  let turnEnd: NovaReader.TurnEnd
  let mayFlush: Bool
  /// Milliseconds of audio in one message.
  let chunkMs: Int
  let keepsAliveBySilence: Bool
  let keepAliveMs: Int
  let flushMs: Int
  let endMs: Int
  let connectMs: Int

  /// Source: developers.deepgram.com, "Utterance End".
  private static let advisedEndMs = 1_000

  /// - Parameter context: of the session.
  init(_ json: JSONValue, context: JSONValue) throws(ProviderError) {
    let values = try SettingValues(json, of: plugin)
    request.model = values.text("model")
    let isNova = request.api == .nova
    // A stream's language is settled when it opens, before anybody listens.
    request.language = values["language"]?.string ?? ListenRequest.language(of: context["language"]?.string ?? "")
    request.languageHints = values.texts("language_hints")
    request.keyterms = values.texts("keyterms")
    request.endpointingMs = values["endpointing_ms"]?.int
    request.eagerThreshold = values["eager_eot_threshold"]?.double
    request.endThreshold = values["eot_threshold"]?.double
    request.endTimeoutMs = values["eot_timeout_ms"]?.int
    request.redact = values.texts("redact")
    let novaSwitches = ["punctuate", "smart_format", "filler_words"]
    request.switches = ((isNova ? novaSwitches : []) + ["numerals", "profanity_filter", "mip_opt_out"]).filter(values.flag)
    if isNova, values.flag("speech_started") { request.switches.append("vad_events") }
    request.extra = values.options("listen_options")
    turnEnd = NovaReader.TurnEnd(rawValue: values.text("turn_end")) ?? .none
    let utteranceEndMs = values.whole("utterance_end_ms")
    // A turn that waits for the vendor's mark would never end unless the mark is asked for.
    request.utteranceEndMs = utteranceEndMs == 0 && turnEnd == .utteranceEnd ? Self.advisedEndMs : utteranceEndMs
    mayFlush = isNova || values.flag("flux_flush")
    let chunkMs = values.whole("chunk_ms")
    self.chunkMs = chunkMs > 0 ? chunkMs : isNova ? 20 : 80
    keepsAliveBySilence = !isNova || values.text("idle") == "silence"
    keepAliveMs = values.whole("keep_alive_ms")
    flushMs = values.whole("flush_ms")
    endMs = values.whole("end_ms")
    connectMs = values.whole("connect_ms")
  }

  var reader: any ListenReader { request.api == .nova ? NovaReader(turnEnd: turnEnd) : FluxReader() }

  /// What a session with these settings can do, of what the manifest promises.
  var traits: JSONValue {
    ["turn_end": .bool(request.api == .flux || turnEnd != .none), "flush": .bool(mayFlush)]
  }
}

/// Of a voice.
struct SpeakSettings {
  var request = SpeakRequest()
  let usesSocket: Bool
  let takesControls: Bool
  var limits = SpeakBudget.Limits()
  let stallMs: Int
  let connectMs: Int
  let deadlines: HTTPClient.Deadlines

  init(_ json: JSONValue) throws(ProviderError) {
    let values = try SettingValues(json, of: plugin)
    request.model = values.text("voice")
    request.speed = values["speed"]?.double
    request.extra = values.options("speak_options")
    usesSocket = values.text("transport") == "websocket"
    takesControls = values.flag("inline_controls")
    limits.charactersPerMinute = values.whole("characters_per_minute")
    limits.flushesPerMinute = values.whole("flushes_per_minute")
    stallMs = values.whole("stall_ms")
    connectMs = values.whole("connect_ms")
    deadlines = values.deadlines
  }
}

extension SettingValues {
  /// Options for the query: an object of texts, numbers and switches, or of lists of them; in the order of their names.
  func options(_ name: String) -> [(name: String, value: String)] {
    object(name).sorted { $0.key < $1.key }.flatMap { name, value in
      (value.array ?? [value]).map { (name: name, value: $0.string ?? $0.text) }
    }
  }
}
