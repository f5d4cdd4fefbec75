// I20: nothing is left over, and queues are bounded.

import Base
import Journal
import Loader
import Vox

/// Looks after the last call, and at what waits in each line.
final class NothingIsLeft: Invariant {
  override var id: String { "I20" }
  override var sentence: String { "queues stay within their limits; sessions, ops and timers are gone after the last call" }

  /// The longest lead of a line, and a frame.
  private static let mostQueuedMs = 220

  override func fact(_ call: CallRecord, _ entry: Entry) {
    guard case .callEnded = entry.fact, let queued = call.caller?.mostQueuedMs, queued > Self.mostQueuedMs else { return }
    report(call, "\(queued) ms of speech waited in the line")
  }

  override func worldOver() {
    if world.liveCalls > 0 { report(nil, "\(world.liveCalls) calls are left") }
    if world.table.liveSessions > 0 { report(nil, "\(world.table.liveSessions) sessions are left") }
    if world.table.liveOps > 0 { report(nil, "\(world.table.liveOps) ops are left") }
    if world.loop.pendingTimers > 0 { report(nil, "\(world.loop.pendingTimers) timers are left") }
    if world.openSessions > 0 { report(nil, "the providers count \(world.openSessions) open sessions") }
  }
}
