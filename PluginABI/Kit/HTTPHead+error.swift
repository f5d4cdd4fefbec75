// The failure that a bad HTTP status stands for.

public import Vox

extension HTTPHead {
  /// Classifies a status that is no success (`ProviderError.init(httpStatus:)`). A vendor's own codes come first: change what differs in
  /// the result.
  ///
  /// - Parameters:
  ///   - message: one sentence for a tenant, usually the vendor's.
  ///   - code: the vendor's stable code; empty = `http_STATUS`.
  ///   - requestID: the header in which the vendor names the request.
  public func error(_ message: String = "", code: String = "", requestID: String = "request-id") -> ProviderError {
    ProviderError(
      httpStatus: status, message, code: code, retryAfter: headers["retry-after"],
      retryAfterMs: headers["retry-after-ms"], requestID: headers[requestID] ?? headers["x-request-id"] ?? "")
  }

  /// The content type, short enough for a sentence, when it is of none of the kinds that were asked for, such as a proxy's page in
  /// place of `audio/`; nil when it may be. A server that names none is believed.
  public func otherType(than expected: [String]) -> String? {
    guard let type = headers["content-type"]?.lowercased(), !type.isEmpty, !expected.contains(where: type.hasPrefix) else { return nil }
    return String(type.prefix(60))
  }
}
