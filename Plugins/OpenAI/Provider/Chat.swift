// A session with the model: takes conversations, and passes on what comes of its requests.

import OpenAIWire
import PluginKit
import Vox

final class Chat: Session {
  private let port: SessionPort
  private let access: Access
  private let settings: Settings
  /// By the token of the request that is under way for them, and those that only wait for the host to take the rest.
  private var answers: [UInt64: Answer] = [:]
  private var waiting: [Answer] = []

  init(_ port: SessionPort, _ access: Access, _ settings: Settings) {
    self.port = port
    self.access = access
    self.settings = settings
  }

  func start(_ op: Op, _ request: Request) throws {
    switch request.kind {
    case OpKind.chat: try ask(op, ChatRequest(json: request.body))
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

  func http(_ event: HTTPEvent) {
    // A request that was let go of may still have something on its way.
    guard let answer = answers[event.token] else { return }
    answer.take(event)
    guard answer.hasEnded else { return }
    answers[event.token] = nil
    if !answer.op.isOver { waiting.append(answer) }
  }

  func resume(_ op: Op?) {
    for answer in Array(answers.values) + waiting where op == nil || answer.op === op { answer.handOver() }
    waiting.removeAll { $0.op.isOver }
  }

  func cancel(_ op: Op, reason: Reason) {
    for (token, answer) in answers where answer.op === op {
      answer.cancel()
      answers[token] = nil
    }
    waiting.removeAll { answer in
      if answer.op === op { answer.cancel() }
      return answer.op === op
    }
  }
}
