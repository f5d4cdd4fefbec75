// What Resemble answers when something is wrong, in the classes of the ABI.

public import Vox

/// The error taxonomy of all three transports.
public enum Errors {
  /// A bad status with its body: `{"success":false,"error_name","error_params","feedback_uuid","message"}`, or anything a proxy sends.
  public static func answered(_ status: Int, _ body: String, retryAfter: String?) -> ProviderError {
    classified(status, try? JSONValue(parsing: body), retryAfter, detail: body)
  }

  /// The same object as a message of the socket, which carries its status in `status_code`; or in an answer with a good status.
  public static func told(_ json: JSONValue) -> ProviderError { classified(json["status_code"]?.int ?? 500, json, nil, detail: json.text) }

  /// The socket closed with a text unsaid. The vendor documents no code of its own; 1006 is a line that vanished.
  public static func closed(_ code: Int, _ reason: String) -> ProviderError {
    ProviderError(
      .unavailable, "Resemble closed the connection", scope: .session, effects: .maybe, code: "closed", wireStatus: Int32(clamping: code),
      detail: String(reason.prefix(200)))
  }

  /// A success whose content is not what was asked for. `what` completes "Resemble answered with …".
  public static func unreadable(_ what: String) -> ProviderError {
    ProviderError(.unavailable, "Resemble answered with \(what)", effects: .maybe, code: "bad_answer", wireStatus: 200)
  }

  /// The sound ended before its end was told, or before it was as long as its header said.
  public static var cutShort: ProviderError {
    ProviderError(.unavailable, "Resemble broke off", effects: .maybe, code: "truncated", wireStatus: 200)
  }

  /// A success of another kind than was asked for, such as a proxy's page; nil when it may be. A server that names none is believed.
  public static func wrongType(_ type: String?, expected: [String]) -> ProviderError? {
    guard let type = type?.lowercased(), !type.isEmpty else { return nil }
    return expected.contains { type.hasPrefix($0) } ? nil : unreadable("\(String(type.prefix(60))) where \(expected[0]) was asked for")
  }

  private static func classified(_ status: Int, _ json: JSONValue?, _ retryAfter: String?, detail: String) -> ProviderError {
    let message = json?["message"]?.string.map { String($0.prefix(300)) } ?? ""
    var error = ProviderError(
      httpStatus: status, message, code: json?["error_name"]?.string ?? "", retryAfter: retryAfter,
      requestID: json?["feedback_uuid"]?.string ?? "")
    error.detail = String(detail.prefix(400))
    return error
  }
}
