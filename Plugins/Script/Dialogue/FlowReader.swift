// Reads a flow file and checks that everything it mentions exists.

extension Flow {
  /// Reads a flow.
  ///
  /// - Parameters:
  ///   - text: the YAML text.
  ///   - file: the file's name as its author knows it; it stands in front of every message.
  /// - Throws: `FlowProblem` with the line of the first fault.
  public init(yaml text: String, file: String) throws {
    let root = try FlowNode(text: text, file: file)
    let fields = try root.fields([
      "agent", "greet", "intents", "faq", "limits", "transfer", "emergency", "pronunciations",
    ])
    func required(_ name: String) throws -> FlowNode {
      guard let node = fields[name] else { throw root.problem("The key \"\(name)\" is missing.") }
      return node
    }
    self.file = file
    agent = try required("agent").text()
    greet = Sentences.split(try required("greet").text())
    intents = try required("intents").members(allowed: nil).map { try Flow.intent($0.name, $0.value) }
    answers = try fields["faq"]?.items().map(Flow.answer) ?? []
    transfer = try fields["transfer"].map(Flow.transfer)
    emergency = try fields["emergency"].map(Flow.emergency)
    limits = try Flow.limits(fields["limits"], root: root, intents: intents)
    pronunciations = try fields["pronunciations"].map(Flow.pronunciations) ?? [:]
    try checkTransfer(root)
  }

  private func checkTransfer(_ root: FlowNode) throws {
    guard transfer == nil else { return }
    if let intent = intents.first(where: { $0.action == .transfer }) {
      throw FlowProblem(
        file: file, line: intent.line, text: "The intent \"\(intent.name)\" transfers callers, but \"transfer\" does not say to whom.")
    }
    if limits.then != .message || emergency?.transfer == true {
      throw root.problem("Callers are handed over to a person, but \"transfer\" does not say to whom.")
    }
  }

  private static func limits(_ node: FlowNode?, root: FlowNode, intents: [Intent]) throws -> Limits {
    let fields = try node?.fields(["reprompt", "then", "message"]) ?? [:]
    var then = Limits.Last.transferOrMessage
    if let choice = fields["then"] {
      guard let value = Limits.Last(rawValue: try choice.text()) else {
        throw choice.problem("\"then\" must be \(Spoken.list(Limits.Last.allCases.map(\.rawValue), joined: "or")).")
      }
      then = value
    }
    let name = try fields["message"]?.text() ?? "message"
    let known = intents.contains { $0.name == name }
    if !known, then != .transfer || fields["message"] != nil {
      throw (fields["message"] ?? node ?? root).problem("There is no intent \"\(name)\" that could take a message.")
    }
    return Limits(reprompt: try fields["reprompt"]?.number(in: 1...5) ?? 2, then: then, message: known ? name : nil)
  }

  private static func transfer(_ node: FlowNode) throws -> Transfer {
    let fields = try node.fields(["to", "say", "days", "from", "until"])
    guard let to = fields["to"] else { throw node.problem("\"transfer\" needs \"to\", the place that callers are sent to.") }
    let from = try fields["from"]?.time() ?? CivilTime.first, until = try fields["until"]?.time() ?? CivilTime.last
    return Transfer(
      to: try to.text(), say: try fields["say"]?.text() ?? "I will connect you with a person now. Please hold the line.",
      weekdays: try fields["days"]?.weekdays() ?? Set(1...7), from: from, until: until)
  }

  private static func emergency(_ node: FlowNode) throws -> Emergency {
    let fields = try node.fields(["say", "answer", "transfer"])
    guard let say = fields["say"], let answer = fields["answer"] else {
      throw node.problem("\"emergency\" needs \"say\", its patterns, and \"answer\".")
    }
    return Emergency(
      say: try patterns(say, slots: []), answer: try answer.text(), transfer: try fields["transfer"]?.flag() ?? false)
  }

  private static func answer(_ node: FlowNode) throws -> Answer {
    let fields = try node.fields(["q", "a"])
    guard let q = fields["q"], let a = fields["a"] else {
      throw node.problem("An entry of \"faq\" needs \"q\", one or more questions, and \"a\", the answer.")
    }
    return Answer(questions: try q.items().map { try $0.text() }, answer: try a.text(), line: node.line)
  }

  private static func pronunciations(_ node: FlowNode) throws -> [String: (phones: String, line: Int)] {
    var table: [String: (phones: String, line: Int)] = [:]
    for (name, value) in try node.members(allowed: nil) {
      let phones = try value.text().uppercased().split(separator: " ").map(String.init)
      if let unknown = phones.first(where: { !Pronunciation.phones.contains($0) }) {
        throw value.problem("\"\(unknown)\" is not a phone of the pronouncing dictionary; write \"\(name)\" like \"R IH V ER S AY D\".")
      }
      table[name.lowercased()] = (phones.joined(separator: " "), value.line)
    }
    return table
  }

  static func patterns(_ node: FlowNode, slots: [Slot]) throws -> [Pattern] {
    try node.items().map { item in
      let pattern = try Pattern(try item.text(), file: item.file, line: item.line)
      for name in pattern.slots {
        guard let slot = slots.first(where: { $0.name == name }) else {
          throw item.problem("The pattern \"\(pattern.source)\" names the slot \"\(name)\", which is not among the slots.")
        }
        if slot.kind == .text || slot.kind == .yesNo {
          throw item.problem(
            "The slot \"\(name)\" cannot stand in a pattern: only dates, times, digits, names and choices can be found among other words.")
        }
      }
      return pattern
    }
  }
}
