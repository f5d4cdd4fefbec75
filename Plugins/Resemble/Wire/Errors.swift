// What Resemble answers when something is wrong, in the classes of the ABI.

public import Vox

/// The error taxonomy of all three transports.
public enum ResembleError {
  /// A bad status with its body: `{"success":false,"error_name","error_params","feedback_uuid","message"}`, or anything a proxy sends.
  public static func answered(status: Int, body: [UInt8], retryAfter: String? = nil) -> ProviderError {
    let json = try? body.withUnsafeBufferPointer { try JSONValue(parsing: $0) }
    return classified(status, json, retryAfter, detail: String(decoding: body, as: UTF8.self))
  }

  /// The same object as a message of the socket, which carries its status in `status_code`; or in an answer with a good status.
  public static func told(_ json: JSONValue) -> ProviderError { classified(json["status_code"]?.int ?? 500, json, nil, detail: json.text) }

  /// The socket closed with a text unsaid. The vendor documents no code of its own; 1006 is a line that vanished.
  public static func closed(_ code: Int, _ reason: String) -> ProviderError {
    ProviderError(
      .unavailable, "Resemble closed the connection", scope: .session, effects: .maybe, code: "closed", wireStatus: Int32(clamping: code),
      detail: reason)
  }

  /// A success whose content is not what was asked for. `what` completes "Resemble answered with …".
  public static func unreadable(_ what: String) -> ProviderError {
    ProviderError(.unavailable, "Resemble answered with \(what)", effects: .maybe, code: "bad_answer", wireStatus: 200)
  }

  /// The sound ended before its end was told, or before it was as long as its header said.
  public static var cutShort: ProviderError {
    ProviderError(.unavailable, "Resemble broke off", effects: .maybe, code: "truncated", wireStatus: 200)
  }

  private static func classified(_ status: Int, _ json: JSONValue?, _ retryAfter: String?, detail: String) -> ProviderError {
    var error = ProviderError(
      httpStatus: status, json?["message"]?.string ?? "", code: json?["error_name"]?.string ?? "", retryAfter: retryAfter,
      requestID: json?["feedback_uuid"]?.string ?? "")
    error.detail = detail
    return error
  }
}
