// One call, whole: turn by turn what was heard and said, who served, and where the time went.

public import Base

/// The facts of one call, folded. Feed it the call's entries in order.
public struct CallRecord: Codable, Equatable, Sendable {
  /// What belongs to one turn.
  public struct Turn: Codable, Equatable, Sendable {
    public let number: Int
    public var cause: Fact.TurnStarted.Cause?
    public var heard: [Fact.Heard] = []
    public var said: [Fact.AgentSaid] = []
    public var interruptions: [Fact.Interruption] = []
    public var attempts: [Fact.Attempt] = []
    public var tools: [Fact.ToolCalled] = []
    public var preemptive: [Fact.Preemptive] = []
    /// Nil while the turn goes on, and when the host died in it.
    public var outcome: Fact.TurnEnded.Outcome?
    public var waterfall: Waterfall?

    init(_ number: Int) { self.number = number }

    /// Who won the work of this turn, in the order they did.
    public var served: [Served] {
      attempts.filter { $0.outcome == .won }.map { Served(role: $0.role, provider: $0.provider) }.uniqued()
    }
  }

  /// A provider in a role.
  public struct Served: Codable, Hashable, Sendable {
    public var role: String
    public var provider: String
  }

  public var summary: CallSummary
  public var turns: [Turn] = []
  public var sessions: [Fact.SessionOpened] = []
  /// Attempts that belong to no turn: a listening that spans several, a transfer.
  public var attempts: [Fact.Attempt] = []
  public var usage: [Fact.Usage] = []
  public var messages: [Fact.MessageTaken] = []
  public var transfers: [Fact.Transfer] = []
  public var digits: [Fact.DTMF] = []
  public var problem: Problem?
  /// Facts of this call that this version of the host cannot read.
  public var unreadable = 0

  public init(_ id: CallID) { summary = CallSummary(id) }

  public mutating func apply(_ entry: Entry) {
    summary.apply(entry)
    switch entry.fact {
    case .turnStarted(let fact): turn(fact.turn) { $0.cause = fact.cause }
    case .heard(let fact): turn(fact.turn) { $0.heard.append(fact) }
    case .agentSaid(let fact): turn(fact.turn) { $0.said.append(fact) }
    case .interruption(let fact): turn(fact.turn) { $0.interruptions.append(fact) }
    case .preemptive(let fact): turn(fact.turn) { $0.preemptive.append(fact) }
    case .toolCalled(let fact): turn(fact.turn) { $0.tools.append(fact) }
    case .attempt(let fact):
      if let number = fact.turn { turn(number) { $0.attempts.append(fact) } } else { attempts.append(fact) }
    case .turnEnded(let fact):
      turn(fact.turn) {
        $0.outcome = fact.outcome
        $0.waterfall = fact.waterfall
      }
    case .sessionOpened(let fact): sessions.append(fact)
    // A usage id counts once, however often it was written.
    case .usage(let fact): if !usage.contains(where: { $0.id == fact.id }) { usage.append(fact) }
    case .messageTaken(let fact): messages.append(fact)
    case .transfer(let fact): transfers.append(fact)
    case .dtmf(let fact): digits.append(fact)
    case .callEnded(let fact): problem = fact.problem
    default: break
    }
  }

  /// Every provider that won work in this call.
  public var served: [Served] {
    (attempts + turns.flatMap(\.attempts)).filter { $0.outcome == .won }.map { Served(role: $0.role, provider: $0.provider) }.uniqued()
  }

  mutating func hostStarted() { summary.hostStarted() }

  /// Facts of neighbouring turns may interleave, so a turn is found from the end.
  private mutating func turn(_ number: Int, _ change: (inout Turn) -> Void) {
    if let index = turns.lastIndex(where: { $0.number <= number }) {
      if turns[index].number == number { return change(&turns[index]) }
      var turn = Turn(number)
      change(&turn)
      turns.insert(turn, at: index + 1)
    } else {
      var turn = Turn(number)
      change(&turn)
      turns.insert(turn, at: 0)
    }
  }
}

extension Array where Element: Hashable {
  fileprivate func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
