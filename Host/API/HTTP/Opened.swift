// Waits until both listeners answer.

import Synchronization

/// Calls back once, when the TCP port and the control socket are both open.
final class Opened: Sendable {
  private struct State {
    var port: Int?
    var hasControl = false
  }

  private let state = Mutex(State())
  private let done: @Sendable (Int) -> Void

  init(_ done: @escaping @Sendable (Int) -> Void) { self.done = done }

  func tcp(_ port: Int) { change { $0.port = port } }
  func control() { change { $0.hasControl = true } }

  private func change(_ body: (inout State) -> Void) {
    let port = state.withLock { state in
      body(&state)
      return state.hasControl ? state.port : nil
    }
    if let port { done(port) }
  }
}
