// What Deepgram's failures mean: a refused request or upgrade, a close code, a message in the middle of a stream.

public import Vox

/// Errors of every Deepgram API. Sources: developers.deepgram.com, "Errors", "Recovering From Connection Errors & Timeouts When Live
/// Streaming" and "TTS WebSocket Errors"; the codes of messages are those of the vendor's own client library (deepgram-sdk 7.17).
public enum DeepgramError {
  /// A socket that passed its limits says so by a code in the reason, which stays while the sentence around it changes.
  private static let closeCodes = [
    "NET-0000", "NET-0001", "NET-0002", "NET-0003", "NET-0004", "DATA-0000", "DATA-0001", "DATA-0002", "MESSAGE-0000", "BIG-0000",
    "BIG-0001",
  ]

  /// An answer whose status is no success, also to an upgrade.
  ///
  /// - Parameters:
  ///   - body: `{"err_code","err_msg","request_id"}`, `{"category","message","details","request_id"}`, or whatever a proxy says.
  ///   - told: the header `dg-error`, which holds the sentence when the body does not.
  ///   - requestID: the header `dg-request-id`.
  public static func answered(
    status: Int, body: [UInt8], told: String? = nil, retryAfter: String? = nil, requestID: String? = nil
  ) -> ProviderError {
    let json = (try? body.withUnsafeBufferPointer { try JSONValue(parsing: $0) }) ?? .null
    let message = json["err_msg"]?.string ?? json["message"]?.string ?? told ?? ""
    var error = ProviderError(
      httpStatus: status, message, code: json["err_code"]?.string ?? json["category"]?.string ?? "",
      retryAfter: retryAfter, requestID: json["request_id"]?.string ?? requestID ?? "")
    error.detail = json["details"]?.string ?? (json.object == nil ? String(decoding: body.prefix(200), as: UTF8.self) : "")
    return error
  }

  /// The vendor, or whatever lies between, closed a socket that was in use.
  public static func closed(code: Int, reason: String) -> ProviderError {
    let told = closeCode(in: reason)
    var error = classified(told ?? "")
    error.wireStatus = Int32(clamping: code)
    error.code = told ?? (code == 1005 || code == 1006 ? "" : String(code))
    error.message = reason.isEmpty ? "the connection to the provider was lost (close code \(code))" : reason
    // The limit of an hour strikes between texts: nothing was begun.
    if told == "NET-0003" { error.effects = .none }
    return error
  }

  /// A message of type Error, or a warning or failed configuration that is one for whoever caused it.
  ///
  /// - Parameter closedBy: the close code that followed; 0 when the socket stays open.
  public static func said(_ message: JSONValue, closedBy code: Int = 0) -> ProviderError {
    let told = message["code"]?.string ?? message["variant"]?.string ?? ""
    var error = classified(told)
    error.code = told
    error.wireStatus = Int32(clamping: code)
    error.scope = code == 0 && told != "EXCESSIVE_FLUSH" ? .op : .session
    error.message = message["description"]?.string ?? "the provider reported \(told)"
    error.requestID = message["request_id"]?.string ?? ""
    if told == "CONFIGURE_INTERNAL_ERROR" { error.effects = .none }
    return error
  }

  /// What came is not what the protocol says: nothing that follows on this connection can be trusted.
  public static func garbled(_ what: String) -> ProviderError {
    ProviderError(
      .unavailable, "the provider's message cannot be read: \(what)", scope: .session, effects: .maybe, code: "bad_message")
  }

  /// The vendor did not do in time what its protocol promises.
  public static func late(_ what: String) -> ProviderError {
    ProviderError(.timeout, "the provider \(what)", scope: .session, effects: .maybe, code: "vendor_late")
  }

  /// The code in a close reason: `NET-0001`, or the tail of a link such as `https://dpgr.am/net0001`.
  static func closeCode(in reason: String) -> String? {
    let reason = reason.uppercased()
    return closeCodes.first { code in
      reason.contains(code) || reason.contains("DPGR.AM/\(code.filter { $0 != "-" })")
    }
  }

  /// Class and side effects of a code; a code that nobody knows is the vendor's trouble.
  private static func classified(_ code: String) -> ProviderError {
    switch code {
    case "NET-0001", "NET-0003": ProviderError(.timeout, "", scope: .session, effects: .maybe)
    case "DATA-0001", "EXCESSIVE_FLUSH": ProviderError(.rate, "", scope: .session, effects: .maybe)
    case "DATA-0000", "DATA-0002", "MESSAGE-0000", "BIG-0000", "BIG-0001", "SchemaError", "UNPARSABLE_CLIENT_MESSAGE",
      "CONFIGURE_KEYTERMS_NOT_SUPPORTED", "CONFIGURE_KEYTERM_LIMIT_EXCEEDED", "CONFIGURE_ALREADY_PENDING", "NO_ACTIVE_SPEECH",
      "NO_SYNTHESIZABLE_TEXT", "EMPTY_TEXT", "INTERRUPT_IN_PROGRESS", "INVALID_INTERRUPT_OFFSET":
      ProviderError(.invalid, "", scope: .session)
    default: ProviderError(.unavailable, "", scope: .session, effects: .maybe)
    }
  }
}
