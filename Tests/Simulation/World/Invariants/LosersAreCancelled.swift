// I10, the other half: who loses a race is told to stop.

import Base
import Vox

/// Two providers may do the same work at once until the first gives something.
final class LosersAreCancelled: Invariant {
  override var id: String { "I10b" }
  override var sentence: String { "of several attempts at the same work only the first that gives something goes on" }

  /// Work that began beside other work of its kind.
  private var pairs: [(call: CallRecord, first: Work, second: Work)] = []

  override func began(_ call: CallRecord, _ work: Work) {
    guard work.role == .llm || work.role == .tts else { return }
    for other in call.works.suffix(6) where other !== work && other.role == work.role && other.provider != work.provider && isRunning(other)
    {
      pairs.append((call, other, work))
      witness.isWatched = true
    }
  }

  override func settled() {
    pairs.removeAll { !isRunning($0.first) || !isRunning($0.second) }
    witness.isWatched = !pairs.isEmpty
    for (call, first, second) in pairs where first.subject == second.subject && !first.subject.isEmpty {
      // What gave something at this very moment may have done so after the host had looked.
      guard let at = [first.firstOutputAt, second.firstOutputAt].compactMap({ $0 }).min(), at < witness.now else { continue }
      report(call, "\(first.provider) and \(second.provider) both go on with '\(first.subject)'")
    }
  }

  private func isRunning(_ work: Work) -> Bool { !work.isOver && !work.isCancelled }
}
