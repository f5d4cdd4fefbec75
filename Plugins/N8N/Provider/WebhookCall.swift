// One call of a webhook: what has come of it so far.

import N8NWire
import PluginABI
import PluginKit
import Vox

final class WebhookCall: OpAnswer {
  let op: Op
  let exchange: HTTPExchange
  private let tool: WebhookTool
  private let id: String
  private let maxAnswerBytes: Int
  private var reply = HTTPReply()
  private var answer: WebhookAnswer?
  private var sentences = Sentences()
  /// What the host has no room for yet, and how the op ends behind it.
  private var unsaid: [String] = []
  private var ending: Result<JSONValue, ProviderError>?

  init(_ op: Op, _ exchange: HTTPExchange, _ tool: WebhookTool, id: String, maxAnswerBytes: Int) {
    self.op = op
    self.exchange = exchange
    self.tool = tool
    self.id = id
    self.maxAnswerBytes = maxAnswerBytes
  }

  /// True once nothing more is to come from the network.
  func take(_ event: HTTPEvent) -> Bool {
    do throws(ProviderError) {
      switch event.what {
      case .head(let head):
        reply.take(head)
        guard head.isSuccess else { return false }
        op.accepted()
        answer = WebhookAnswer(contentType: reply.contentType, streams: tool.streams, limit: maxAnswerBytes)
      case .body(let bytes):
        guard answer != nil else {
          reply.keep(bytes)
          return false
        }
        let said = try answer?.feed(bytes) ?? ""
        if tool.speaks { say(sentences.feed(said)) }
      case .done:
        guard let result = try answer?.end(id: id) else { throw refusal }
        say(sentences.end())
        end(.success(try result.completed()))
        return true
      case .failed(let error): throw reply.named(error)
      }
      return false
    } catch {
      // The rest of the answer is of no use; after its end there is nothing to close.
      exchange.cancel()
      end(.failure(error))
      return true
    }
  }

  private var refusal: ProviderError {
    N8NError.answered(
      status: reply.head?.status ?? 0, body: reply.problem, retryAfter: reply.head?.headers["retry-after"],
      isChallenge: reply.head?.headers["www-authenticate"] != nil)
  }

  /// An execution is what n8n counts. A client that leaves does not stop it.
  func cancel() {
    exchange.cancel()
    op.usage(VOX_METER_REQUESTS, 1, estimated: true)
  }

  // MARK: To the host

  private func say(_ sentences: [String]) {
    unsaid += sentences
    handOver()
  }

  private func end(_ ending: Result<JSONValue, ProviderError>) {
    self.ending = ending
    handOver()
  }

  /// Hands over what the host has room for; `Session.resume` brings this here again.
  func handOver() {
    var taken = 0
    while taken < unsaid.count, op.text(unsaid[taken], kind: .progress) != .wouldBlock { taken += 1 }
    unsaid.removeFirst(taken)
    guard unsaid.isEmpty, let ending else { return }
    switch ending {
    case .success(let result):
      op.usage(VOX_METER_REQUESTS, 1)
      op.completed(result)
    case .failure(let error):
      if error.effects != .none { op.usage(VOX_METER_REQUESTS, 1, estimated: error.effects == .maybe) }
      op.failed(error)
    }
  }
}
