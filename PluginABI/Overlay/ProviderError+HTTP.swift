// What a bad HTTP status means when the vendor's own error body does not say more.

extension ProviderError {
  /// Classifies an HTTP status that is no success, as RFC 9110 defines it (429: RFC 6585; 529: what vendors send for overload): scope
  /// `account` for 401, 402, 403 and 429; effects `maybe` where the vendor may have begun the work.
  ///
  /// - Parameters:
  ///   - message: one sentence for a tenant, usually the vendor's; empty = a plain one.
  ///   - code: the vendor's stable code; empty = `http_STATUS`.
  ///   - retryAfter: the header of that name. Only seconds are read (RFC 9110, section 10.2.3), a day at most.
  ///   - retryAfterMs: `retry-after-ms`, which some vendors send beside it; it is finer and wins.
  public init(
    httpStatus status: Int, _ message: String = "", code: String = "", retryAfter: String? = nil, retryAfterMs: String? = nil,
    requestID: String = ""
  ) {
    let (cls, scope, effects): (ErrorClass, ErrorScope, SideEffects) =
      switch status {
      case 401, 403: (.auth, .account, .none)
      case 402: (.quota, .account, .none)
      case 408, 504: (.timeout, .op, .maybe)
      case 429: (.rate, .account, .none)
      case 451: (.refused, .op, .none)
      case 503, 529: (.overloaded, .op, .none)
      case 500...: (.unavailable, .op, .maybe)
      default: (.invalid, .op, .none)
      }
    let fine = retryAfterMs.flatMap { Double($0) } ?? 0
    let waitMs = fine > 0 ? fine : (retryAfter.flatMap { Double($0) } ?? 0) * 1000
    self.init(
      cls, message.isEmpty ? "the provider answered with HTTP status \(status)" : message, scope: scope, effects: effects,
      code: code.isEmpty ? "http_\(status)" : code, retryAfterMs: waitMs > 0 ? UInt32(min(waitMs, Self.longestWaitMs)) : 0,
      wireStatus: Int32(clamping: status), requestID: requestID)
  }

  /// Nobody waits for longer than a day.
  private static let longestWaitMs = 86_400_000.0
}
