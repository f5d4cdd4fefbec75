// I7: silence has an owner.

import Base
import Journal
import Tenants
import Vox

/// Looks at each silence when it ends.
final class NoLongSilence: Invariant {
  override var id: String { "I7" }
  override var sentence: String {
    "a caller who waits for an answer never hears silence for longer than the filler time, nor any other for longer than the prompt's"
  }

  /// The slowest voice that is well, and the frames on their way.
  private static let voiceMs = 900
  /// A prompt is owed from the end of the caller's turn, which is a little later than the last sound of it.
  private static let idleMs = 4000
  /// What it takes until a voice that fails is replaced, or the last resort is heard.
  private static let troubleMs = 3000

  override func sounds(_ call: CallRecord, from: Instant) { judge(call, from) }

  /// From here on it is the line's, but not what was before.
  override func began(_ call: CallRecord, _ work: Work) {
    if work.role == .telephony, work.kind == OpKind.transfer { judge(call, work.startedAt) }
  }

  override func fact(_ call: CallRecord, _ entry: Entry) {
    switch entry.fact {
    case .callEnded, .turnStarted: judge(call, entry.at)
    default: break
    }
  }

  private func judge(_ call: CallRecord, _ moment: Instant) {
    guard !call.isTransferring, let since = call.silence.since, let agent = world.tenants[call.tenant]?.agents["agent"] else { return }
    let length = call.silence.length(at: moment)
    let owed = call.silence.isWaiting ? agent.fillers.afterMs : agent.silence.afterMs
    let usual = owed + (call.silence.isWaiting ? Self.voiceMs : Self.idleMs)
    guard length > Double(usual) else { return }
    let limit = hadTrouble(call, since) ? owed + Self.troubleMs : usual
    guard length > Double(limit) else { return }
    report(call, "\(Int(length)) ms of silence\(call.silence.isWaiting ? " while the caller waited" : ""), where \(limit) ms are allowed")
  }

  /// The voice did not do what it should during the silence.
  private func hadTrouble(_ call: CallRecord, _ since: Instant) -> Bool {
    call.wasVoiceAway(since: since)
      || call.works.reversed().prefix { $0.startedAt >= since || $0.endedAt.map { $0 >= since } ?? true || $0.role != .tts }
        .contains { work in
          work.role == .tts && (work.end == .failed || work.firstOutputAt.map { $0.ms(since: work.startedAt) > 500 } ?? true)
        }
      || call.facts.reversed().prefix { $0.at >= since }.contains { entry in
        if case .attempt(let attempt) = entry.fact { attempt.role == "tts" && attempt.outcome == .lost } else { false }
      }
  }
}
