// One worker as its supervisor sees it, from start to end.

import Base
import PluginABI

/// Touched on the watching thread only.
final class WorkerLife: @unchecked Sendable {
  enum Phase { case loading, creating, openingAccounts, ready }

  let worker: WorkerProcess
  var isSpare: Bool
  var phase = Phase.loading
  var watchdog: Watchdog
  /// A message came since the last tick.
  var heard = false
  /// Messages since the last tick: a worker that floods the host is ended.
  var messages = 0
  /// The last state of each account, as the worker sent it: a spare's is told when it begins to serve.
  var accountStates: [vox_handle: [UInt8]] = [:]
  var report = SandboxReport()
  /// Its socket has ended since then.
  var deafSince: Instant?
  /// When it is looked at again.
  var nextLook: Instant

  init(_ worker: WorkerProcess, isSpare: Bool, limits: WorkerOrder.Limits, now: Instant) {
    self.worker = worker
    self.isSpare = isSpare
    watchdog = Watchdog(limits)
    nextLook = now.advanced(byMs: Watchdog.tickMs)
  }

  /// It is a spare, or will be: one that was let go stays in the crew until its process has ended.
  var standsBy: Bool { isSpare && !worker.isDismissed }
  /// It serves, or will.
  var serves: Bool { !isSpare && !worker.isDismissed }
}
