// One call's ears: audio goes to a decoding thread, words come back from there.

import PluginABI
import PluginKit
import PocketSphinxEngine
import Synchronization
import Vox

/// A session of the role stt. Its methods only hand work to the thread; they never wait for a decoder.
final class SphinxSession: Session {
  private let ear: Ear
  private let thread: SerialThread
  /// Samples on their way to the thread; ten seconds is where the host is asked to wait.
  private let waiting = Backlog()
  private let limit: Int

  init(_ port: SessionPort, _ pool: DecoderPool, _ thread: SerialThread) {
    self.thread = thread
    limit = max(port.inRate, 8000) * 10
    let ear = Ear(port, pool)
    self.ear = ear
    if !thread.async({ ear.prepare() }) {
      port.failed(ProviderError(.overloaded, "too much audio waits to be recognised", scope: .session, code: "busy"))
    }
  }

  func start(_ op: Op, _ request: Request) throws {
    let ear = ear
    switch request.kind {
    case OpKind.listen: thread.async { ear.listen(op) }
    case OpKind.expect:
      let grammar = request.body["expect"].flatMap(Expectation.init(json:))?.grammar ?? ""
      thread.async { ear.expect(grammar) }
      op.completed()
    case OpKind.warm: thread.async { ear.warm(op) }
    default: throw ProviderError(.invalid, "the recogniser knows no op \(request.kind)", code: "unknown_op")
    }
  }

  func push(_ audio: AudioIn, to op: Op) -> PushResult {
    let samples = Array(audio.samples)
    guard waiting.add(samples.count, limit: limit) else { return .wouldBlock }
    let ear = ear
    let waiting = waiting
    let limit = limit
    let taken = thread.async {
      ear.hear(samples)
      if waiting.remove(samples.count, limit: limit) { op.resume() }
    }
    if taken { return .ok }
    _ = waiting.remove(samples.count, limit: limit)
    return .wouldBlock
  }

  func finalize(_ op: Op, mark: UInt64) {
    let ear = ear
    thread.async { ear.flush(op, mark: mark) }
  }

  func cancel(_ op: Op, reason: Reason) {
    let ear = ear
    thread.async { ear.stop() }
  }

  func close(_ port: SessionPort, reason: Reason) {
    let ear = ear
    // CLOSED is the thread's last word, so that nothing follows it.
    if !thread.async({ ear.close() }) { port.closed() }
  }
}

/// Counts samples between two threads, and remembers that somebody was refused.
final class Backlog: Sendable {
  private let state = Mutex((samples: 0, refused: false))

  /// False when there is no room; `remove` then says when there is.
  func add(_ count: Int, limit: Int) -> Bool {
    state.withLock { state in
      guard state.samples + count <= limit else {
        state.refused = true
        return false
      }
      state.samples += count
      return true
    }
  }

  /// True when somebody who was refused may try again: half of the room is free.
  func remove(_ count: Int, limit: Int) -> Bool {
    state.withLock { state in
      state.samples -= count
      guard state.refused, state.samples <= limit / 2 else { return false }
      state.refused = false
      return true
    }
  }
}
