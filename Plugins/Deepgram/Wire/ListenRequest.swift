// How a recognition is asked for: the query of its socket, and the text messages a client may send.

/// The two recognition APIs, which share neither messages nor the way a stream ends.
public enum ListenAPI: Sendable {
  /// `/v1/listen`: interim and final results, the host decides when a turn is over.
  case nova
  /// `/v2/listen`: the model tells turns apart itself.
  case flux

  /// Flux models are served by v2 alone, all others by v1 alone.
  public init(model: String) { self = model.hasPrefix("flux") ? .flux : .nova }

  public var path: String { self == .nova ? "/v1/listen" : "/v2/listen" }

  /// Has the vendor settle what it has heard so far. It may not answer when that is nothing.
  public var flush: String { self == .nova ? #"{"type":"Finalize"}"# : #"{"type":"ForceEndTurn"}"# }

  /// Resets the idle timer of the socket, without audio; Flux has no such message and is fed silence.
  public var keepAlive: String? { self == .nova ? #"{"type":"KeepAlive"}"# : nil }

  /// Ends the stream: what was sent is still dealt with, then the vendor closes.
  public static let closeStream = #"{"type":"CloseStream"}"#
}

/// The options of a recognition. Sources: developers.deepgram.com, "Live Audio" and "Flux", connect signatures of deepgram-sdk 7.17.
public struct ListenRequest: Sendable {
  public var model = "nova-3"
  /// BCP 47, or `multi`; empty = the vendor's default. Nova alone.
  public var language = ""
  public var languageHints: [String] = []
  /// Terms to listen for: `keyterm` of Nova-3 and Flux, `keywords` of older models, there with `:intensifier`.
  public var keyterms: [String] = []
  /// How long a pause settles what was said; nil = the vendor's default, 0 = pauses do not. Nova alone.
  public var endpointingMs: Int?
  /// How long after the last word UtteranceEnd is sent; 0 = not at all. Nova alone.
  public var utteranceEndMs = 0
  /// Switches that are on, by the vendor's names.
  public var switches: [String] = []
  public var redact: [String] = []
  /// Thresholds of Flux; nil = the vendor's default, and for the eager one no eager ends.
  public var eagerThreshold: Double?
  public var endThreshold: Double?
  public var endTimeoutMs: Int?
  /// Options this plugin does not know.
  public var extra: [(name: String, value: String)] = []

  public init() {}

  public var api: ListenAPI { ListenAPI(model: model) }

  /// - Parameters:
  ///   - base: `wss://host`, without a slash at its end.
  ///   - rate: Hz of the audio, which is sent as signed 16-bit samples.
  public func url(_ base: String, rate: Int) -> String {
    var query = Query()
    query.add("model", model)
    query.add("encoding", "linear16")
    query.add("sample_rate", String(rate))
    if api == .nova { addNova(to: &query) } else { addFlux(to: &query) }
    for hint in languageHints { query.add("language_hint", hint) }
    for term in keyterms { query.add(takesKeyterms ? "keyterm" : "keywords", term) }
    for kind in redact { query.add("redact", kind) }
    for name in switches { query.add(name, true) }
    for (name, value) in extra { query.add(name, value) }
    return query.url(base, api.path)
  }

  /// The vendor's name of a language: with its region where it tells the regions of that language apart, else without, because a pair
  /// that it does not know is refused.
  public static func language(of tag: String) -> String {
    regional.first { $0.lowercased() == tag.lowercased() } ?? String(tag.prefix { $0.isLetter })
  }

  /// Source: developers.deepgram.com, "Models & Languages Overview" and the changelog of Nova-3.
  private static let regional = [
    "da-DK", "de-CH", "en-AU", "en-GB", "en-IN", "en-NZ", "en-US", "es-419", "fr-CA", "ko-KR", "nl-BE", "pt-BR", "pt-PT", "sv-SE",
    "th-TH", "zh-CN", "zh-HK", "zh-Hans", "zh-Hant", "zh-TW",
  ]

  private var takesKeyterms: Bool { model.hasPrefix("nova-3") || api == .flux }

  private func addNova(to query: inout Query) {
    query.add("interim_results", true)
    if !language.isEmpty { query.add("language", language) }
    if let endpointingMs { query.add("endpointing", endpointingMs == 0 ? "false" : String(endpointingMs)) }
    if utteranceEndMs > 0 { query.add("utterance_end_ms", String(utteranceEndMs)) }
  }

  private func addFlux(to query: inout Query) {
    if let eagerThreshold { query.add("eager_eot_threshold", String(eagerThreshold)) }
    if let endThreshold { query.add("eot_threshold", String(endThreshold)) }
    if let endTimeoutMs { query.add("eot_timeout_ms", String(endTimeoutMs)) }
  }
}
