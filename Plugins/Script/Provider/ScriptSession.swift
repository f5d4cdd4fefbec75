// One call's session: takes work off the call's thread and puts it in line.

import PluginKit
import Vox

/// Queues each op; everything else happens at the desk.
final class ScriptSession: Session {
  private let desk: ScriptDesk
  private let queue: SerialQueue

  init(_ desk: ScriptDesk, _ queue: SerialQueue) { (self.desk, self.queue) = (desk, queue) }

  func start(_ op: Op, _ request: Request) throws {
    let desk = desk
    let work: @Sendable () -> Void
    switch request.kind {
    case OpKind.chat: work = { desk.chat(op, ChatRequest(json: request.body)) }
    case OpKind.vocabulary: work = { desk.vocabulary(op, directory: request.body["directory"]?.string) }
    default:
      throw ProviderError(.invalid, "The scripted dialogue does not know op kind \(request.kind).", code: "unknown_op")
    }
    guard queue.async(work) else {
      throw ProviderError(.overloaded, "Too many pieces of work are waiting in this call.", code: "queue_full")
    }
  }

  func resume(_ op: Op?) { goOn() }

  /// What is left of a cancelled op must not stand in the way of the next one: for a refused event of it no RESUME comes.
  func cancel(_ op: Op, reason: Reason) { goOn() }

  private func goOn() {
    let desk = desk
    queue.async { desk.drain() }
  }

  /// CLOSED comes after all work that is still in line, so that nothing speaks to a host that is gone.
  func close(_ port: SessionPort, reason: Reason) {
    if !queue.async({ port.closed() }) { port.closed() }
  }
}
