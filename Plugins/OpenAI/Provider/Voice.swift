// A voice's session: texts are asked for as they come, and spoken one after the other.

import OpenAIWire
import PluginKit
import Vox

final class Voice: Session {
  /// What comes before it is asked for: 1.3 s of sound, so that a text that waits for its turn holds no more.
  private static let credit = 64 << 10

  private let port: SessionPort
  private let access: Access
  private let settings: Settings
  private let rate: Int
  /// In the order in which they are spoken; the first one speaks.
  private var speeches: [Speech] = []

  init(_ port: SessionPort, _ access: Access, _ settings: Settings) {
    self.port = port
    self.access = access
    self.settings = settings
    // A control session may leave the rate open.
    rate = port.outRate == 0 ? 24_000 : port.outRate
  }

  func start(_ op: Op, _ request: Request) throws {
    switch request.kind {
    case OpKind.say: try say(op, request.text)
    case OpKind.warm:
      access.warm()
      op.completed()
    default: throw ProviderError(.invalid, "OpenAI's voices have no op of kind \(request.kind).", code: "unknown_op")
    }
  }

  private func say(_ op: Op, _ text: String) throws(ProviderError) {
    try plugin.check(text, beside: speeches.count)
    var body: [UInt8] = []
    settings.speech.body(text).write(to: &body)
    let exchange = try access.post(port.handle, "/audio/speech", body, type: "application/json", settings, credit: Self.credit)
    speeches.append(Speech(op, text, exchange, sourceRate: settings.speechRate, rate: rate, label: settings.speech.model))
  }

  func http(_ event: HTTPEvent) {
    guard let speech = speeches.first(where: { $0.token == event.token }) else { return }
    speech.take(event)
    advance()
  }

  func resume(_ op: Op?) {
    for speech in speeches where op == nil || speech.op === op { speech.resume() }
    advance()
  }

  /// A speech is heard when those before it are over.
  private func advance() {
    while let first = speeches.first, first.handOver() { speeches.removeFirst() }
    // Nothing of the others was heard, so whoever fails is given up at once and may be spoken by another voice.
    speeches = speeches.enumerated().filter { $0.offset == 0 || !$0.element.endsUnheard() }.map(\.element)
  }

  func cancel(_ op: Op, reason: Reason) {
    speeches.first { $0.op === op }?.cancel()
    speeches.removeAll { $0.op === op }
    advance()
  }
}
