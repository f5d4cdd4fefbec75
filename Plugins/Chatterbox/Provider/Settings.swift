// The settings of an account and of a session, read from JSON that the schema has checked.

import ChatterboxWire
import FoundationEssentials
import PluginKit
import Vox

/// Where the server is and how one speaks to it. Of the account: no tenant may point a credential elsewhere.
struct ServerSettings {
  let dialect: Dialect
  /// Without a slash at its end.
  let base: String
  let endpoint: String
  let headers: [Header]

  /// - Throws: class `auth` or `invalid`, scope `account`, naming the setting that is missing.
  init(_ json: JSONValue, key: String) throws(ProviderError) {
    dialect = json["dialect"]?.string.flatMap(Dialect.init) ?? .openAISpeech
    var base = json["base_url"]?.string ?? ""
    while base.last == "/" { base.removeLast() }
    self.base = base.isEmpty ? dialect.base : base
    endpoint = json["endpoint_id"]?.string ?? (dialect == .runPodPublic ? "chatterbox-turbo" : "")
    if dialect == .runPodQueue, endpoint.isEmpty {
      throw ProviderError(.invalid, "the dialect runpod-queue needs the setting endpoint_id", scope: .account)
    }
    let scheme = json["auth_scheme"]?.string ?? (key.isEmpty ? "none" : "bearer")
    if key.isEmpty, scheme != "none" || dialect.isRunPod {
      throw ProviderError(.auth, "the secret api_key is missing", scope: .account)
    }
    headers =
      switch scheme {
      case "bearer": [Header("Authorization", "Bearer \(key)")]
      case "basic": [Header("Authorization", "Basic \(Data(key.utf8).base64EncodedString())")]
      case "header": [Header(json["auth_header"]?.string ?? "X-API-Key", key)]
      default: []
      }
  }
}

/// How a session speaks.
struct VoiceSettings {
  let options: VoiceOptions
  let mode: StreamMode
  let format: String
  /// Hz of sound without a header; nil where one must come.
  let rawRate: UInt32?
  let strips: Bool
  let firstChars: Int
  let maxChars: Int
  let parallel: Int
  let deadlines: HTTPClient.Deadlines
  let jobCall: JobCall
  let runsyncWaitMs: Int
  let patience: Job.Patience
  let outputPath: String
  let warmUpText: String

  init(_ json: JSONValue, _ dialect: Dialect) {
    func number(_ name: String, _ otherwise: Int) -> Int { json[name]?.int ?? otherwise }
    options = Self.options(json, dialect)
    let told = json["stream_mode"]?.string.flatMap(StreamMode.init) ?? .none
    mode = dialect.isRunPod ? .none : dialect == .travisvn ? .wav : told
    format = json["response_format"]?.string ?? "wav"
    // Events carry sound without a header, and so does whoever was asked for it.
    rawRate = mode == .sse || format == "pcm" ? UInt32(clamping: number("sample_rate", 24_000)) : nil
    strips = json["tag_policy"]?.string == "strip"
    // A server that streams begins with its own first sentence; one that does not is slowest with a long one.
    let streams = mode != .none
    firstChars = streams ? Self.longestText : number("first_chars", 80)
    maxChars = streams ? Self.longestText : number("max_chars_per_request", 200)
    parallel = number("parallel_requests", 1)
    deadlines = HTTPClient.Deadlines(
      connectMs: number("connect_timeout_ms", 3_000), firstByteMs: number("first_byte_timeout_ms", 15_000),
      stallMs: number("stall_timeout_ms", 15_000), totalMs: number("request_timeout_ms", 120_000))
    jobCall = json["job_call"]?.string.flatMap(JobCall.init) ?? (dialect == .runPodPublic ? .runsync : .stream)
    runsyncWaitMs = number("runsync_wait_ms", 10_000)
    patience = Job.Patience(pollMs: number("poll_ms", 150), queueMs: number("cold_start_timeout_ms", 30_000))
    outputPath = json["output_path"]?.string ?? ""
    warmUpText = json["warm_up_text"]?.string ?? ""
  }

  /// travisvn takes 3,000 characters; nobody documents less.
  private static let longestText = 3_000

  private static func options(_ json: JSONValue, _ dialect: Dialect) -> VoiceOptions {
    var options = VoiceOptions()
    options.model = json["model"]?.string ?? options.model
    options.voice = json["voice"]?.string ?? dialect.voice
    options.referenceAudio = json["reference_audio"]?.string ?? ""
    options.language = json["language"]?.string ?? ""
    options.exaggeration = json["exaggeration"]?.double
    options.cfgWeight = json["cfg_weight"]?.double
    options.temperature = json["temperature"]?.double
    options.seed = json["seed"]?.int
    options.speed = json["speed"]?.double
    options.extraBody = json["extra_body"] ?? .object([:])
    options.inputTemplate = json["input_template"] ?? (dialect == .runPodPublic ? VoiceOptions.publicInput : VoiceOptions.queueInput)
    return options
  }
}
