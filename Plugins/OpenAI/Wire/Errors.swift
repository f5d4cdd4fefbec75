// What failures of OpenAI and of the servers that speak its dialect mean.

public import Vox

/// Errors of the API and its dialects. Sources: platform.openai.com, "Error codes"; the vendor's own client library; llama.cpp, vLLM, Ollama,
/// Groq and FastAPI where they differ: the error may be a text, its code an integer.
public enum OpenAIError {
  /// An answer whose status is no success.
  ///
  /// - Parameters:
  ///   - body: as much of it as was kept; `{"error":{"message","type","code"}}`, `{"error":"text"}`, `{"detail":…}`, or anything.
  ///   - retryAfter: the header of that name; `retryAfterMs`: `retry-after-ms`, which is finer and wins.
  public static func answered(status: Int, body: [UInt8], retryAfter: String? = nil, retryAfterMs: String? = nil) -> ProviderError {
    let json = (try? body.withUnsafeBufferPointer { try JSONValue(parsing: $0) }) ?? .null
    var error = classified(status, Told(json), retryAfter, retryAfterMs)
    if json["error"] == nil { error.detail = String(decoding: body.prefix(200), as: UTF8.self) }
    return error
  }

  /// An error in the middle of a stream whose status was 200: it counts as the status that its code or type usually comes with.
  ///
  /// - Parameter began: whether output had begun, so that it may be billed.
  public static func streamed(_ json: JSONValue, began: Bool) -> ProviderError {
    let told = Told(json)
    var error = classified(statuses[told.code] ?? statuses[told.type] ?? told.status ?? 500, told)
    error.wireStatus = 200
    if told.code.isEmpty { error.code = "stream_error" }
    if began { error.effects = .maybe }
    return error
  }

  /// The model does not answer this, by its own refusal or by the vendor's filter.
  public static func refused(code: String) -> ProviderError {
    ProviderError(.refused, "the model refuses to answer this", effects: .maybe, code: code, wireStatus: 200)
  }

  /// What came is not what the protocol says.
  public static func garbled(_ what: String, code: String) -> ProviderError {
    ProviderError(.unavailable, "the provider's answer cannot be read: \(what)", effects: .maybe, code: code, wireStatus: 200)
  }

  private static let statuses = [
    "invalid_request_error": 400, "context_length_exceeded": 400, "content_policy_violation": 400, "content_filter": 400,
    "invalid_api_key": 401, "authentication_error": 401, "permission_error": 403, "model_not_found": 404, "not_found_error": 404,
    "timeout_error": 408, "requests": 429, "tokens": 429, "rate_limit_exceeded": 429, "rate_limit_error": 429, "insufficient_quota": 429,
    "server_error": 500, "unavailable_error": 503, "overloaded": 503, "overloaded_error": 503, "slow_down": 503,
  ]

  /// The parts of an error, whichever server wrote it.
  private struct Told {
    var message = ""
    var type = ""
    /// A word; empty where there is none.
    var code = ""
    /// Servers that put the status where the vendor has a word.
    var status: Int?

    init(_ json: JSONValue) {
      let error = json["error"] ?? .null
      type = error["type"]?.string ?? ""
      code = error["code"]?.string ?? type
      status = error["code"]?.int.flatMap { (400...599).contains($0) ? $0 : nil }
      let detail = json["detail"]
      message = error["message"]?.string ?? error.string ?? detail?.string ?? detail?.array?.first?["msg"]?.string ?? ""
    }
  }

  private static func classified(
    _ status: Int, _ told: Told, _ retryAfter: String? = nil, _ retryAfterMs: String? = nil
  ) -> ProviderError {
    var error = ProviderError(httpStatus: status, told.message, code: told.code, retryAfter: retryAfter, retryAfterMs: retryAfterMs)
    switch (status, told.code) {
    // Groq: no capacity on this tier.
    case (498, _): (error.cls, error.effects) = (.overloaded, .none)
    case (409, _): (error.cls, error.effects) = (.internal, .maybe)
    // Waiting does not help.
    case (429, "insufficient_quota"), (429, "billing_hard_limit_reached"): error.cls = .quota
    case (400, "content_policy_violation"), (400, "content_filter"): error.cls = .refused
    default: break
    }
    return error
  }
}
