// I4: who is interrupted stops.

import Base
import Journal
import Vox

/// The line is told to stop, and plays nothing of the cut sentence from then on.
final class SilentAfterBargeIn: Invariant {
  override var id: String { "I4" }
  override var sentence: String { "after a barge-in no frame of the cut sentence leaves later than 60 ms" }

  /// When the agent was told to be silent and has not been allowed to go on.
  private var silentSince: [Int: Instant] = [:]
  private static let graceMs = 60

  override func fact(_ call: CallRecord, _ entry: Entry) {
    switch entry.fact {
    case .interruption(let step) where step.step == .confirmed: silentSince[call.number] = entry.at
    case .turnStarted, .callEnded, .turnEnded: silentSince[call.number] = nil
    default: break
    }
  }

  override func sounds(_ call: CallRecord, from: Instant) {
    // Only the model's words can belong to the cut sentence; what follows a confirmed interruption is another turn.
    guard let since = silentSince[call.number], from > since.advanced(byMs: Self.graceMs), call.isSoundingModelWord else { return }
    report(call, "it speaks \(from.ms(since: since)) ms after the caller took the turn")
  }
}
