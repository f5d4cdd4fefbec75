// A recogniser's session: hands audio and wishes over to the decoding threads, and never waits for them.

import PluginABI
import PluginKit
import Vox

final class SphinxSession: Session {
  private let ear: Ear
  private let queue: SerialQueue
  private let rate: Int
  private var listening: Listening?

  init(_ ear: Ear, _ queue: SerialQueue, rate: Int) {
    self.ear = ear
    self.queue = queue
    self.rate = rate
    queue.async { ear.open() }
  }

  func start(_ op: Op, _ request: Request) throws {
    let ear = ear
    let isQueued: Bool
    switch request.kind {
    case OpKind.listen:
      guard listening?.op.isOver ?? true else {
        throw ProviderError(.invalid, "One LISTEN at a time; end the first one before.", code: "busy")
      }
      let listening = Listening(op, rate: rate, queue)
      self.listening = listening
      op.accepted()
      isQueued = queue.async { ear.listen(listening) }
    case OpKind.expect:
      let expectation = request.body["expect"].flatMap(Expectation.init(json:)) ?? .open
      isQueued = queue.async { ear.expect(expectation, op) }
    case OpKind.warm: isQueued = queue.async { ear.warm(op) }
    case OpKind.probe: return op.completed()
    default: throw ProviderError(.invalid, "PocketSphinx has no op of kind \(request.kind).", code: "unknown_op")
    }
    guard isQueued else { throw ProviderError(.overloaded, "Too much waits to be recognised.", code: "busy") }
  }

  func push(_ audio: AudioIn, to op: Op) -> PushResult {
    guard let listening, listening.op === op else { return .stale }
    guard audio.rate == rate else { return .invalid }
    return listening.push(audio.samples)
  }

  func finalize(_ op: Op, mark: UInt64) {
    if let listening, listening.op === op { listening.finalize(mark) }
  }

  func cancel(_ op: Op, reason: Reason) {
    if let listening, listening.op === op { listening.cancel() }
  }

  func resume(_ op: Op?) { listening?.goOn() }

  func close(_ port: SessionPort, reason: Reason) {
    let ear = ear
    // CLOSED is said by the decoding thread, so that nothing follows it.
    if !queue.async({ ear.close() }) { port.closed() }
  }
}
