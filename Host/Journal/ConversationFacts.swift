// The facts of a conversation: speech, transcripts, turns, what was said, interruptions.

extension Fact {
  /// The caller began to speak.
  public struct SpeechStarted: FactPayload {
    public static let kind = Fact.Kind.speechStarted
    /// The onset, in the call's time: milliseconds since it was answered.
    public var atMs: Double
    /// The agent was speaking.
    public var overAgent: Bool

    public init(atMs: Double, overAgent: Bool = false) {
      self.atMs = atMs
      self.overAgent = overAgent
    }
  }

  /// The caller stopped speaking.
  public struct SpeechEnded: FactPayload {
    public static let kind = Fact.Kind.speechEnded
    /// The last moment of speech, call time.
    public var atMs: Double

    public init(atMs: Double) {
      self.atMs = atMs
    }
  }

  /// A final transcript: the words are settled and reach the model.
  public struct Heard: FactPayload {
    public static let kind = Fact.Kind.heard
    /// What was made of it.
    public enum Use: String, Codable, Sendable {
      /// It reached the model.
      case answered
      /// Its confidence was too low: the agent asked back.
      case askedBack
      /// A backchannel or an echo of the agent; not answered.
      case ignored
    }

    public var turn: Int
    public var text: String
    /// 0 to 1; nil when the recogniser does not tell.
    public var confidence: Double?
    /// Call time.
    public var startMs: Double
    /// Call time.
    public var endMs: Double
    public var provider: String
    public var use: Use

    public init(
      turn: Int, text: String, confidence: Double? = nil, startMs: Double, endMs: Double, provider: String, use: Use = .answered
    ) {
      self.turn = turn
      self.text = text
      self.confidence = confidence
      self.startMs = startMs
      self.endMs = endMs
      self.provider = provider
      self.use = use
    }
  }

  /// A turn begins. Turn 0 is what the agent says before the caller has spoken; each caller turn adds one.
  public struct TurnStarted: FactPayload {
    public static let kind = Fact.Kind.turnStarted
    public enum Cause: String, Codable, Sendable { case answer, speech, dtmf, silence, toolResult }

    public var turn: Int
    public var cause: Cause

    public init(turn: Int, cause: Cause) {
      self.turn = turn
      self.cause = cause
    }
  }

  /// A turn is over, with its latency waterfall.
  public struct TurnEnded: FactPayload {
    public static let kind = Fact.Kind.turnEnded
    public enum Outcome: String, Codable, Sendable {
      case answered
      /// The caller spoke over the answer.
      case interrupted
      /// The caller went on before the answer was heard; the next turn holds both.
      case superseded
      /// Nothing was worth an answer.
      case empty
      /// No provider gave an answer.
      case failed
    }

    public var turn: Int
    public var outcome: Outcome
    public var waterfall: Waterfall

    public init(turn: Int, outcome: Outcome, waterfall: Waterfall) {
      self.turn = turn
      self.outcome = outcome
      self.waterfall = waterfall
    }
  }

  /// What the caller heard the agent say, written when the last sample was played.
  public struct AgentSaid: FactPayload {
    public static let kind = Fact.Kind.agentSaid
    public enum Source: String, Codable, Sendable {
      case disclosure, greeting, reply, filler, silencePrompt, question, lastResort, farewell
    }

    public var turn: Int
    /// The words that were played, no others.
    public var text: String
    public var source: Source
    public var interrupted: Bool
    /// How many words were heard before the cut.
    public var interruptedAtWord: Int?
    /// UTF-8 length of what was to be said, to compare with `text`.
    public var generatedBytes: Int
    /// Whose voice.
    public var provider: String
    /// The first sample played, call time.
    public var startMs: Double
    /// The last sample played, call time.
    public var endMs: Double

    public init(
      turn: Int, text: String, source: Source, interrupted: Bool = false, interruptedAtWord: Int? = nil, generatedBytes: Int = 0,
      provider: String = "", startMs: Double, endMs: Double
    ) {
      self.turn = turn
      self.text = text
      self.source = source
      self.interrupted = interrupted
      self.interruptedAtWord = interruptedAtWord
      self.generatedBytes = generatedBytes
      self.provider = provider
      self.startMs = startMs
      self.endMs = endMs
    }
  }

  /// The caller spoke while the agent did.
  public struct Interruption: FactPayload {
    public static let kind = Fact.Kind.interruption
    /// First a provisional pause; then either the interruption is confirmed or the agent resumes.
    public enum Step: String, Codable, Sendable { case provisional, confirmed, resumed }

    public var turn: Int
    public var step: Step
    /// Call time of the decision.
    public var atMs: Double
    /// From the caller's onset to the last sample played; for `resumed`, how long the agent was silent.
    public var latencyMs: Double?

    public init(turn: Int, step: Step, atMs: Double, latencyMs: Double? = nil) {
      self.turn = turn
      self.step = step
      self.atMs = atMs
      self.latencyMs = latencyMs
    }
  }

  /// An answer was begun before the turn was known to be over.
  public struct Preemptive: FactPayload {
    public static let kind = Fact.Kind.preemptive
    public enum Outcome: String, Codable, Sendable { case used, wasted }

    public var turn: Int
    public var outcome: Outcome
    /// What it cost.
    public var units: [Units]

    public init(turn: Int, outcome: Outcome, units: [Units] = []) {
      self.turn = turn
      self.outcome = outcome
      self.units = units
    }
  }
}
