// How long nobody has been heard on a call.

import Base

/// Measures each silence from the last sound of either side, or from the moment at which another became responsible for it.
struct SilenceClock {
  /// When the present silence began; nil before the call was answered.
  private(set) var since: Instant?
  /// The caller has said something and waits for the answer.
  private var isAsking = false
  /// The caller was handed back by a transfer that came to nothing, and has heard nothing since.
  private var isBack = false
  var isWaiting: Bool { isAsking || isBack }

  mutating func answered(at now: Instant) { since = now }

  /// Somebody else is to break the silence from now on.
  mutating func ownerChanged(at now: Instant) {
    if let since { self.since = max(since, now) }
  }

  mutating func turnBegan(at now: Instant) {
    isAsking = true
    isBack = false
    ownerChanged(at: now)
  }

  mutating func turnEnded() { isAsking = false }

  mutating func cameBack(at now: Instant) {
    isBack = true
    ownerChanged(at: now)
  }

  mutating func callerSounded(at now: Instant) { ownerChanged(at: now) }
  mutating func agentSounded(until end: Instant) {
    isBack = false
    ownerChanged(at: end)
  }

  /// Milliseconds of silence up to a moment.
  func length(at moment: Instant) -> Double { since.map { max(moment.ms(since: $0), 0) } ?? 0 }
}
