// Tool: books, and writes down each time that it did; a fault comes before or after that, as it does in the world.

import Glibc
import PluginABI
import PluginKit
import Vox

/// Takes effect at once: whoever is slow, breaks off, crashes, brings nothing or answers nonsense has booked all the same, and whoever
/// ignores that nobody waits any more books then. All others have not.
final class FaultyTool: Session {
  private let bench: Bench
  private var stubborn: [(op: Op, key: String)] = []

  init(_ bench: Bench) { self.bench = bench }

  func start(_ op: Op, _ request: Request) throws {
    if try bench.answered(op, request) { return }
    guard request.kind == OpKind.invoke else { throw ProviderError(.invalid, "There is no op \(request.kind).", code: "unknown_op") }
    let fault = bench.fault()
    let key = request.idempotencyKey
    switch fault {
    case .none, .slow, .cut, .crash, .empty, .garbage: book(key)
    case .ignoreCancel: return stubborn.append((op, key))
    default: break
    }
    let answered = bench.now &+ Bench.ns(bench.settings.firstMs(20))
    switch fault {
    case .none: result(op, at: answered)
    case .slow: result(op, at: answered &+ Bench.ns(bench.settings.lateMs))
    case .cut: bench.fail(op, with: .cut, afterMs: bench.settings.errorMs, effects: .maybe)
    case .crash: bench.settings.end.die()
    case .garbage:
      bench.schedule.send(op, at: answered) {
        Garbage(op).asTool()
        return .ok
      }
    default: _ = bench.meet(fault, op)
    }
  }

  private func book(_ key: String) {
    guard !bench.settings.keepsKeys || !bench.hasTakenEffect(key) else { return }
    bench.note(["effect": .string(key)])
  }

  private func result(_ op: Op, at: UInt64) {
    bench.schedule.send(op, at: at) {
      op.usage(VOX_METER_REQUESTS, 1)
      op.completed(["result": ["booked": true]])
      return .ok
    }
  }

  func cancel(_ op: Op, reason: Reason) {
    guard let index = stubborn.firstIndex(where: { $0.op === op }) else { return bench.schedule.drop(op) }
    op.endsLater()
    book(stubborn.remove(at: index).key)
    result(op, at: bench.now)
  }

  func resume(_ op: Op?) { bench.schedule.drain() }
  func timer(token: UInt64) { bench.schedule.drain() }
}
