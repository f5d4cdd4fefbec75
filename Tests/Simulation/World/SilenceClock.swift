// How long nobody has been heard on a call.

import Base

/// Measures each silence from the last sound of either side, or from the moment at which another became responsible for it.
struct SilenceClock {
  /// When the present silence began; nil before the call was answered.
  private(set) var since: Instant?
  /// The caller has said something and waits for the answer.
  private(set) var isWaiting = false

  mutating func answered(at now: Instant) { since = now }

  /// Somebody else is to break the silence from now on.
  mutating func ownerChanged(at now: Instant) {
    if let since { self.since = max(since, now) }
  }

  mutating func turnBegan(at now: Instant) {
    isWaiting = true
    ownerChanged(at: now)
  }

  mutating func turnEnded() { isWaiting = false }
  mutating func callerSounded(at now: Instant) { ownerChanged(at: now) }
  mutating func agentSounded(until end: Instant) { ownerChanged(at: end) }

  /// Milliseconds of silence up to a moment.
  func length(at moment: Instant) -> Double { since.map { max(moment.ms(since: $0), 0) } ?? 0 }
}
