// What must always hold, as a thing that sees every event.

import Base
import Journal
import Vox

/// One invariant. It keeps what it needs of each call in `CallRecord`s of its own key, and reports to the witness.
class Invariant {
  /// It owns this.
  unowned(unsafe) let witness: Witness
  final var world: World { witness.world }
  var id: String { "" }
  var sentence: String { "" }

  required init(_ witness: Witness) { self.witness = witness }

  /// Every invariant of calls, words and failover, and of what is left over.
  static func all(_ witness: Witness) -> [Invariant] {
    [
      EndsForAListedCause.self, CallerWordsOnce.self, AgentWordsOnce.self, SilentAfterBargeIn.self, OneSpeaker.self, ToolsActOnce.self,
      NoLongSilence.self, OnlyTheTenantsChain.self, BreakerLaw.self, HandoverTerminates.self, LosersAreCancelled.self,
      EveryAttemptOnce.self, NothingIsLeft.self,
    ].map { $0.init(witness) }
  }

  func report(_ call: CallRecord?, _ what: String) { witness.report(self, call, what) }

  // MARK: What happens

  func opened(_ call: CallRecord, _ role: Role, _ provider: String) {}
  func began(_ call: CallRecord, _ work: Work) {}
  func cancelled(_ call: CallRecord, _ work: Work, _ reason: Reason) {}
  /// The caller heard a word to its end.
  func heard(_ call: CallRecord, _ level: Int16) {}
  /// Somebody begins to be heard; the silence before is over.
  func sounds(_ call: CallRecord, from: Instant) {}
  func twoSpeakers(_ call: CallRecord) {}
  /// A model was asked, and shown these words of the caller.
  func asked(_ call: CallRecord, _ words: [Int]) {}
  /// A tool took effect on a number.
  func acted(_ call: CallRecord, _ number: Int) {}
  func fact(_ call: CallRecord, _ entry: Entry) {}
  func hostFact(_ entry: Entry) {}
  /// Everything that was due at a moment has been done; comes while the witness `isWatched`.
  func settled() {}
  /// Another second has passed.
  func secondPassed() {}
  /// A call is still there when the world has ended.
  func over(_ call: CallRecord) {}
  func worldOver() {}
}
