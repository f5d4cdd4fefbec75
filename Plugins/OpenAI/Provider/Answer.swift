// One CHAT op: what has come of it so far, and what the host has not taken yet.

import OpenAIWire
import PluginABI
import PluginKit
import Vox

final class Answer: OpAnswer {
  var op: Op { queue.op }
  /// Nothing more is to come from the server.
  private(set) var hasEnded = false
  private let exchange: HTTPExchange
  private let requestBytes: Int
  private var reply = HTTPReply()
  private var stream = SSEParser(limit: longestEvent)
  private var completion = Completion()
  private let queue: AnswerQueue

  /// A whole tool call in one event is the longest.
  private static let longestEvent = 256 << 10
  /// Of English, a common rule of thumb.
  private static let bytesPerToken = 4

  init(_ op: Op, _ exchange: HTTPExchange, requestBytes: Int) {
    queue = AnswerQueue(op)
    self.exchange = exchange
    self.requestBytes = requestBytes
  }

  func take(_ event: HTTPEvent) {
    switch event.what {
    case .head(let head):
      reply.take(head)
      guard head.isSuccess else { return }
      guard reply.contentType.hasPrefix("text/event-stream") else {
        return fail(OpenAIError.garbled("it is no stream of events", code: "not_a_stream"))
      }
      op.accepted()
    case .body(let bytes):
      if reply.isSuccess { read(bytes) } else { reply.keep(bytes) }
    case .done:
      if let error = reply.failure { fail(error) } else { end(isCut: true) }
    case .failed(let error):
      // What came may have been whole but for its end mark.
      if case .completed = completion.end(isCut: true) { end(isCut: true) } else { fail(error) }
    }
  }

  private func read(_ bytes: [UInt8]) {
    do throws(ProviderError) {
      for event in try stream.feed(bytes) {
        for text in try completion.take(event.data) { queue.say(text) }
      }
    } catch {
      return fail(error)
    }
    end(isCut: false)
  }

  private func end(isCut: Bool) {
    switch completion.end(isCut: isCut) {
    case nil: return
    case .failed(let error): fail(error)
    case .completed(let stop, let calls):
      hasEnded = true
      do throws(ProviderError) { for call in calls { try queue.call(call) } } catch { return fail(error) }
      queue.end { [unowned self] in
        tellUsage()
        op.completed(["stop": .string(stop)])
      }
    }
  }

  private func fail(_ error: ProviderError) {
    // What is left of the answer is of no use; after its end there is nothing to close.
    exchange.cancel()
    hasEnded = true
    let error = reply.named(error)
    queue.end { [unowned self] in
      // A request that was refused costs nothing.
      if error.effects != .none, reply.failure == nil { tellUsage() }
      op.failed(error)
    }
  }

  // MARK: To the host

  /// Hands over what the host has room for; `Session.resume` brings this here again.
  func handOver() { queue.handOver() }

  /// Closes the stream; what it has cost is told as far as it is known.
  func cancel() {
    exchange.cancel()
    queue.drop()
    tellUsage()
  }

  /// The server tells the cost of an answer at its end, if at all. Otherwise it is estimated: what broke off is billed nevertheless.
  private func tellUsage() {
    var usage = completion.usage
    if !usage.isTold {
      usage.input = requestBytes / Self.bytesPerToken
      usage.output = (completion.bytes + Self.bytesPerToken - 1) / Self.bytesPerToken
    }
    let amounts = [(VOX_METER_TOKENS_IN, usage.input), (VOX_METER_TOKENS_CACHED, usage.cached), (VOX_METER_TOKENS_OUT, usage.output)]
    for (meter, amount) in amounts where amount > 0 {
      op.usage(meter, UInt64(amount), label: completion.label, estimated: !usage.isTold)
    }
  }
}
