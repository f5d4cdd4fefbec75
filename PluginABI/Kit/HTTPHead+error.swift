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
      requestID: headers[requestID] ?? headers["x-request-id"] ?? "")
  }
}
