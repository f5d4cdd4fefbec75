// The ops of a session that are answered over HTTP.

import Vox

/// One op's answer: what comes of its request, and what the host has not taken of it yet.
public protocol OpAnswer: AnyObject {
  var op: Op { get }
  /// Hands over what the host has room for.
  func handOver()
  /// Nobody wants it any more: closes the stream and tells what it has cost. The op's end is not its business.
  func cancel()
}

/// The answers of a session: those whose request is under way, by its token, and those that only wait for the host to take the rest.
/// Forward `Session.resume` and `Session.cancel`. Belongs to the session's queue.
public struct OpAnswers<Answer: OpAnswer> {
  private var underWay: [UInt64: Answer] = [:]
  private var waiting: [Answer] = []

  public init() {}

  /// The answer whose request has that token; nil lets go of it.
  public subscript(_ token: UInt64) -> Answer? {
    get { underWay[token] }
    set { underWay[token] = newValue }
  }

  /// Nothing more comes from the network for it. It is kept until the host has taken all of it.
  public mutating func received(_ token: UInt64) {
    guard let answer = underWay.removeValue(forKey: token), !answer.op.isOver else { return }
    waiting.append(answer)
  }

  /// - Parameter op: for which the host has room again; nil for all.
  public mutating func resume(_ op: Op?) {
    for answer in Array(underWay.values) + waiting where op == nil || answer.op === op { answer.handOver() }
    waiting.removeAll { $0.op.isOver }
  }

  public mutating func cancel(_ op: Op) {
    for answer in Array(underWay.values) + waiting where answer.op === op { answer.cancel() }
    underWay = underWay.filter { $0.value.op !== op }
    waiting.removeAll { $0.op === op || $0.op.isOver }
  }
}
