// A session with the model: takes conversations, and passes on what comes of its requests.

import ClaudeWire
import PluginKit
import Vox

final class Chat: Session {
  private let port: SessionPort
  private let access: Access
  private let settings: Settings
  private var answers = OpAnswers<Answer>()
  private var lists = OpAnswers<Listing>()

  init(_ port: SessionPort, _ access: Access, _ settings: Settings) {
    self.port = port
    self.access = access
    self.settings = settings
  }

  func start(_ op: Op, _ request: Request) throws {
    switch request.kind {
    case OpKind.chat:
      let chat = ChatRequest(json: request.body)
      try ask(Answer(op, chat, caches: request.body["cache"]?.bool ?? true, maxPauses: settings.maxPauses))
    case OpKind.models: try list(op)
    case OpKind.warm:
      access.http.warm(access.base)
      op.completed()
    default: throw ProviderError(.invalid, "Claude has no op of kind \(request.kind).", code: "unknown_op")
    }
  }

  private func ask(_ answer: Answer) throws(ProviderError) {
    let body = settings.request.body(answer.chat, caches: answer.caches, begun: answer.begun)
    var bytes: [UInt8] = []
    body.write(to: &bytes)
    let exchange = try access.http.request(
      port.handle, "POST", access.base + "/v1/messages", headers: settings.headers, body: bytes, deadlines: settings.deadlines)
    answer.begin(exchange, requestBytes: bytes.count)
    answers[exchange.token] = answer
  }

  private func list(_ op: Op) throws(ProviderError) {
    let exchange = try access.http.request(
      port.handle, "GET", access.base + "/v1/models?limit=1000", headers: settings.headers, deadlines: settings.deadlines)
    lists[exchange.token] = Listing(op, exchange, refused: \.error) { json in
      ModelList.entries(json).map { Listing.models($0, more: json["has_more"]?.bool ?? false) }
    }
  }

  func http(_ event: HTTPEvent) {
    if let list = lists[event.token] { return list.take(event) ? lists.received(event.token) : () }
    // A request that was let go of may still have something on its way.
    guard let answer = answers[event.token] else { return }
    switch answer.take(event) {
    case .goesOn: return
    case .ended: answers.received(event.token)
    case .paused:
      do throws(ProviderError) {
        try ask(answer)
        answers[event.token] = nil
      } catch {
        answer.refuse(error)
        answers.received(event.token)
      }
    }
  }

  func resume(_ op: Op?) { answers.resume(op) }

  func cancel(_ op: Op, reason: Reason) {
    answers.cancel(op)
    lists.cancel(op)
  }
}
