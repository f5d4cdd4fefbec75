// Grammars of the answers to a question, one per slot type, in JSGF.

/// A JSpeech grammar (W3C note "JSpeech Grammar Format", 2000) with one public rule.
///
/// Every grammar also takes the words that must work in each state: the shortest ones for a person and for an emergency.
struct Grammar {
  let id: String
  let text: String

  /// - Parameters:
  ///   - rules: the answer's rule first.
  ///   - escapes: phrases that are accepted instead of an answer.
  init(id: String, rules: [(name: String, body: String)], escapes: [String]) {
    self.id = id
    var lines = ["#JSGF V1.0;", "grammar \(id.replacing("-", with: "_"));"]
    let answer = "<\(rules[0].name)>"
    // Escapes are rare: without the small weight short answers would be mistaken for them.
    lines.append("public <answer> = " + (escapes.isEmpty ? answer : "/1.0/ \(answer) | /0.001/ <escape>") + ";")
    lines += rules.map { "<\($0.name)> = \($0.body);" }
    if !escapes.isEmpty { lines.append("<escape> = " + escapes.joined(separator: " | ") + ";") }
    text = lines.joined(separator: "\n") + "\n"
  }

  /// The grammar of a slot. Short on purpose: over a telephone each further way of speaking costs more answers than it catches.
  static func of(_ kind: Slot.Kind, id: String, escapes: [String]) -> Grammar? {
    switch kind {
    case .yesNo:
      Grammar(id: id, rules: [("yes_no", alternatives(SlotPhrases.yes + SlotPhrases.no + ["one", "two"]))], escapes: escapes)
    case .date:
      Grammar(
        id: id,
        rules: [
          (
            "date",
            "[on | for | this | next] <weekday> [please] | today | tomorrow | the day after tomorrow | <month> [the] <rank> | the <rank> of <month> | <weekday> the <rank>"
          ),
          ("weekday", alternatives(Numbers.weekdays)), ("month", alternatives(Numbers.months)),
          ("rank", alternatives((1...31).map(Numbers.ordinal))),
        ], escapes: escapes)
    case .time(let from, let to):
      Grammar(
        id: id,
        rules: [
          ("time", "[at | around | about] <clock> [please]"),
          (
            "clock",
            "<hour> [o'clock] [<half>] | <hour> <minute> [<half>] | (half past | quarter past | quarter to | a quarter past | a quarter to) <hour> [<half>] | noon | midday"
          ),
          ("hour", hours(SlotPhrases.hours(from, to))), ("minute", alternatives(SlotPhrases.minutes)),
          ("half", "a.m. | p.m. | in the morning | in the afternoon"),
        ], escapes: escapes)
    case .digits(let count):
      Grammar(
        id: id,
        rules: [
          ("digits", Array(repeating: "<digit>", count: count).joined(separator: " ")),
          ("digit", alternatives(Numbers.units.prefix(10) + ["oh"])),
        ], escapes: escapes)
    case .name(let list), .choice(let list):
      list.isEmpty
        ? nil
        : Grammar(
          id: id,
          rules: [
            ("value", "[with | for | a | the] <phrase> [please]"), ("phrase", alternatives(list.flatMap(\.phrases))),
          ], escapes: escapes)
    case .text:
      nil
    }
  }

  /// All twelve hours, those that are offered with ten times the weight: "five" is easily heard for "nine".
  private static func hours(_ offered: [Int]) -> String {
    (1...12).map { "/\(offered.contains($0) ? "1.0" : "0.1")/ " + Numbers.cardinal($0) }.joined(separator: " | ")
  }

  static func alternatives(_ phrases: [String]) -> String {
    phrases.map { Words.spoken($0).joined(separator: " ") }.joined(separator: " | ")
  }

  /// The shortest way of saying a pattern, in dictionary words; nil when it has slots.
  static func shortest(_ pattern: Pattern) -> String? {
    pattern.slots.isEmpty ? shortest(pattern.root).joined(separator: " ") : nil
  }

  private static func shortest(_ part: Pattern.Part) -> [String] {
    switch part {
    case .word(let word): Words.spoken(word)
    case .slot: []
    case .all(let parts): parts.flatMap(shortest)
    case .any(let options): options.map(shortest).min { $0.count < $1.count } ?? []
    }
  }
}
