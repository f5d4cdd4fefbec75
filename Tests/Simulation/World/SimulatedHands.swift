// A tool of the simulated world: it acts on a number, and whoever acts on the same number twice is found out.

import Base
import PluginABI
import Vox

/// Takes effect in the middle of its work, so that a failure may come before or after.
final class SimulatedHands: SimulatedSession {
  override func begin(_ work: Work, _ request: vox_request, _ fault: Fault?) {
    let body = (try? request.body.json()) ?? .object([:])
    let number = body["arguments"]?["n"]?.int ?? 0
    let key = request.idempotency_key.string
    work.subject = "tool \(number)"
    for attempt in 0..<world.border.deliveries { act(number, attempt == 0 ? key : key + "'") }
    var ms = world.chance.some(30...900)
    if case .slow(let late) = fault { ms += late * 3 }
    after(ms) { [self] in
      guard !isClosed, !work.isCancelled else { return }
      usage(work, "requests", 1)
      switch fault {
      case .cut: failed(work, ProviderError(.unavailable, "\(name) broke off", effects: .yes))
      case .garbage: breakContract(work)
      case .hangsUp: hangUpSession()
      default:
        completed(work, #"{"result": "done"}"#, isOutput: true)
        if fault == .twoTerminals { sayAgain(work) }
      }
    }
  }

  /// Takes effect, unless the vendor knows the key.
  private func act(_ number: Int, _ key: String) {
    if vendor?.honoursKeys == true, !call.keysSeen.insert("\(name) \(key)").inserted { return }
    world.witness.acted(call, number)
  }
}
