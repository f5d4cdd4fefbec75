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

  func resume(_ op: Op?) {
    let desk = desk
    queue.async { desk.drain() }
  }
}
