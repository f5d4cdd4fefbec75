// What a caller's words turned out to mean: the content of a slot.

/// One value, with the form a tool wants and the form a caller hears.
public enum Value: Hashable, Sendable {
  case yes(Bool)
  case date(CivilDate)
  case time(CivilTime)
  case digits(String)
  /// The flow's key and the words the flow says for it.
  case choice(String, spoken: String)
  /// The caller's own words, as they were recognised.
  case text(String)

  /// For a tool: `true`, an ISO date, `HH:MM`, the digits, the key, the text.
  public var machine: String {
    switch self {
    case .yes(let yes): yes ? "true" : "false"
    case .date(let date): date.iso
    case .time(let time): time.iso
    case .digits(let text), .choice(let text, _), .text(let text): text
    }
  }

  /// For the caller.
  func spoken(today: CivilDate) -> String {
    switch self {
    case .yes(let yes): yes ? "yes" : "no"
    case .date(let date): Spoken.date(date, today: today)
    case .time(let time): Spoken.time(time)
    case .digits(let digits): Spoken.digits(digits)
    case .choice(_, let spoken): spoken
    case .text(let text): text
    }
  }
}
