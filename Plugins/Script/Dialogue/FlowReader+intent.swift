// Reads the intents of a flow file and their slots.

extension Flow {
  static func intent(_ name: String, _ node: FlowNode) throws -> Intent {
    guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) else {
      throw node.problem("The intent's name \"\(name)\" may hold letters, digits and \"_\" only.")
    }
    let fields = try node.fields(["label", "say", "slots", "confirm", "do", "with", "done", "fail", "retry"])
    guard let say = fields["say"] else { throw node.problem("The intent \"\(name)\" needs \"say\", what callers say for it.") }
    guard let act = fields["do"] else { throw node.problem("The intent \"\(name)\" needs \"do\", a tool's name or \"transfer\".") }
    let slots = try fields["slots"]?.members(allowed: nil).map { try slot($0.name, $0.value) } ?? []
    func texts(_ key: String, result: Bool) throws -> [Template]? {
      try fields[key].map { field in
        try Sentences.split(try field.text()).map {
          let template = try Template($0, file: field.file, line: field.line)
          try check(template, slots: slots, result: result, node: field)
          return template
        }
      }
    }
    let action = try Flow.action(act, fields["with"], slots: slots)
    if action == .transfer, let extra = ["slots", "confirm", "done", "fail", "retry"].compactMap({ fields[$0] }).first {
      throw extra.problem("An intent that transfers takes only \"label\", \"say\" and \"do\".")
    }
    return Intent(
      name: name, label: try fields["label"]?.text() ?? name.replacing("_", with: " "),
      say: try patterns(say, slots: slots), slots: slots, confirm: try texts("confirm", result: false), action: action,
      done: try texts("done", result: true) ?? [], fail: try texts("fail", result: true) ?? [],
      retry: try fields["retry"]?.items().map { item in
        let name = try item.text()
        guard slots.contains(where: { $0.name == name }) else { throw item.problem("There is no slot \"\(name)\" to ask again.") }
        return name
      } ?? [],
      line: node.line)
  }

  private static func action(_ act: FlowNode, _ with: FlowNode?, slots: [Slot]) throws -> Intent.Action {
    let name = try act.text()
    if name == "transfer" {
      if let with { throw with.problem("\"transfer\" takes no arguments.") }
      return .transfer
    }
    guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }), name.count <= 64 else {
      throw act.problem("The tool's name \"\(name)\" may hold letters, digits, \"_\" and \"-\" only, at most 64.")
    }
    guard let with else {
      // Without a mapping each slot is an argument of its own name.
      return .tool(name, arguments: try slots.map { ($0.name, try Template("{\($0.name)}", file: act.file, line: $0.line)) })
    }
    return .tool(
      name,
      arguments: try with.members(allowed: nil).map { key, value in
        let template = try Template(try value.text(), file: value.file, line: value.line)
        try check(template, slots: slots, result: false, node: value)
        return (key, template)
      })
  }

  private static func check(_ template: Template, slots: [Slot], result: Bool, node: FlowNode) throws {
    if let unknown = template.slots.first(where: { name in !slots.contains { $0.name == name } }) {
      throw node.problem("The text \"\(template.source)\" names \"{\(unknown)}\", which is not among the slots.")
    }
    if template.usesResult, !result {
      throw node.problem("The text \"\(template.source)\" uses a result before the tool has run.")
    }
  }

  private static func slot(_ name: String, _ node: FlowNode) throws -> Slot {
    guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }), name != "result" else {
      throw node.problem("The slot's name \"\(name)\" may hold letters, digits and \"_\" only, and not be \"result\".")
    }
    let fields =
      node.isScalar ? ["type": node] : try node.fields(["type", "label", "ask", "again", "refuse", "days", "from", "until", "values"])
    guard let type = fields["type"] else { throw node.problem("The slot \"\(name)\" needs a \"type\".") }
    let kind = try Flow.kind(type, fields, node)
    let label = try fields["label"]?.text() ?? "the " + name.replacing("_", with: " ")
    let words = Phrases.defaults(for: kind, label: label)
    return Slot(
      name: name, kind: kind, label: label, ask: try fields["ask"]?.text() ?? words.ask,
      again: try fields["again"]?.text() ?? words.again, refuse: try fields["refuse"]?.text(), line: node.line)
  }

  private static func kind(_ type: FlowNode, _ fields: [String: FlowNode], _ node: FlowNode) throws -> Slot.Kind {
    let word = try type.text()
    let taken: [String]
    let kind: Slot.Kind
    switch word {
    case "yes_no": (kind, taken) = (.yesNo, [])
    case "date": (kind, taken) = (.date(weekdays: try fields["days"]?.weekdays() ?? Set(1...7)), ["days"])
    case "time":
      let from = try fields["from"]?.time() ?? CivilTime.first, until = try fields["until"]?.time() ?? CivilTime.last
      guard from < until else { throw node.problem("\"from\" must be earlier than \"until\".") }
      (kind, taken) = (.time(from: from, to: until), ["from", "until"])
    case "name": (kind, taken) = (.name(try choices(fields["values"], node)), ["values"])
    case "choice": (kind, taken) = (.choice(try choices(fields["values"], node)), ["values"])
    case "recording", "text": (kind, taken) = (.text, [])
    case _ where word.hasPrefix("digits"):
      guard let count = Int(word.dropFirst(6)), (1...20).contains(count) else {
        throw type.problem("\"\(word)\" needs the number of digits, 1 to 20, such as \"digits10\".")
      }
      (kind, taken) = (.digits(count), [])
    default:
      throw type.problem("The type \"\(word)\" is unknown; known are yes_no, date, time, digitsN, name, choice, recording and text.")
    }
    for key in ["days", "from", "until", "values"] where !taken.contains(key) {
      if let extra = fields[key] { throw extra.problem("A slot of type \"\(word)\" has no \"\(key)\".") }
    }
    return kind
  }

  private static func choices(_ node: FlowNode?, _ owner: FlowNode) throws -> [Slot.Choice] {
    guard let node else { throw owner.problem("A slot with a list of values needs \"values\".") }
    if node.isMapping {
      return try node.members(allowed: nil).map { key, value in
        Slot.Choice(value: key, phrases: try value.items().map { try $0.text() }, line: value.line)
      }
    }
    return try node.items().map { Slot.Choice(value: try $0.text(), phrases: [try $0.text()], line: $0.line) }
  }
}
