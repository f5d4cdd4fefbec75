// Law 11 of failover: every attempt is in the books, as it was.

import Base
import Journal
import Vox

/// Holds each recorded attempt against the op that it tells of.
final class EveryAttemptOnce: Invariant {
  override var id: String { "L11" }
  override var sentence: String { "every attempt is recorded exactly once, with the outcome that it had" }

  override func fact(_ call: CallRecord, _ entry: Entry) {
    switch entry.fact {
    case .attempt(let attempt): match(call, attempt, entry.at)
    case .callEnded:
      for work in call.works where work.role != .telephony && !work.isRecorded {
        report(call, "the \(work.role.name) work that \(work.provider) began is not in the books")
      }
    default: break
    }
  }

  private func match(_ call: CallRecord, _ attempt: Fact.Attempt, _ now: Instant) {
    guard let readyMs = attempt.readyMs, attempt.role != "telephony", attempt.cause?.code != "start_refused" else { return }
    let readyAt = now.advanced(byNs: -Int64((attempt.endedMs - readyMs) * 1e6))
    let role = Role.allCases.first { $0.name == attempt.role }
    func isNear(_ a: Instant, _ b: Instant) -> Bool { abs(a.ms(since: b)) < 0.01 }
    let begunThen = call.works.filter {
      !$0.isRecorded && $0.role == role && $0.provider == attempt.provider && isNear($0.startedAt, readyAt)
    }
    // Of two that were begun in the same moment, as when one is taken back at once, the one that had this outcome is told of.
    guard let work = begunThen.first(where: { fault(in: attempt, of: $0) == nil }) ?? begunThen.first else {
      return report(call, "an attempt of \(attempt.provider) at \(attempt.op) is recorded that never was, or twice")
    }
    work.isRecorded = true
    if let fault = fault(in: attempt, of: work) { report(call, fault) }
  }

  /// What the books say wrongly about a work.
  private func fault(in attempt: Fact.Attempt, of work: Work) -> String? {
    let runsOn = work.end == nil && !work.isCancelled
    switch attempt.outcome {
    case .won: return work.end == .completed ? nil : "\(attempt.provider) is said to have done its \(attempt.op), and has not"
    case .cancelled: return runsOn ? "\(attempt.provider) is said to be cancelled, and was not told" : nil
    case .lost where runsOn: return "\(attempt.provider) is said to have failed, and goes on"
    case .lost:
      guard work.end == .completed, work.firstOutputAt != nil, attempt.cause?.code == "empty" else { return nil }
      return "\(attempt.provider) is said to have given nothing, and has done its \(attempt.op)"
    }
  }
}
