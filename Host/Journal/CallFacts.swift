// The facts of a call as a whole: offered, answered, keys, transfer, message, end.

public import Base

extension Fact {
  /// A line offers a call, or the host dials one: the first fact of every call.
  public struct CallOffered: FactPayload {
    public static let kind = Fact.Kind.callOffered
    public enum Direction: String, Codable, Sendable { case `in`, out }

    /// The telephony provider.
    public var provider: String
    public var direction: Direction
    /// The caller's number, masked.
    public var from: MaskedNumber?
    /// The number called: the tenant's own when `direction` is `in`, so it is kept whole.
    public var to: String?
    /// The line's own name for the call, by which its vendor finds it; nil when it gave none.
    public var reference: String?
    /// The fault that was played to the call, as `tts/NAME=cut`; nil for every call that is not a drill.
    public var drill: String?

    public init(
      provider: String, direction: Direction = .in, from: MaskedNumber? = nil, to: String? = nil, reference: String? = nil,
      drill: String? = nil
    ) {
      self.drill = drill
      self.reference = reference
      self.provider = provider
      self.direction = direction
      self.from = from
      self.to = to
    }
  }

  /// The line is up and the agent is on it; charging begins.
  public struct CallAnswered: FactPayload {
    public static let kind = Fact.Kind.callAnswered
    /// The telephony provider.
    public var provider: String
    /// The caller's number, masked.
    public var from: MaskedNumber?
    /// The number called.
    public var to: String?
    /// Samples per second of the leg's audio.
    public var rateHz: Int?

    public init(provider: String, from: MaskedNumber? = nil, to: String? = nil, rateHz: Int? = nil) {
      self.provider = provider
      self.from = from
      self.to = to
      self.rateHz = rateHz
    }
  }

  /// A key was pressed or sent.
  public struct DTMF: FactPayload {
    public static let kind = Fact.Kind.dtmf
    /// One of 0-9, *, #, A-D; `•` where the agent asked for digits that must not be kept.
    public var digit: String
    /// `in`: the caller pressed it.
    public var direction: CallOffered.Direction
    /// How it was noticed: rtp, info, in-band, vendor.
    public var source: String

    public init(digit: String, direction: CallOffered.Direction = .in, source: String = "line") {
      self.digit = digit
      self.direction = direction
      self.source = source
    }
  }

  /// The call was handed to a person or another line, or the attempt to do so ended.
  public struct Transfer: FactPayload {
    public static let kind = Fact.Kind.transfer
    public enum Outcome: String, Codable, Sendable { case answered, busy, noAnswer, declined, unreachable, failed }

    /// The target's name in the agent's configuration.
    public var target: String
    public var outcome: Outcome
    /// From the request to the outcome.
    public var ms: Double

    public init(target: String, outcome: Outcome, ms: Double = 0) {
      self.target = target
      self.outcome = outcome
      self.ms = ms
    }
  }

  /// The caller left a message for the tenant. Both texts are kept whole, because they are the message.
  public struct MessageTaken: FactPayload {
    public static let kind = Fact.Kind.messageTaken
    /// The number to call back.
    public var callback: String?
    /// What the caller said; empty when only its sound was kept.
    public var text: String
    /// How long the kept sound is; nil when there is none.
    public var recordedMs: Double?

    public init(callback: String? = nil, text: String, recordedMs: Double? = nil) {
      self.recordedMs = recordedMs
      self.callback = callback
      self.text = text
    }
  }

  /// The call is over. Exactly one per call that was offered, unless the host died.
  public struct CallEnded: FactPayload {
    public static let kind = Fact.Kind.callEnded
    /// Why calls end; a closed list.
    public enum Cause: String, Codable, CaseIterable, Sendable {
      case callerHungUp, agentEnded, transferred
      /// Ended before the agent was on the line.
      case notAnswered, refused
      case maxDuration, silence
      /// The host was told to stop and the call had outlasted the drain.
      case shutdown
      /// The line itself broke.
      case lineFailed
      /// Every provider of a chain failed and the last resort has been spoken.
      case noProvider
      /// A fault of the host; the call was ended in order.
      case hostFault
    }

    public var cause: Cause
    /// From the answer to the end; 0 when it was never answered.
    public var durationMs: Int
    /// What went wrong, for the causes that are failures.
    public var problem: Problem?

    public init(cause: Cause, durationMs: Int, problem: Problem? = nil) {
      self.cause = cause
      self.durationMs = durationMs
      self.problem = problem
    }
  }
}
