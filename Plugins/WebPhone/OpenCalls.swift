// How many calls an account has, counted by the sessions themselves.

import Synchronization

/// A counter that goes up with each session and down when the session is freed, on whichever thread that is.
final class OpenCalls: Sendable {
  private let calls = Atomic(0)

  var count: Int { calls.load(ordering: .relaxed) }

  func enter() { calls.wrappingAdd(1, ordering: .relaxed) }
  func leave() { calls.wrappingSubtract(1, ordering: .relaxed) }
}
