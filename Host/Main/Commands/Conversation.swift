// A call told line by line while it happens.

import Base
import Journal
import Terminal

/// Turns facts into lines for a terminal. A pure fold: feed it the facts of one call in order.
struct Conversation {
  /// How the call ended; nil while it goes on.
  private(set) var ending: Fact.CallEnded?

  /// Room for the longest word at the left, `caller`.
  private static let names = 6

  /// The line a fact is worth; nil for most.
  mutating func take(_ fact: LiveFact) -> String? {
    switch fact.kind {
    case .callAnswered: return Self.line(0, "call", "answered")
    case .heard: return fact.read().map(Self.heard)
    case .agentSaid: return fact.read().map(Self.said)
    case .interruption: return fact.read().flatMap(Self.interruption)
    case .dtmf: return fact.read().map(Self.key)
    case .toolCalled: return fact.read().map(Self.tool)
    case .transfer: return fact.read(Fact.Transfer.self).map { Self.line(nil, "call", "transfer to \($0.target): \($0.outcome)") }
    case .messageTaken: return fact.read(Fact.MessageTaken.self).map { Self.line(nil, "call", "message taken: \($0.text)") }
    case .attempt: return fact.read().flatMap(Self.lost)
    case .turnEnded: return fact.read().flatMap(Self.latency)
    case .callEnded:
      ending = fact.read()
      return ending.map { Self.line(Double($0.durationMs), "call", "ended: \(Self.words($0.cause))") }
    default: return nil
    }
  }

  private static func line(_ ms: Double?, _ who: String, _ what: String) -> String {
    let time = ms.map(Figure.callTime) ?? "       "
    return "\(time)  \(who)\(String(repeating: " ", count: max(0, names - who.count)))  \(Screen.plain(what))"
  }

  private static func heard(_ fact: Fact.Heard) -> String {
    let remark =
      switch fact.use {
      case .answered: ""
      case .askedBack: "  (unsure, the agent asks back)"
      case .ignored: "  (not answered)"
      }
    return line(fact.startMs, "caller", fact.text + remark)
  }

  private static func said(_ fact: Fact.AgentSaid) -> String { line(fact.startMs, "agent", fact.text + (fact.interrupted ? " ..." : "")) }

  private static func interruption(_ fact: Fact.Interruption) -> String? {
    switch fact.step {
    // The pause itself is no news: one of the other two follows within a moment.
    case .provisional: nil
    case .confirmed: line(fact.atMs, "", "(the agent falls silent\(fact.latencyMs.map { " after \(Figure.ms($0)) ms" } ?? ""))")
    case .resumed: line(fact.atMs, "", "(the agent goes on)")
    }
  }

  private static func key(_ fact: Fact.DTMF) -> String { line(nil, fact.direction == .in ? "caller" : "agent", "[key \(fact.digit)]") }

  private static func tool(_ fact: Fact.ToolCalled) -> String {
    let outcome = fact.problem.map { "\(fact.outcome): \($0.message)" } ?? "\(fact.outcome)"
    return line(nil, "tool", "\(fact.name) (\(fact.provider)): \(outcome), \(Figure.ms(fact.ms)) ms")
  }

  private static func lost(_ fact: Fact.Attempt) -> String? {
    guard fact.outcome == .lost else { return nil }
    return line(fact.endedMs, "", "(\(fact.role) \(fact.provider) failed: \(fact.cause?.message ?? "no reason was given"))")
  }

  private static func latency(_ fact: Fact.TurnEnded) -> String? {
    let spans = Spans(fact.waterfall)
    guard fact.turn > 0, let e2e = spans.e2eMs else { return nil }
    return line(
      nil, "", "[turn \(fact.turn) answered after \(Figure.ms(e2e)) ms, \(Figure.ms(spans.eouMs)) of them to be sure it was over]")
  }

  /// A cause as people say it.
  static func words(_ cause: Fact.CallEnded.Cause) -> String {
    switch cause {
    case .callerHungUp: "the caller hung up"
    case .agentEnded: "the agent hung up"
    case .transferred: "transferred"
    case .notAnswered: "not answered"
    case .refused: "refused"
    case .maxDuration: "the longest duration was reached"
    case .silence: "the caller said nothing"
    case .shutdown: "the host stopped"
    case .lineFailed: "the line failed"
    case .noProvider: "no provider could serve"
    case .hostFault: "a fault of the host"
    }
  }

  /// Whether a call that ended so did what it was placed for.
  static func isFine(_ cause: Fact.CallEnded.Cause) -> Bool {
    switch cause {
    case .callerHungUp, .agentEnded, .transferred, .maxDuration, .silence: true
    case .notAnswered, .refused, .shutdown, .lineFailed, .noProvider, .hostFault: false
    }
  }
}
