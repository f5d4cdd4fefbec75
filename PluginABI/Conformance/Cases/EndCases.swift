// Rules 13, 18 and 20: cancelled, closed, refused and too late.

import PluginABI
import Vox

/// Every way in which work ends early or has to wait.
enum EndCases {
  static let all = [
    Case(.cancelAnywhere, deadlineMs: 120_000) { bench in
      try bench.eachRole { session in
        let whole = session.perform(.usual(session.role))
        for index in indexes(upTo: whole.events.count, of: session) {
          let cut = session.perform(.usual(session.role), .init(room: index, cancelAfter: index))
          session.cancel(cut.op)
          guard cut.status == vox_status(VOX_OK), cut.terminal == nil else { continue }
          throw Breach(
            .cancelAnywhere,
            "\(session.role.name): cancelled after event \(index) of \(whole.events.count), it did not end within \(session.graceMs) ms")
        }
      }
    },
    Case(.endsTwice, deadlineMs: 60_000) { bench in
      try bench.eachRole { session in
        let name = session.role.name
        session.perform(.usual(session.role), .init(twice: true))
        let cut = session.perform(.usual(session.role), .init(cancelAfter: 0, twice: true))
        if cut.terminal == nil, cut.status == vox_status(VOX_OK) { bench.note(.endsTwice, "\(name): cancelled twice, the op did not end") }
        session.close()
        session.close()
        if !session.waitForClosed() { bench.note(.endsTwice, "\(name): closed twice, no CLOSED came") }
        session.provider.run(forMs: 50)
      }
    },
    Case(.closes, deadlineMs: 60_000) { bench in
      try bench.eachRole { session in
        let op = session.start(.usual(session.role)).op
        session.close()
        session.provider.run(forMs: 20)
        // What the plugin did not finish by itself the host cancels.
        if session.host.op(op)?.terminal == nil { session.cancel(op, reason: UInt16(VOX_REASON_HANG_UP)) }
        if !session.waitForClosed() { bench.note(.closes, "\(session.role.name): with an op running no CLOSED came") }
        session.provider.run(forMs: 50)
      }
    },
    Case(.staleCalls) { bench in
      try bench.eachRole { session in
        let done = session.perform(.usual(session.role))
        guard done.status == vox_status(VOX_OK), done.terminal != nil else { return }
        session.cancel(done.op)
        guard session.role == .stt || session.role == .telephony else { return }
        session.finalize(done.op, mark: 0)
        let status = session.push(done.op, [0, 0, 0, 0], at: 0)
        if status != vox_status(VOX_STALE) {
          bench.note(.staleCalls, "\(session.role.name): audio for an op that has ended is answered \(status), not VOX_STALE")
        }
      }
    },
    Case(.noRoom, deadlineMs: 120_000) { bench in
      try bench.eachRole { session in
        let done = session.perform(.usual(session.role), .init(room: 0, starvedRounds: 10))
        if done.terminal == nil, done.status == vox_status(VOX_OK) {
          bench.note(.noRoom, "\(session.role.name): after ten rounds without room and RESUME the op did not end")
        }
      }
    },
  ]

  /// After which events to cancel: all of them, or an even choice when they are many or slow to come by.
  private static func indexes(upTo count: Int, of session: OpenSession) -> [Int] {
    let limit = session.role == .stt || session.role == .telephony ? 8 : 40
    guard count > limit else { return Array(0...max(count, 0)) }
    return (0...limit).map { $0 * count / limit }
  }
}
