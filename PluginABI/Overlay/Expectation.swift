// What the caller is expected to say next: from the model, to the recogniser and the endpointer.

/// A hint, never a rule: the caller may always say something else.
public struct Expectation: Hashable, Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    case open, yesNo = "yes_no", date, time, digits, name, choice
  }

  public var kind: Kind
  /// How many digits, when `kind` is `digits`; 0 = not known.
  public var digits: Int
  /// The recogniser's grammar of that name in the agent's vocabulary; empty = none.
  public var grammar: String

  public init(_ kind: Kind, digits: Int = 0, grammar: String = "") {
    self.kind = kind
    self.digits = digits
    self.grammar = grammar
  }

  public static let open = Expectation(.open)

  /// Reads `{"kind", "digits", "grammar"}`; nil when the kind is missing or unknown.
  public init?(json: JSONValue) {
    guard let kind = json["kind"]?.string.flatMap(Kind.init(rawValue:)) else { return nil }
    self.init(kind, digits: min(max(json["digits"]?.int ?? 0, 0), 64), grammar: json["grammar"]?.string ?? "")
  }

  public var json: JSONValue {
    ["kind": .string(kind.rawValue), "digits": .int(Int64(digits)), "grammar": .string(grammar)]
  }
}
