// One CHAT op: what has come of it so far, and what the host has not taken yet.

import ClaudeWire
import PluginABI
import PluginKit
import Vox

final class Answer {
  enum Step {
    case goesOn
    /// Nothing more is to come from the vendor.
    case ended
    /// Ask again, with `begun`.
    case paused
  }

  private enum Item {
    case text(String)
    case echo(String)
    case call(Message.Call)
    case completed(stop: String)
    case failed(ProviderError)
  }

  let op: Op
  let chat: ChatRequest
  let caches: Bool
  /// Blocks of a message that the vendor has paused.
  private(set) var begun: [JSONValue] = []
  private var pausesLeft: Int
  private var exchange: HTTPExchange?
  private var requestBytes = 0
  private var head: HTTPHead?
  private var problem: [UInt8] = []
  private var stream = SSEParser(limit: longestEvent)
  private var message = Message()
  /// Of the requests before this one.
  private var usage = Usage()
  /// In order. Bounded by what a message may hold.
  private var outbox: [Item] = []
  private var texts = 0

  /// The vendor's events are short; the longest is a whole block of thinking.
  private static let longestEvent = 256 << 10
  private static let longestProblem = 16 << 10
  /// An event of the ABI holds 64 KiB with everything in it.
  private static let longestText = 16 << 10
  private static let longestJSON = 60 << 10
  /// Of English, a common rule of thumb.
  private static let bytesPerToken = 4

  init(_ op: Op, _ chat: ChatRequest, caches: Bool, maxPauses: Int) {
    self.op = op
    self.chat = chat
    self.caches = caches
    pausesLeft = maxPauses
  }

  /// A request is on its way.
  func begin(_ exchange: HTTPExchange, requestBytes: Int) {
    self.exchange = exchange
    self.requestBytes = requestBytes
    (head, problem, stream, message) = (nil, [], SSEParser(limit: Self.longestEvent), Message())
  }

  func take(_ event: HTTPEvent) -> Step {
    switch event.what {
    case .head(let head):
      self.head = head
      guard head.isSuccess else { return .goesOn }
      guard head.headers["content-type"]?.hasPrefix("text/event-stream") == true else {
        return fail(ClaudeError.garbled("it is no stream of events", code: "not_a_stream"))
      }
      op.accepted()
      return .goesOn
    case .body(let bytes):
      guard head?.isSuccess == true else {
        problem += bytes.prefix(Self.longestProblem - problem.count)
        return .goesOn
      }
      return read(bytes)
    case .done:
      guard let head, !head.isSuccess else { return end(isCut: true) }
      return fail(
        ClaudeError.answered(
          status: head.status, body: problem, retryAfter: head.headers["retry-after"], retryAfterMs: head.headers["retry-after-ms"]))
    case .failed(let error):
      // What came may have been whole but for its last event.
      if case .completed = message.end(isCut: true) { return end(isCut: true) }
      return fail(error)
    }
  }

  private func read(_ bytes: [UInt8]) -> Step {
    do throws(ProviderError) {
      for event in try stream.feed(bytes) {
        for output in try message.take(StreamEvent(data: event.data)) { put(output) }
        handOver()
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
      return .paused
    case .completed(let stop, let calls):
      outbox += calls.map { .call($0) } + [.completed(stop: stop)]
      handOver()
      return .ended
    }
  }

  private func fail(_ error: ProviderError) -> Step {
    // What is left of the answer is of no use; after its end there is nothing to close.
    exchange?.cancel()
    var error = error
    if let head {
      if error.wireStatus == 0 { error.wireStatus = Int32(clamping: head.status) }
      if error.requestID.isEmpty { error.requestID = head.headers["request-id"] ?? "" }
    }
    outbox.append(.failed(error))
    handOver()
    return .ended
  }

  private func put(_ output: Message.Output) {
    switch output {
    case .text(let text): outbox += text.pieces(of: Self.longestText).map { .text($0) }
    case .echo(let block):
      let data = block.text
      guard data.utf8.count <= Self.longestJSON else {
        return op.host.log(.warning, "A block of \(data.utf8.count) bytes is too long to be kept for the next request.", about: op.session)
      }
      outbox.append(.echo(data))
    }
  }

  // MARK: To the host

  /// Hands over what the host has room for; `Session.resume` brings this here again.
  func handOver() {
    var taken = 0
    while taken < outbox.count, give(outbox[taken]) != .wouldBlock { taken += 1 }
    outbox.removeFirst(taken)
  }

  private func give(_ item: Item) -> PushResult {
    switch item {
    case .text(let text):
      let result = op.text(text, index: texts)
      if result == .ok { texts += 1 }
      return result
    case .echo(let data): return op.text(data, kind: .opaque)
    case .call(let call):
      guard call.id.utf8.count + call.name.utf8.count + call.arguments.text.utf8.count <= Self.longestJSON else {
        op.failed(
          ProviderError(.invalid, "The arguments for \(call.name.prefix(64)) are too long.", effects: .maybe, code: "arguments_too_long"))
        return .stale
      }
      return op.toolCall(id: call.id, name: call.name, arguments: call.arguments)
    case .completed(let stop):
      tell(usage + message.usage, isEstimate: false)
      op.completed(["stop": .string(stop)])
    case .failed(let error):
      // A request that was refused costs nothing.
      tellPart(isFree: error.effects == .none || head?.isSuccess == false)
      op.failed(error)
    }
    return .ok
  }

  /// Closes the stream; what it has cost is told as far as it is known.
  func cancel() {
    exchange?.cancel()
    outbox = []
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
      ("tokens_cache_write_5m", usage.written5m, false), ("tokens_cache_write_1h", usage.written1h, false),
      (VOX_METER_TOKENS_OUT, usage.output, isEstimate),
    ]
    for (meter, amount, isGuess) in amounts where amount > 0 {
      op.usage(meter, UInt64(amount), label: message.label, estimated: isGuess)
    }
  }
}
