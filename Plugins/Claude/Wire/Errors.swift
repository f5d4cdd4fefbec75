// What Claude's failures mean: an answer that is no success, and an error in the middle of a stream.

public import Vox

/// Errors of the Messages API. Sources: docs.anthropic.com, "Errors" and "Streaming Messages"; the codes are those of the vendor's own
/// client library. Messages are not stable, so they never decide.
public enum ClaudeError {
  /// An answer whose status is no success.
  ///
  /// - Parameters:
  ///   - body: as much of it as was kept; `{"type":"error","error":{"type","message","details":{"error_code"}},"request_id"}`, or
  ///     whatever a proxy says.
  ///   - retryAfter: the header of that name; `retryAfterMs`: `retry-after-ms`, which is finer and wins.
  public static func answered(status: Int, body: [UInt8], retryAfter: String? = nil, retryAfterMs: String? = nil) -> ProviderError {
    let json = (try? body.withUnsafeBufferPointer { try JSONValue(parsing: $0) }) ?? .null
    var error = classified(status, json, retryAfter, retryAfterMs)
    if json["error"] == nil { error.detail = String(decoding: body.prefix(200), as: UTF8.self) }
    return error
  }

  /// The `error` event of a stream whose status was 200: it counts as the status that its type usually comes with.
  ///
  /// - Parameter began: whether the message had begun, so that tokens may be billed.
  public static func streamed(_ event: JSONValue, began: Bool) -> ProviderError {
    var error = classified(statuses[event["error"]?["type"]?.string ?? ""] ?? 500, event)
    error.wireStatus = 200
    if began { error.effects = .maybe }
    return error
  }

  /// The model ended the message in a way that is no answer; nil for every other stop reason.
  public static func stopped(_ reason: String, _ details: JSONValue) -> ProviderError? {
    switch reason {
    case "refusal":
      ProviderError(
        .refused, "the model refuses to answer this", effects: .maybe, code: reason, wireStatus: 200,
        detail: details["category"]?.string ?? "")
    case "model_context_window_exceeded":
      ProviderError(.invalid, "the conversation is longer than the model can read", effects: .maybe, code: reason, wireStatus: 200)
    default: nil
    }
  }

  /// What came is not what the protocol says.
  public static func garbled(_ what: String, code: String) -> ProviderError {
    ProviderError(.unavailable, "the provider's answer cannot be read: \(what)", effects: .maybe, code: code, wireStatus: 200)
  }

  private static let statuses = [
    "invalid_request_error": 400, "authentication_error": 401, "billing_error": 402, "permission_error": 403, "not_found_error": 404,
    "timeout_error": 408, "conflict_error": 409, "request_too_large": 413, "rate_limit_error": 429, "api_error": 500,
    "overloaded_error": 529,
  ]

  private static func classified(
    _ status: Int, _ json: JSONValue, _ retryAfter: String? = nil, _ retryAfterMs: String? = nil
  ) -> ProviderError {
    let told = json["error"] ?? .null
    let code = told["details"]?["error_code"]?.string ?? told["type"]?.string ?? ""
    var error = ProviderError(
      httpStatus: status, told["message"]?.string ?? "", code: code, retryAfter: retryAfter, retryAfterMs: retryAfterMs,
      requestID: json["request_id"]?.string ?? "")
    if status == 409 { (error.cls, error.effects) = (.internal, .maybe) }
    // Spent limits come as 429 as well, and waiting does not help.
    if status == 429, code.hasSuffix("spend_limit_reached") { error.cls = .quota }
    return error
  }
}
