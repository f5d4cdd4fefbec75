// The facts of providers at work: sessions, attempts, tools, usage.

public import Base

extension Fact {
  /// A provider is ready to work for the call.
  public struct SessionOpened: FactPayload {
    public static let kind = Fact.Kind.sessionOpened
    /// The word for the role: telephony, stt, llm, tts, tool, ...
    public var role: String
    public var provider: String
    /// From open to ready.
    public var ms: Double

    public init(role: String, provider: String, ms: Double) {
      self.role = role
      self.provider = provider
      self.ms = ms
    }
  }

  /// One try of one provider for one piece of work. Each is written once, when it ended, won or lost.
  public struct Attempt: FactPayload {
    public static let kind = Fact.Kind.attempt
    public enum Outcome: String, Codable, Sendable { case won, lost, cancelled }
    /// Why it was made: in the chain's order, the same provider once more, beside another that was late, or to see whether an account
    /// is well again.
    public enum Kind: String, Codable, Sendable { case regular, retry, hedge, probe }

    public var turn: Int?
    /// The word for the role: telephony, stt, llm, tts, tool, ...
    public var role: String
    public var provider: String
    /// The kind of work: listen, chat, say, invoke, ...
    public var op: String
    public var kind: Kind
    public var outcome: Outcome
    /// Why it was lost.
    public var cause: Problem?
    /// Call time, like the next three.
    public var startedMs: Double
    public var readyMs: Double?
    public var firstOutputMs: Double?
    public var endedMs: Double
    /// What it consumed.
    public var units: [Units]
    /// What that costs by the price in the provider's file; nil where the file names none, or nothing it counts was consumed.
    public var cost: Cost?

    public init(
      turn: Int? = nil, role: String, provider: String, op: String, kind: Kind = .regular, outcome: Outcome, cause: Problem? = nil,
      startedMs: Double, readyMs: Double? = nil, firstOutputMs: Double? = nil, endedMs: Double, units: [Units] = [],
      cost: Cost? = nil
    ) {
      self.turn = turn
      self.role = role
      self.provider = provider
      self.op = op
      self.kind = kind
      self.outcome = outcome
      self.cause = cause
      self.startedMs = startedMs
      self.readyMs = readyMs
      self.firstOutputMs = firstOutputMs
      self.endedMs = endedMs
      self.units = units
      self.cost = cost
    }
  }

  /// A tool was called; arguments and result stay out of the journal, because they hold what the tenant has not chosen to keep.
  public struct ToolCalled: FactPayload {
    public static let kind = Fact.Kind.toolCalled
    public enum Outcome: String, Codable, Sendable {
      case done, failed, timeout, cancelled
      /// The arguments do not fit the tool's schema; it was not called.
      case invalidArguments
      /// The result was longer than the tool's limit.
      case resultTooLong
      /// The words were not understood well enough to act on.
      case lowConfidence
    }

    public var turn: Int
    public var name: String
    /// The model's id of the call, and the idempotency key given to the provider.
    public var id: String
    public var provider: String
    public var argumentsBytes: Int
    public var resultBytes: Int
    public var outcome: Outcome
    public var problem: Problem?
    public var ms: Double

    public init(
      turn: Int, name: String, id: String, provider: String, argumentsBytes: Int, resultBytes: Int = 0, outcome: Outcome,
      problem: Problem? = nil, ms: Double
    ) {
      self.turn = turn
      self.name = name
      self.id = id
      self.provider = provider
      self.argumentsBytes = argumentsBytes
      self.resultBytes = resultBytes
      self.outcome = outcome
      self.problem = problem
      self.ms = ms
    }
  }

  /// Something that costs money was consumed. Amounts are final, not cumulative, and `id` counts once however often it is read.
  public struct Usage: FactPayload {
    public static let kind = Fact.Kind.usage
    public var id: String
    /// The word for the role: telephony, stt, llm, tts, tool, ...
    public var role: String
    public var provider: String
    public var meter: String
    public var amount: UInt64
    /// The model and tier that really served.
    public var label: String?
    /// The host's reckoning, because the provider told none.
    public var estimated: Bool

    public init(
      id: String, role: String, provider: String, meter: String, amount: UInt64, label: String? = nil, estimated: Bool = false
    ) {
      self.id = id
      self.role = role
      self.provider = provider
      self.meter = meter
      self.amount = amount
      self.label = label
      self.estimated = estimated
    }
  }
}
