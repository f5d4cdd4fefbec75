// Grammars of the answers to a question, one per slot type, in JSGF.

/// A JSpeech grammar (W3C note "JSpeech Grammar Format", 2000) with one public rule.
///
/// Every grammar also takes the words that must work in each state: those for a person, for help, for an emergency.
struct Grammar {
    let id: String
    let text: String

    /// - Parameters:
    ///   - rules: the answer's rule first.
    ///   - escapes: phrases in JSGF that are accepted instead of an answer.
    init(id: String, rules: [(name: String, body: String)], escapes: [String]) {
        self.id = id
        var lines = ["#JSGF V1.0;", "grammar \(id.replacing("-", with: "_"));"]
        let answer = "<\(rules[0].name)>"
        // Escapes are rare: without the small weight short answers would be mistaken for them.
        lines.append("public <answer> = " + (escapes.isEmpty ? answer : "/0.95/ \(answer) | /0.05/ <escape>") + ";")
        lines += rules.map { "<\($0.name)> = \($0.body);" }
        if !escapes.isEmpty { lines.append("<escape> = " + escapes.joined(separator: " | ") + ";") }
        text = lines.joined(separator: "\n") + "\n"
    }

    /// The grammar of a slot.
    static func of(_ kind: Slot.Kind, id: String, escapes: [String]) -> Grammar? {
        switch kind {
        case .yesNo:
            Grammar(id: id, rules: [
                ("yes_no", "[<lead>] (<yes> | <no>)"), ("lead", "uh | um | oh"),
                ("yes", alternatives(SlotPhrases.yes)), ("no", alternatives(SlotPhrases.no)),
            ], escapes: escapes)
        case .date:
            Grammar(id: id, rules: [
                ("date", "[<lead>] <day> [please]"), ("lead", "on | for | um | how about | let's say | maybe"),
                ("day", "[this | next] <weekday> | <weekday> [the] <rank> | [the] <rank> [of <month>] | <month> [the] <rank> | <weekday> <month> <rank> | today | tomorrow | [the] day after tomorrow | in <count> (days | weeks) | in a week | a week from <weekday>"),
                ("weekday", alternatives(Numbers.weekdays)), ("month", alternatives(Numbers.months)),
                ("rank", alternatives((1...31).map(Numbers.ordinal))), ("count", alternatives((2...10).map(Numbers.cardinal))),
            ], escapes: escapes)
        case .time(let from, let to):
            Grammar(id: id, rules: [
                ("time", "[<lead>] <clock> [please]"), ("lead", "at | around | about | um | how about | let's say | maybe | at about"),
                ("clock", "<hour> [o'clock] [<half>] | <hour> <minute> [<half>] | (half past | quarter past | quarter to | a quarter past | a quarter to) <hour> [<half>] | noon | midday"),
                ("hour", hours(SlotPhrases.hours(from, to))), ("minute", alternatives(SlotPhrases.minutes)),
                ("half", "a.m. | p.m. | in the morning | in the afternoon | in the evening"),
            ], escapes: escapes)
        case .digits(let count):
            Grammar(id: id, rules: [
                ("digits", Array(repeating: "<digit>", count: count).joined(separator: " ")),
                ("digit", alternatives(Numbers.units.prefix(10) + ["oh"])),
            ], escapes: escapes)
        case .name(let list), .choice(let list):
            list.isEmpty ? nil : Grammar(id: id, rules: [
                ("value", "[<lead>] <phrase> [please]"), ("lead", "um | for | with | it's | i'd like | a | the | for a"), ("phrase", alternatives(list.flatMap(\.phrases))),
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

    /// A pattern without slots as JSGF; nil when it has slots.
    static func jsgf(_ pattern: Pattern) -> String? {
        pattern.slots.isEmpty ? jsgf(pattern.root) : nil
    }

    private static func jsgf(_ part: Pattern.Part) -> String {
        switch part {
        case .word(let word): Words.spoken(word).joined(separator: " ")
        case .slot: ""
        case .all(let parts): parts.map(jsgf).filter { !$0.isEmpty }.joined(separator: " ")
        case .any(let options):
            if options.count == 2, options[1] == .all([]) { "[" + jsgf(options[0]) + "]" }
            else { "(" + options.map(jsgf).filter { !$0.isEmpty }.joined(separator: " | ") + ")" }
        }
    }
}
