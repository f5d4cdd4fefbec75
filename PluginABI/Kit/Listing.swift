// An op that one document of the vendor's answers: its list of voices, or of models.

public import Vox

/// A VOICES or MODELS op and the request that serves it. Keep it in an `OpAnswers` by the request's token, and give it the request's
/// events. Belongs to the session's queue.
public final class Listing: OpAnswer {
  public let op: Op
  private let exchange: HTTPExchange
  private let refused: (HTTPReply) -> ProviderError
  private let read: (JSONValue) -> JSONValue?
  private var reply = HTTPReply()
  private var body: [UInt8] = []

  /// Far more than any vendor lists.
  private static let longest = 4 << 20
  /// An event of the ABI holds 64 KiB with everything in it.
  private static let longestResult = 60 << 10

  /// - Parameters:
  ///   - refused: what an answer means that is no success.
  ///   - read: makes the result of the op out of the document, with `voices` or `models`; nil for what is no list.
  public init(
    _ op: Op, _ exchange: HTTPExchange, refused: @escaping (HTTPReply) -> ProviderError, read: @escaping (JSONValue) -> JSONValue?
  ) {
    self.op = op
    self.exchange = exchange
    self.refused = refused
    self.read = read
  }

  public var token: UInt64 { exchange.token }

  /// True when the op is over.
  public func take(_ event: HTTPEvent) -> Bool {
    switch event.what {
    case .head(let head): reply.take(head)
    case .body(let bytes): if reply.isSuccess { body += bytes.prefix(Self.longest - body.count) } else { reply.keep(bytes) }
    case .failed(let error):
      op.failed(reply.named(error))
      return true
    case .done:
      finish()
      return true
    }
    return false
  }

  private func finish() {
    guard reply.isSuccess else { return op.failed(refused(reply)) }
    guard let json = try? body.withUnsafeBufferPointer({ try JSONValue(parsing: $0) }), let result = read(json) else {
      return op.failed(reply.named(ProviderError(.unavailable, "the provider answered with no list", code: "bad_answer")))
    }
    op.completed(result)
  }

  public func handOver() {}

  public func cancel() { exchange.cancel() }

  /// The result of VOICES.
  ///
  /// - Parameter more: the vendor has others beside them.
  public static func voices(_ entries: [JSONValue], more: Bool = false) -> JSONValue { result("voices", entries, more) }

  /// The result of MODELS.
  public static func models(_ entries: [JSONValue], more: Bool = false) -> JSONValue { result("models", entries, more) }

  /// As many as fit an event.
  private static func result(_ name: String, _ entries: [JSONValue], _ more: Bool) -> JSONValue {
    var bytes = 0
    let fitting = entries.prefix {
      bytes += $0.text.utf8.count + 1
      return bytes <= longestResult
    }
    var members: [String: JSONValue] = [name: .array(Array(fitting))]
    if more || fitting.count < entries.count { members["more"] = true }
    return .object(members)
  }
}
