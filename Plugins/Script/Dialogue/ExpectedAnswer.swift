// What the caller may say next, so that the recogniser can choose its grammar and the endpointer its patience.

/// The answer that the agent's last sentence asks for.
public enum ExpectedAnswer: Hashable, Sendable {
  case yesNo
  case date
  case time
  case digits(Int)
  case name(grammar: String)
  case choice(grammar: String)
  /// Anything the flow knows: the domain's language model serves.
  case open

  /// One word for the kind: `yes_no`, `date`, `time`, `digits`, `name`, `choice`, `open`.
  public var kind: String {
    switch self {
    case .yesNo: "yes_no"
    case .date: "date"
    case .time: "time"
    case .digits: "digits"
    case .name: "name"
    case .choice: "choice"
    case .open: "open"
    }
  }

  /// The grammar's id, which is its file name without `.gram` in the vocabulary's folder; nil for open speech.
  public var grammar: String? {
    switch self {
    case .yesNo: "yes_no"
    case .date: "date"
    case .time: "time"
    case .digits(let count): "digits\(count)"
    case .name(let id), .choice(let id): id
    case .open: nil
    }
  }
}
