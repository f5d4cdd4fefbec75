// A broken machine: a second terminal event of one op ends the next.

import Vox

/// As if ops had no generations: what is said twice of one piece of work is believed of the one that follows it on the session.
final class TwoTerminals: Border {
  private var isLying = false

  override func began(_ session: SimulatedSession, _ work: Work) {
    guard work.role == .llm || work.role == .tts,
      session.call.works.contains(where: { $0.provider == work.provider && $0.role == work.role && $0.end == .completed })
    else { return }
    session.after(1) {
      guard !session.isClosed else { return }
      withView("{}") { view in session.sayCompleted(work, view) }
    }
  }
}
