// One line of a listing of calls.

public import Base

/// What a listing says about a call.
public struct CallSummary: Codable, Equatable, Sendable {
  public enum State: String, Codable, Sendable {
    case live, ended
    /// The host died during the call.
    case cutOff
  }

  public let id: CallID
  public var tenant: String?
  public var agent: String?
  /// The telephony provider.
  public var line: String?
  public var direction: Fact.CallOffered.Direction = .in
  public var from: MaskedNumber?
  public var to: String?
  /// Wall clock of the offer; nil until that fact was seen.
  public var startedWallMs: UInt64?
  public var answeredWallMs: UInt64?
  public var durationMs: Int?
  /// Finished turns of the caller.
  public var turns = 0
  public var state = State.live
  public var cause: Fact.CallEnded.Cause?

  init(_ id: CallID) { self.id = id }

  mutating func apply(_ entry: Entry) {
    tenant = entry.subject.tenant ?? tenant
    agent = entry.subject.agent ?? agent
    switch entry.fact {
    case .callOffered(let fact):
      startedWallMs = entry.wallMs
      direction = fact.direction
      line = fact.provider
      from = fact.from
      to = fact.to
    case .callAnswered(let fact):
      answeredWallMs = entry.wallMs
      line = fact.provider
      from = fact.from ?? from
      to = fact.to ?? to
    case .turnEnded(let fact): count(turn: fact.turn)
    case .callEnded(let fact):
      durationMs = fact.durationMs
      cause = fact.cause
      state = .ended
    default: break
    }
  }

  /// Turn 0 is the agent's greeting.
  mutating func count(turn: Int) { if turn > 0 { turns += 1 } }

  mutating func hostStarted() { if state == .live { state = .cutOff } }

  /// This summary, made from a call's earlier facts, with what its `later` facts told.
  func joined(with later: CallSummary) -> CallSummary {
    var whole = self
    whole.tenant = later.tenant ?? tenant
    whole.agent = later.agent ?? agent
    whole.line = later.line ?? line
    whole.from = later.from ?? from
    whole.to = later.to ?? to
    whole.answeredWallMs = answeredWallMs ?? later.answeredWallMs
    whole.durationMs = later.durationMs
    whole.turns += later.turns
    whole.state = later.state
    whole.cause = later.cause
    return whole
  }
}
