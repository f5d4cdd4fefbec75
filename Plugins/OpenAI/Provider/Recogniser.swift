// A recogniser's session: one listening at a time, whose utterances are sent as files.

import OpenAIWire
import PluginKit
import Vox

final class Recogniser: Session {
  private let port: SessionPort
  private let access: Access
  private let settings: Settings
  /// Hz; a control session may leave it open.
  private let rate: Int
  private var listening: Listening?

  init(_ port: SessionPort, _ access: Access, _ settings: Settings) {
    self.port = port
    self.access = access
    self.settings = settings
    rate = port.inRate == 0 ? 16_000 : port.inRate
  }

  func start(_ op: Op, _ request: Request) throws {
    switch request.kind {
    case OpKind.listen:
      try begin(op, language: request.body["language"]?.string ?? "")
      // The connection stands or not, but nothing is asked of the server before somebody has spoken.
      op.accepted()
    case OpKind.probe: try begin(op, language: "").probe()
    case OpKind.warm:
      access.warm()
      op.completed()
    default: throw ProviderError(.invalid, "OpenAI's recognisers have no op of kind \(request.kind).", code: "unknown_op")
    }
  }

  @discardableResult
  private func begin(_ op: Op, language: String) throws(ProviderError) -> Listening {
    guard listening?.op.isOver ?? true else {
      throw ProviderError(.invalid, "One LISTEN at a time; end the first one before.", code: "busy")
    }
    var form = settings.transcription
    if form.language.isEmpty { form.language = String(language.prefix { $0.isLetter }) }
    let utterances = Utterances(rate: rate, maxMs: settings.maxUtteranceMs, silence: settings.silence)
    let (access, settings, owner, rate) = (access, settings, port.handle, rate)
    let listening = Listening(op, utterances, rate: rate, form: form) { samples throws(ProviderError) in
      try access.post(owner, "/audio/transcriptions", form.body(samples, rate: rate), type: TranscriptionRequest.contentType, settings)
    }
    self.listening = listening
    return listening
  }

  func push(_ audio: AudioIn, to op: Op) -> PushResult {
    guard let listening, listening.op === op else { return .stale }
    guard audio.rate == rate else { return .invalid }
    return listening.push(audio.samples)
  }

  func finalize(_ op: Op, mark: UInt64) {
    if let listening, listening.op === op { listening.finalize(mark) }
  }

  func http(_ event: HTTPEvent) { listening?.take(event) }

  func resume(_ op: Op?) { listening?.handOver() }

  func cancel(_ op: Op, reason: Reason) {
    guard let listening, listening.op === op else { return }
    listening.cancel()
    self.listening = nil
  }
}
