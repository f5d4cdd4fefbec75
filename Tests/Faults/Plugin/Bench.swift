// What the sessions of all roles share: the fault of each piece of work, the schedule of what is sent, the plain faults.

import Glibc
import PluginKit
import Vox

/// One session's settings, port and schedule.
final class Bench {
  let port: SessionPort
  let settings: FaultSettings
  let schedule: Schedule
  /// The name under which the account counts, and its effects are logged.
  let account: String
  private let budget: FaultBudget
  /// A session without a call is a host's own business (lines made ahead, probes): it is served well and not counted.
  private let hasCall: Bool
  var call: String { port.context["call"]?.string ?? "" }

  init(_ port: SessionPort, _ settings: FaultSettings, _ budget: FaultBudget, account: String) {
    self.port = port
    self.settings = settings
    self.budget = budget
    self.account = account
    schedule = Schedule(port)
    hasCall = port.context["call"]?.string?.isEmpty == false
  }

  var now: UInt64 { port.host.now }

  /// A connection that is refused or never comes belongs to the session where the vendor keeps one open, as recognisers do; a
  /// voice, a model and a tool are asked anew each time.
  private var connectsOnce: Bool { port.role == .stt || settings.fault == .blackHole }

  /// Tells the host that the session is ready, unless the fault is that it is not so.
  func connect() {
    let isFaulty = hasCall || port.isControl
    switch settings.fault {
    case .blackHole where isFaulty && next() == .blackHole: return
    case .refuse where isFaulty && connectsOnce && next() == .refuse:
      if let error = settings.fault.error(retryAfterMs: 0) { port.failed(error) }
    default: port.ready()
    }
  }

  private func next() -> Fault { port.isControl ? budget.present(settings) : budget.next(settings) }

  /// The fault that the piece of work meets; counts it.
  func fault() -> Fault {
    guard hasCall else { return .none }
    if connectsOnce, settings.fault == .refuse || settings.fault == .blackHole { return .none }
    return budget.next(settings)
  }

  /// Answers WARM and PROBE as the provider is at this moment; false for any other kind of work.
  func answered(_ op: Op, _ request: Request) throws -> Bool {
    guard request.kind == OpKind.warm || request.kind == OpKind.probe else { return false }
    let fault = budget.present(settings)
    if let error = fault.error(retryAfterMs: settings.retryAfterMs) { throw error }
    switch fault {
    case .none, .cut, .garbage: op.completed()
    case .crash: settings.end.die()
    default: break
    }
    return true
  }

  /// Does what most faults do in every role; false when the fault is the role's own matter.
  func meet(_ fault: Fault, _ op: Op) -> Bool {
    switch fault {
    case .refuse, .auth, .quota, .rate, .unavailable, .overloaded:
      fail(op, with: fault, afterMs: settings.errorMs)
    case .silence, .blackHole: break
    case .empty:
      schedule.send(op, at: now &+ Self.ns(settings.errorMs)) {
        op.completed()
        return .ok
      }
    case .hang: hang()
    default: return false
    }
    return true
  }

  func fail(_ op: Op, with fault: Fault, afterMs: Int = 0, effects: SideEffects = .none) {
    guard let error = fault.error(retryAfterMs: settings.retryAfterMs, effects: effects) else { return }
    schedule.send(op, at: now &+ Self.ns(afterMs)) {
      op.failed(error)
      return .ok
    }
  }

  /// Blocks the thread of whoever called, for good.
  func hang() {
    while true { sleep(3600) }
  }

  static func ns(_ ms: Int) -> UInt64 { UInt64(max(ms, 0)) * 1_000_000 }
}
