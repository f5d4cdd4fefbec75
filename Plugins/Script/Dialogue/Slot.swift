// One piece of information that an intent needs, as the flow defines it.

/// A typed slot: how it is asked for and which values it takes.
public struct Slot: Sendable {
  /// The kinds of value, each with its limits.
  public enum Kind: Sendable, Equatable {
    case yesNo
    /// ISO weekdays (1 Monday to 7 Sunday) on which the date may fall.
    case date(weekdays: Set<Int>)
    /// The first and the last time that may be chosen.
    case time(from: CivilTime, to: CivilTime)
    /// Exactly so many digits: a recogniser's grammar of fixed length is far better than a loop.
    case digits(Int)
    case name([Choice])
    case choice([Choice])
    /// Free speech, taken as it was recognised.
    case text
  }

  /// One value of a list and the phrases that mean it; the first phrase is what the agent says.
  public struct Choice: Sendable, Equatable {
    public let value: String
    public let phrases: [String]
    let line: Int
  }

  public let name: String
  public let kind: Kind
  /// How the slot is called in a question ("the day").
  let label: String
  let ask: String
  /// Asked after an answer that was not understood: it gives examples.
  let again: String
  /// Said when a value was understood but is not possible; nil gives a general sentence.
  let refuse: String?
  let line: Int

  /// What a slot is called when its grammar is chosen: slots of one type share a grammar, lists have their own.
  func expectation(of intent: String) -> ExpectedAnswer {
    switch kind {
    case .yesNo: .yesNo
    case .date: .date
    case .time: .time
    case .digits(let count): .digits(count)
    case .name: .name(grammar: intent + "-" + name)
    case .choice: .choice(grammar: intent + "-" + name)
    case .text: .open
    }
  }

  /// The lists of a name or choice slot.
  var choices: [Choice]? {
    switch kind {
    case .name(let list), .choice(let list): list
    default: nil
    }
  }
}
