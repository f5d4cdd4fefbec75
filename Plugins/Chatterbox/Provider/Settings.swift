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
    let values = try SettingValues(json, of: plugin, scope: .account)
    dialect = Dialect(rawValue: values.text("dialect")) ?? .openAISpeech
    let base = values.address("base_url")
    self.base = base.isEmpty ? dialect.base : base
    endpoint = values["endpoint_id"]?.string ?? (dialect == .runPodPublic ? "chatterbox-turbo" : "")
    if dialect == .runPodQueue, endpoint.isEmpty {
      throw ProviderError(.invalid, "the dialect runpod-queue needs the setting endpoint_id", scope: .account, code: "bad_setting")
    }
    let scheme = values["auth_scheme"]?.string ?? (key.isEmpty ? "none" : "bearer")
    if key.isEmpty, scheme != "none" || dialect.isRunPod {
      throw ProviderError(
        .auth, "The secret 'api_key' is missing: what the server or RunPod asks for.", scope: .account, code: "secret_missing")
    }
    headers =
      switch scheme {
      case "bearer": [Header("Authorization", "Bearer \(key)")]
      case "basic": [Header("Authorization", "Basic \(Data(key.utf8).base64EncodedString())")]
      case "header": [Header(values.text("auth_header"), key)]
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

  init(_ json: JSONValue, _ dialect: Dialect) throws(ProviderError) {
    let values = try SettingValues(json, of: plugin)
    options = Self.options(values, dialect)
    let told = StreamMode(rawValue: values.text("stream_mode")) ?? .none
    mode = dialect.isRunPod ? .none : dialect == .travisvn ? .wav : told
    format = values.text("response_format")
    // Events carry sound without a header, and so does whoever was asked for it.
    rawRate = mode == .sse || format == "pcm" ? UInt32(clamping: values.whole("sample_rate")) : nil
    strips = values.text("tag_policy") == "strip"
    // A server that streams begins with its own first sentence; one that does not is slowest with a long one.
    let streams = mode != .none
    firstChars = streams ? Self.longestText : values.whole("first_chars")
    maxChars = streams ? Self.longestText : values.whole("max_chars_per_request")
    parallel = values.whole("parallel_requests")
    deadlines = values.deadlines
    jobCall = JobCall(rawValue: values.text("job_call")) ?? (dialect == .runPodPublic ? .runsync : .stream)
    runsyncWaitMs = values.whole("runsync_wait_ms")
    patience = Job.Patience(pollMs: values.whole("poll_ms"), queueMs: values.whole("cold_start_timeout_ms"))
    outputPath = values.text("output_path")
    warmUpText = values.text("warm_up_text")
  }

  /// travisvn takes 3,000 characters; nobody documents less.
  private static let longestText = 3_000

  private static func options(_ values: SettingValues, _ dialect: Dialect) -> VoiceOptions {
    var options = VoiceOptions()
    options.model = values.text("model")
    options.voice = values["voice"]?.string ?? dialect.voice
    options.referenceAudio = values.text("reference_audio")
    options.language = values.text("language")
    options.exaggeration = values["exaggeration"]?.double
    options.cfgWeight = values["cfg_weight"]?.double
    options.temperature = values["temperature"]?.double
    options.seed = values["seed"]?.int
    options.speed = values["speed"]?.double
    options.extraBody = .object(values.object("extra_body"))
    options.inputTemplate = values["input_template"] ?? (dialect == .runPodPublic ? VoiceOptions.publicInput : VoiceOptions.queueInput)
    return options
  }
}
