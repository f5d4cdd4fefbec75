// A session with the model: takes conversations, and passes on what comes of its requests.

import OpenAIWire
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
    case OpKind.chat: try ask(op, ChatRequest(json: request.body))
    case OpKind.models: try list(op)
    case OpKind.warm:
      access.warm()
      op.completed()
    default: throw ProviderError(.invalid, "OpenAI's models have no op of kind \(request.kind).", code: "unknown_op")
    }
  }

  private func ask(_ op: Op, _ chat: ChatRequest) throws(ProviderError) {
    var body: [UInt8] = []
    settings.chat.body(chat).write(to: &body)
    let exchange = try access.post(
      port.handle, "/chat/completions", body, type: "application/json", accept: "text/event-stream", settings)
    answers[exchange.token] = Answer(op, exchange, requestBytes: body.count)
  }

  private func list(_ op: Op) throws(ProviderError) {
    let exchange = try access.get(port.handle, "/models", settings)
    lists[exchange.token] = Listing(op, exchange, refused: \.error) { ModelList.entries($0).map { Listing.models($0) } }
  }

  func http(_ event: HTTPEvent) {
    if let list = lists[event.token] { return list.take(event) ? lists.received(event.token) : () }
    // A request that was let go of may still have something on its way.
    guard let answer = answers[event.token] else { return }
    answer.take(event)
    if answer.hasEnded { answers.received(event.token) }
  }

  func resume(_ op: Op?) { answers.resume(op) }

  func cancel(_ op: Op, reason: Reason) {
    answers.cancel(op)
    lists.cancel(op)
  }
}
