// Back-pressure and delays without a thread: events that the host cannot take yet wait here, in order.

import PluginKit
import Vox

/// Events of one session on their way to the host. Whoever owns it forwards `Session.resume` and `Session.timer` to `drain`, and
/// `Session.cancel` to `drop`.
final class Outbox {
  private let port: SessionPort
  private var waiting: [(op: Op, due: UInt64, emit: () -> PushResult)] = []

  var isEmpty: Bool { waiting.isEmpty }

  init(_ port: SessionPort) { self.port = port }

  /// Emits now, or as soon as everything before it has gone, the host has room, and `due` (nanoseconds of `host.now`) has come.
  func send(_ op: Op, notBefore due: UInt64 = 0, _ emit: @escaping () -> PushResult) {
    waiting.append((op, due, emit))
    if waiting.count == 1 { drain() }
  }

  /// Forgets what a cancelled op had to say. No RESUME comes for it, so whoever stood behind it goes on now.
  func drop(_ op: Op) {
    waiting.removeAll { $0.op === op }
    drain()
  }

  /// Emits what can go. Anything but "no room" is final.
  func drain() {
    while let first = waiting.first {
      guard first.due <= port.host.now else { return _ = port.timer(token: 0, at: first.due) }
      if first.emit() == .wouldBlock { return }
      waiting.removeFirst()
    }
  }
}
