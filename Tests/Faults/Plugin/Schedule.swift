// When what is sent: each event at its moment, in order, held back while the host has no room.

import PluginKit

/// Events of one session on their way to the host. Whoever owns it forwards `Session.resume` and `Session.timer` to `drain`.
final class Schedule {
  private let port: SessionPort
  private var waiting: [(op: Op, at: UInt64, emit: () -> PushResult)] = []

  init(_ port: SessionPort) { self.port = port }

  /// When the last event that waits is due; nanoseconds of `host.now`, 0 when none waits.
  var lastAt: UInt64 { waiting.last?.at ?? 0 }

  /// Sends at a moment, never before what was scheduled earlier.
  func send(_ op: Op, at: UInt64, _ emit: @escaping () -> PushResult) {
    waiting.append((op, max(at, lastAt), emit))
    if waiting.count == 1 { drain() }
  }

  /// Forgets what an op had to say, and goes on with what stood behind it.
  func drop(_ op: Op) {
    waiting.removeAll { $0.op === op }
    drain()
  }

  func drain() {
    while let first = waiting.first {
      guard first.at <= port.host.now else { return _ = port.timer(token: 0, at: first.at) }
      // Anything but "no room" is final; RESUME comes when there is some.
      if first.emit() == .wouldBlock { return }
      if !waiting.isEmpty { waiting.removeFirst() }
    }
  }
}
