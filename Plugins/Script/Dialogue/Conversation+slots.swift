// Filling an intent's slots, from its beginning to its action.

extension Conversation {
  /// What a sentence did to the slots.
  struct Filling {
    var changed: [String] = []
    /// The slot whose value was understood and cannot be taken, and that value.
    var refused: (slot: Slot, value: Value)?

    var isEmpty: Bool { changed.isEmpty && refused == nil }
  }

  /// Turns to an intent. Digits and names already agreed on serve again under the same name; the rest is asked anew.
  mutating func enter(_ index: Int) {
    let slots = flow.intents[index].slots
    let old = active?.slots ?? []
    let kept = values.filter { name, value in
      guard let slot = slots.first(where: { $0.name == name }) else { return false }
      if let before = old.first(where: { $0.name == name }) { return before.kind == slot.kind }
      if case .digits = value { return true }
      return false
    }
    values = kept
    confirmed = confirmed.filter { kept[$0] != nil }
    intent = index
  }

  /// Begins an intent with what was said along with it.
  mutating func begin(_ index: Int, with found: [String: Value], from tokens: [String] = [], after sentences: [String] = []) -> Reply {
    if index != intent { enter(index) }
    var filling = Filling()
    for (name, value) in found.sorted(by: { $0.key < $1.key }) { put(value, in: name, &filling) }
    let more = fill(tokens, asking: nil, except: Set(found.keys))
    filling.changed += more.changed
    filling.refused = filling.refused ?? more.refused
    return settle(filling, after: sentences)
  }

  /// Puts a value in its slot unless the slot's limits forbid it or the caller has denied it before: a recogniser that
  /// hears the same wrong thing again must not be believed.
  mutating func put(_ value: Value, in name: String, _ filling: inout Filling) {
    guard let slot = active?.slot(name), values[name] != value else { return }
    guard isPossible(value, for: slot), denied[name]?.contains(value) != true else {
      filling.refused = filling.refused ?? (slot, value)
      return
    }
    values[name] = value
    confirmed.remove(name)
    filling.changed.append(name)
  }

  /// The caller says that the slot's value is not right.
  mutating func deny(_ slot: Slot, _ value: Value?) {
    if let value { denied[slot.name, default: []].insert(value) }
    values[slot.name] = nil
    confirmed.remove(slot.name)
  }

  private func isPossible(_ value: Value, for slot: Slot) -> Bool {
    switch (value, slot.kind) {
    case (.date(let date), .date(let weekdays)): date >= moment.today && weekdays.contains(date.weekday)
    case (.time(let time), .time(let from, let to)): from <= time && time <= to
    default: true
    }
  }

  /// Takes every value of the sentence that belongs to the active intent. The slot asked for needs no mark ("ten");
  /// another one does ("at ten"), and a value that was there is overwritten: that is a correction.
  mutating func fill(_ tokens: [String], asking: Slot?, except: Set<String> = []) -> Filling {
    guard let intent = active, !tokens.isEmpty else { return Filling() }
    var filling = Filling(), taken: [Range<Int>] = []
    if let slot = asking, let found = SlotReader.best(slot, in: tokens, today: moment.today, bare: true) {
      taken.append(found.range)
      put(found.value, in: slot.name, &filling)
    }
    for slot in intent.slots where slot.name != asking?.name && !except.contains(slot.name) {
      let twins = intent.slots.filter { $0.kind == slot.kind }.count > 1
      // With two slots of one kind a value cannot be a correction of either: it goes to the empty one.
      if twins, values[slot.name] != nil { continue }
      guard let found = SlotReader.best(slot, in: tokens, today: moment.today, bare: false, outside: taken) else { continue }
      taken.append(found.range)
      put(found.value, in: slot.name, &filling)
    }
    return filling
  }

  /// Goes on after values were taken: a refused one is asked again, otherwise the next step follows.
  mutating func settle(_ filling: Filling, after sentences: [String] = []) -> Reply {
    guard let (slot, value) = filling.refused else { return proceed(with: filling.changed, after: sentences) }
    if denied[slot.name]?.contains(value) == true {
      let again = Phrases.heardAgain(value.spoken(today: moment.today))
      return askAgain(slot, after: sentences + [again], with: Sentences.split(Phrases.keypad(slot)))
    }
    // Refused once and heard again, it is more likely misheard than meant.
    denied[slot.name, default: []].insert(value)
    return askAgain(slot, after: sentences + [slot.refuse ?? Phrases.refuse(slot)], with: Sentences.split(slot.ask))
  }

