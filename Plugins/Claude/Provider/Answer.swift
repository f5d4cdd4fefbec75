// One CHAT op: what has come of it so far, and what the host has not taken yet.

import ClaudeWire
import PluginABI
import PluginKit
import Vox

final class Answer: OpAnswer {
  enum Step {
    case goesOn
    /// Nothing more is to come from the vendor.
    case ended
    /// Ask again, with `begun`.
    case paused
  }

  var op: Op { queue.op }
  let chat: ChatRequest
  let caches: Bool
  /// Blocks of a message that the vendor has paused.
  private(set) var begun: [JSONValue] = []
  private var pausesLeft: Int
  private var exchange: HTTPExchange?
  private var requestBytes = 0
  private var reply = HTTPReply()
  private var stream = SSEParser(limit: longestEvent)
  private var message = Message()
  /// Of the requests before this one.
  private var usage = Usage()
  private let queue: AnswerQueue

  /// The vendor's events are short; the longest is a whole block of thinking.
  private static let longestEvent = 256 << 10
  /// Of English, a common rule of thumb.
  private static let bytesPerToken = 4

  init(_ op: Op, _ chat: ChatRequest, caches: Bool, maxPauses: Int) {
    queue = AnswerQueue(op)
    self.chat = chat
    self.caches = caches
    pausesLeft = maxPauses
  }

  /// A request is on its way.
  func begin(_ exchange: HTTPExchange, requestBytes: Int) {
    self.exchange = exchange
    self.requestBytes = requestBytes
    (reply, stream, message) = (HTTPReply(), SSEParser(limit: Self.longestEvent), Message())
  }

  func take(_ event: HTTPEvent) -> Step {
    switch event.what {
    case .head(let head):
      reply.take(head)
      guard head.isSuccess else { return .goesOn }
      guard reply.contentType.hasPrefix("text/event-stream") else {
        return fail(ClaudeError.garbled("it is no stream of events", code: "not_a_stream"))
      }
      op.accepted()
      return .goesOn
    case .body(let bytes):
      guard reply.isSuccess else {
        reply.keep(bytes)
        return .goesOn
      }
      return read(bytes)
    case .done:
      return reply.isSuccess ? end(isCut: true) : fail(reply.error)
    case .failed(let error):
      // What came may have been whole but for its last event.
      if case .completed = message.end(isCut: true) { return end(isCut: true) }
      return fail(error)
    }
  }

  private func read(_ bytes: [UInt8]) -> Step {
    do throws(ProviderError) {
      for event in try stream.feed(bytes) {
        for output in try message.take(StreamEvent(data: event.data)) {
          switch output {
          case .text(let text): queue.say(text)
          case .echo(let block): queue.keep(block)
          }
        }
      }
    } catch {
      return fail(error)
    }
    return end(isCut: false)
  }

  private func end(isCut: Bool) -> Step {
    switch message.end(isCut: isCut) {
    case nil: return .goesOn
    case .failed(let error): return fail(error)
    case .paused:
      guard pausesLeft > 0 else {
        return fail(
          ProviderError(.timeout, "the provider paused its answer too often", effects: .maybe, code: "pause_turn", wireStatus: 200))
      }
      pausesLeft -= 1
      usage = usage + message.usage
      begun += message.blocks
      message = Message()
      return .paused
    case .completed(let stop, let calls):
      do throws(ProviderError) { for call in calls { try queue.call(call) } } catch { return fail(error) }
      queue.end { [unowned self] in
        tell(usage + message.usage, isEstimate: false)
        op.completed(["stop": .string(stop)])
      }
      return .ended
    }
  }

  /// It could not be asked for again after a pause; what it has cost before is told.
  func refuse(_ error: ProviderError) { _ = fail(error) }

  private func fail(_ error: ProviderError) -> Step {
    // What is left of the answer is of no use; after its end there is nothing to close.
    exchange?.cancel()
    let error = reply.named(error)
    queue.end { [unowned self] in
      // A request that was refused costs nothing.
      tellPart(isFree: error.effects == .none || reply.head?.isSuccess == false)
      op.failed(error)
    }
    return .ended
  }

  // MARK: To the host

  /// Hands over what the host has room for; `Session.resume` brings this here again.
  func handOver() { queue.handOver() }

  /// Closes the stream; what it has cost is told as far as it is known.
  func cancel() {
    exchange?.cancel()
    queue.drop()
    tellPart(isFree: false)
  }

  /// The vendor tells the cost of an answer at its end. What broke off before is estimated: it is billed nevertheless.
  private func tellPart(isFree: Bool) {
    var part = message.usage
    if message.end() == nil {
      if !message.hasBegun, !isFree { part.input = requestBytes / Self.bytesPerToken }
      part.output = max(part.output, (message.bytes + Self.bytesPerToken - 1) / Self.bytesPerToken)
    }
    let sum = usage + part
    if sum != Usage() { tell(sum, isEstimate: message.end() == nil) }
  }

  private func tell(_ usage: Usage, isEstimate: Bool) {
    let amounts = [
      (VOX_METER_TOKENS_IN, usage.input, isEstimate && !message.hasBegun), (VOX_METER_TOKENS_CACHED, usage.read, false),
      (VOX_METER_TOKENS_CACHE_WRITE_5M, usage.written5m, false), (VOX_METER_TOKENS_CACHE_WRITE_1H, usage.written1h, false),
      (VOX_METER_TOKENS_OUT, usage.output, isEstimate),
    ]
    for (meter, amount, isGuess) in amounts where amount > 0 {
      op.usage(meter, UInt64(amount), label: message.label, estimated: isGuess)
    }
  }
}
