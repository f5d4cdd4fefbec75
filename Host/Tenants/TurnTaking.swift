// When the caller's turn is over, and when the agent gives way.

import Config

/// How an agent takes turns. The defaults are those of livekit-agents 1.8.9 (`voice/turn.py`) unless a reason stands beside them.
public struct TurnTaking: Equatable, Sendable {
  /// When silence after speech ends a turn.
  public struct Endpointing: Equatable, Sendable {
    public enum Mode: String, CaseIterable, Sendable {
      /// `minDelayMs` when the recogniser says that the sentence is over, `maxDelayMs` when it does not.
      case fixed
      /// As `fixed`, with the shorter delay learned from this caller's pauses within the two bounds.
      case dynamic
    }

    public var mode = Mode.fixed
    public var minDelayMs = 500
    public var maxDelayMs = 3000

    public init() {}
  }

  /// When speech of the caller stops the agent.
  public struct Interruption: Equatable, Sendable {
    /// False: the agent always finishes its sentence. Legal text is never interrupted either way.
    public var enabled = true
    /// So many words confirm an interruption; 0: words are not needed.
    public var minWords = 0
    /// So much speech confirms an interruption. Until then the agent only pauses.
    public var minDurationMs = 500
    /// A pause that was not confirmed ends after so much silence of the caller and the agent goes on. Shorter than the 2,000 of
    /// livekit-agents, because our agent falls silent at the first sound and would otherwise be silent after every cough.
    public var falseInterruptionTimeoutMs = 500
    /// What a listener says without wanting the turn; never an interruption.
    public var backchannels = [
      "yes", "yeah", "yep", "ok", "okay", "right", "sure", "uh huh", "uh-huh", "mm", "mhm", "mm-hmm", "hm", "i see", "got it", "go on",
    ]

    public init() {}
  }

  public var endpointing = Endpointing()
  public var interruption = Interruption()
  /// The model begins before the turn is surely over; what is thrown away is metered on its own line.
  public var preemptiveGeneration = true

  public init() {}
}

extension TurnTaking {
  init(_ fields: Fields) {
    endpointing = fields.fields("endpointing") { Endpointing($0) }
    interruption = fields.fields("interruption") { Interruption($0) }
    preemptiveGeneration = fields.flag("preemptiveGeneration", default: preemptiveGeneration)
  }
}

extension TurnTaking.Endpointing {
  fileprivate init(_ fields: Fields) {
    mode = fields.choice("mode", default: mode)
    minDelayMs = fields.integer("minDelayMs", 0...10_000, default: minDelayMs)
    maxDelayMs = fields.integer("maxDelayMs", 0...30_000, default: max(maxDelayMs, minDelayMs))
    if maxDelayMs < minDelayMs { fields.report("must not be less than minDelayMs, which is \(minDelayMs)", at: "maxDelayMs") }
  }
}

extension TurnTaking.Interruption {
  fileprivate init(_ fields: Fields) {
    enabled = fields.flag("enabled", default: enabled)
    minWords = fields.integer("minWords", 0...20, default: minWords)
    minDurationMs = fields.integer("minDurationMs", 0...5000, default: minDurationMs)
    falseInterruptionTimeoutMs = fields.integer("falseInterruptionTimeoutMs", 0...10_000, default: falseInterruptionTimeoutMs)
    backchannels = fields.texts("backchannels", 0...200, 1...64, default: backchannels)
  }
}