  /// The next step of the active intent: read digits back, ask for what is missing, confirm, act.
  mutating func proceed(with changed: [String], after sentences: [String] = []) -> Reply {
    guard let intent = active else { return ask(.open, after: sentences) }
    misses = 0
    told = nil
    if let unread = intent.slots.first(where: { isUnread($0) }) { return ask(.readBack(unread.name), after: sentences) }
    if let missing = intent.slots.first(where: { values[$0.name] == nil }) {
      return ask(.slot(missing.name), after: sentences + acknowledgement(changed, intent))
    }
    if intent.confirm != nil { return ask(.confirm, after: sentences) }
    return act(after: sentences)
  }

  private func isUnread(_ slot: Slot) -> Bool {
    if case .digits = slot.kind { values[slot.name] != nil && !confirmed.contains(slot.name) } else { false }
  }

  /// "Monday, March second." for what was just understood, so that the caller can object.
  private func acknowledgement(_ changed: [String], _ intent: Flow.Intent) -> [String] {
    let parts = intent.slots.filter { changed.contains($0.name) }.compactMap { slot -> String? in
      switch slot.kind {
      case .text, .yesNo, .digits: nil
      default: spoken(slot.name)
      }
    }
    return parts.isEmpty ? [] : [Spoken.capital(parts.joined(separator: ", ")) + "."]
  }

  /// Asks for a slot once more after its value was refused or denied; too often ends in the last step of the ladder.
  mutating func askAgain(_ slot: Slot, after sentences: [String], with prompt: [String]? = nil) -> Reply {
    values[slot.name] = nil
    confirmed.remove(slot.name)
    attempts[slot.name, default: 0] += 1
    misses = 0
    let tries = attempts[slot.name] ?? 0
    // Free speech that was not understood once will not be the second time.
    if tries > (slot.kind == .text ? 1 : flow.limits.reprompt) {
      guard slot.kind == .text else { return finish(after: sentences) }
      // A message whose words cannot be made out is still a person who wants to be called back.
      values[slot.name] = .text(Phrases.unclearText)
      return proceed(with: [], after: [Phrases.textNotUnderstood])
    }
    // Where a prompt is given the value was understood; keys would not help.
    let words = prompt ?? Sentences.split(tries == flow.limits.reprompt ? Phrases.keypad(slot) : slot.again)
    return ask(.slot(slot.name), after: sentences, with: words)
  }

  /// Performs the active intent's action.
  private mutating func act(after sentences: [String]) -> Reply {
    guard let intent = active else { return ask(.open) }
    guard case .tool(let name, let arguments) = intent.action else { return handOver() }
    // Should no result come back, the caller's next words are about the same question.
    asked = .confirm
    needed = 0
    var reply = Reply()
    reply.sentences = sentences
    reply.toolCall = Reply.ToolCall(
      name: name,
      arguments: Dictionary(
        arguments.map { ($0.name, $0.value.filled(slot: { values[$0]?.machine }, result: { _ in nil }) ?? "") }, uniquingKeysWith: { $1 }))
    return reply
  }

  /// The caller agreed.
  mutating func agreed() -> Reply { act(after: []) }

  /// A tool answered; `tool` may be one that another provider called.
  mutating func result(of tool: String, _ result: ToolResult) -> Reply {
    considered = []
    guard let index = flow.intents.firstIndex(where: { $0.calls(tool) }) else { return keep(ask(.anythingElse)) }
    if index != intent { enter(index) }
    let flowIntent = flow.intents[index]
    if result.succeeded {
      let said = texts(flowIntent.done, result: result)
      leave()
      (attempts, denied) = ([:], [:])
      return keep(ask(.anythingElse, after: said.isEmpty ? [Phrases.toolDone] : said))
    }
    let said = texts(flowIntent.fail, result: result)
    let sentences = said.isEmpty ? [Phrases.toolFailed] : said
    if let again = flowIntent.slots.first(where: { flowIntent.retry.contains($0.name) }) {
      for name in flowIntent.retry { values[name] = nil }
      return keep(askAgain(again, after: sentences, with: Sentences.split(again.ask)))
    }
    leave()
    guard flowIntent.name == flow.limits.message else { return keep(elsewhere(after: sentences)) }
    messageFailed = true
    return keep(handOver(after: sentences))
  }

  /// Ends the active intent; digits the caller agreed to stay known for the next one.
  mutating func leave() {
    values = values.filter { confirmed.contains($0.key) }
    intent = nil
    misses = 0
  }
}

extension Flow.Intent {
  func calls(_ tool: String) -> Bool { if case .tool(tool, _) = action { true } else { false } }
}
