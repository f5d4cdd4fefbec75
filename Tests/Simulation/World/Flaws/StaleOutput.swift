// A broken machine: output that comes after a cancellation is accepted.

import Base
import Vox

/// What a cancelled model still says is taken for the beginning of what the session says next.
final class StaleOutput: Border {
  private var unsaid: [ObjectIdentifier: [String]] = [:]

  override func unsaid(_ session: SimulatedSession, _ work: Work, _ texts: [String]) {
    if work.role == .llm, work.isCancelled, !texts.isEmpty { unsaid[ObjectIdentifier(session)] = texts }
  }

  override func began(_ session: SimulatedSession, _ work: Work) {
    guard let texts = unsaid.removeValue(forKey: ObjectIdentifier(session)) else { return }
    session.after(1) {
      guard !session.isClosed, !work.isCancelled else { return }
      for text in texts { session.text(work, text) }
    }
  }
}
