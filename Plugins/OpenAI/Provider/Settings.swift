// What the settings say about a session: how to ask, and how long to wait.

import OpenAIWire
import PluginKit
import Vox

struct Settings {
  var chat = CompletionRequest()
  var speech = SpeechRequest()
  /// Hz of sound that does not say it.
  let speechRate: Int
  var transcription = TranscriptionRequest()
  let maxUtteranceMs: Int
  /// What is quieter is not speech, dBFS.
  let silence: Double
  /// Beside the credential and the content type.
  let headers: [Header]
  let deadlines: HTTPClient.Deadlines

  /// - Parameter context: of the session.
  init(_ json: JSONValue, context: JSONValue = .null) throws(ProviderError) {
    let values = try SettingValues(json, of: plugin)
    headers = values.object("headers").map { Header($0.key, $0.value.string ?? "") }
    deadlines = values.deadlines
    speechRate = values.whole("speech_rate")
    maxUtteranceMs = values.whole("max_utterance_ms")
    silence = values["silence_dbfs"]?.double ?? -100
    readChat(values)
    speech.model = values.text("speech_model")
    speech.voice = values["voice"] ?? ""
    speech.format = values.text("speech_format")
    for name in ["speed", "instructions"] { speech.options[name] = values[name] }
    speech.extra = .object(values.object("speech_extra"))
    transcription.model = values.text("transcription_model")
    transcription.format = values.text("transcription_format")
    // BCP 47 begins with the language as the form wants it.
    let spoken = values["language"]?.string ?? context["language"]?.string ?? ""
    transcription.language = String(spoken.prefix { $0.isLetter })
    transcription.prompt = values.text("prompt")
    transcription.keywords = values.texts("keywords")
    transcription.extra = values.object("transcription_extra").mapValues { $0.string ?? "" }
  }

  private mutating func readChat(_ values: SettingValues) {
    chat.dialect = CompletionRequest.Dialect(rawValue: values.text("dialect")) ?? .other
    chat.model = values.text("model")
    chat.maxTokens = values.whole("max_tokens")
    chat.maxTokensMember = values.text("max_tokens_member")
    chat.streamsUsage = values.flag("stream_usage")
    chat.systemRole = values.text("system_role")
    chat.strictTurns = values.flag("strict_turns")
    chat.parallelTools = values.flag("parallel_tools")
    chat.prefill = values.flag("prefill")
    for name in ["temperature", "top_p", "stop", "seed", "reasoning_effort", "service_tier", "prompt_cache_key"] {
      chat.options[name] = values[name]
    }
    chat.extra = .object(values.object("extra_body"))
  }
}
