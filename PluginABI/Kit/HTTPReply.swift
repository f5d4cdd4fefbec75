// The head of an answer, and the body of one that is no success.

public import Vox

/// What has come of an answer so far, as far as it tells why a request failed. A value of its request's owner.
public struct HTTPReply: Sendable {
  public private(set) var head: HTTPHead?
  /// The body of an answer that is no success, at most 16 KiB of it.
  public private(set) var problem: [UInt8] = []

  /// Vendors' errors are sentences; a page of a proxy is cut.
  private static let longestProblem = 16 << 10

  public init() {}

  public var isSuccess: Bool { head?.isSuccess == true }
  /// Empty when it is not told.
  public var contentType: String { head?.headers["content-type"] ?? "" }

  public mutating func take(_ head: HTTPHead) { self.head = head }

  /// Takes bytes of an answer that is no success.
  public mutating func keep(_ bytes: [UInt8]) { problem += bytes.prefix(Self.longestProblem - problem.count) }

  /// The error with what the head adds to it: the status, and the vendor's name of the request.
  public func named(_ error: ProviderError) -> ProviderError {
    guard let head else { return error }
    var error = error
    if error.wireStatus == 0 { error.wireStatus = Int32(clamping: head.status) }
    if error.requestID.isEmpty { error.requestID = head.headers["request-id"] ?? head.headers["x-request-id"] ?? "" }
    return error
  }
}
