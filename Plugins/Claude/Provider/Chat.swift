// A session with the model: takes conversations, and passes on what comes of its requests.

import ClaudeWire
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
    case OpKind.chat:
      let chat = ChatRequest(json: request.body)
      try ask(Answer(op, chat, caches: request.body["cache"]?.bool ?? true, maxPauses: settings.maxPauses))
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
    let exchange = access.http.request(
      port.handle, "POST", access.base + "/v1/messages", headers: settings.headers, body: bytes, deadlines: settings.deadlines)
    guard let exchange else { throw ProviderError(.overloaded, "Too many requests are under way at once.", code: "requests_full") }
    answer.begin(exchange, requestBytes: bytes.count)
    answers[exchange.token] = answer
  }

  func http(_ event: HTTPEvent) {
    // A request that was let go of may still have something on its way.
    guard let answer = answers[event.token] else { return }
    switch answer.take(event) {
    case .goesOn: return
    case .ended:
      answers[event.token] = nil
      if !answer.op.isOver { waiting.append(answer) }
    case .paused:
      answers[event.token] = nil
      do { try ask(answer) } catch { answer.op.failed(error) }
    }
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
