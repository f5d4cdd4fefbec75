// What the settings say about a session: how to ask, and how long to wait.

import ClaudeWire
import PluginKit
import Vox

struct Settings {
  var request = MessagesRequest()
  var headers: [Header]
  let deadlines: HTTPClient.Deadlines
  let maxPauses: Int

  /// - Parameter key: the credential.
  init(_ json: JSONValue, key: String) throws(ProviderError) {
    let values = try SettingValues(json, of: plugin)
    request.model = values.text("model")
    request.maxTokens = values.whole("max_tokens")
    request.version = values.text("version")
    for name in ["temperature", "top_p", "top_k"] { request.sampling[name] = values[name] }
    request.stopSequences = values.texts("stop_sequences")
    request.thinking = values.text("thinking")
    request.thinkingBudget = values.whole("thinking_budget")
    request.effort = values.text("effort")
    request.cache = MessagesRequest.Cache(rawValue: values.text("prompt_cache")) ?? .off
    request.parallelTools = values.flag("parallel_tools")
    request.eagerTools = values.flag("eager_tools")
    request.prefill = values.flag("prefill")
    request.serverTools = values.list("server_tools")
    request.extra = .object(values.object("extra_body"))
    headers = [
      values.text("auth") == "bearer" ? Header("authorization", "Bearer \(key)") : Header("x-api-key", key),
      Header("anthropic-version", request.version), Header("content-type", "application/json"), Header("accept", "text/event-stream"),
    ]
    let beta = values.texts("beta")
    if !beta.isEmpty { headers.append(Header("anthropic-beta", beta.joined(separator: ","))) }
    for (name, value) in values.object("headers") { headers.append(Header(name, value.string ?? "")) }
    deadlines = values.deadlines
    maxPauses = values.whole("max_pauses")
  }
}
