// The head of an answer, and the body of one that is no success.

import OpenAIWire
import PluginKit
import Vox

/// Keeps what tells why a request failed.
struct Reply {
  private(set) var head: HTTPHead?
  private var problem: [UInt8] = []

  private static let longestProblem = 16 << 10

  var isSuccess: Bool { head?.isSuccess == true }
  var contentType: String { head?.headers["content-type"] ?? "" }

  mutating func take(_ head: HTTPHead) { self.head = head }

  /// Bytes of an answer that is no success.
  mutating func keep(_ bytes: [UInt8]) { problem += bytes.prefix(Self.longestProblem - problem.count) }

  /// Why the answer is no success; nil when it is one.
  var failure: ProviderError? {
    guard let head, !head.isSuccess else { return nil }
    return named(
      OpenAIError.answered(
        status: head.status, body: problem, retryAfter: head.headers["retry-after"], retryAfterMs: head.headers["retry-after-ms"]))
  }

  /// The error with what the head adds to it.
  func named(_ error: ProviderError) -> ProviderError {
    guard let head else { return error }
    var error = error
    if error.wireStatus == 0 { error.wireStatus = Int32(clamping: head.status) }
    if error.requestID.isEmpty { error.requestID = head.headers["x-request-id"] ?? "" }
    return error
  }
}
