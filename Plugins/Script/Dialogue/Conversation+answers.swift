// Taking the answer to the question that was asked.

extension Conversation {
  /// The reply if the words answer the question; nil hands them on to everything else a caller may say.
  mutating func answered(_ words: Input.Utterance) -> Reply? {
    switch asked {
    // A yes to "How can I help you?" announces a wish.
    case .open where decision(words) == true && YesNoReader.isBare(words.tokens): return ask(.open)
    case .open, .menu: return spokenKey(words).map { take(keys: $0) }
    case .anythingElse: return wantsMore(words)
    case .slot(let name): return active?.slot(name).flatMap { value(of: $0, words) }
    case .readBack(let name): return active?.slot(name).flatMap { readBack($0, words) }
    case .confirm: return confirmation(words)
    case .change: return change(words)
    case .doubtIntent(let index, let values):
      guard let yes = decision(words), YesNoReader.isBare(words.tokens) || !yes else { return nil }
      if isDoubtful(words) { return unclear() }
      if yes { return flow.intents[index].action == .transfer ? handOver() : begin(index, with: values) }
      return YesNoReader.isBare(words.tokens) ? deny() : nil
    case .doubtValues(let values):
      guard let yes = decision(words) else { return nil }
      if isDoubtful(words) { return unclear() }
      return yes ? accept(values) : denyValues(values, words)
    case .offerMessage:
      guard let yes = decision(words), YesNoReader.isBare(words.tokens) else { return nil }
      return yes ? takeMessage() : ask(.anythingElse)
    }
  }

  /// Yes or no; "one" and "two" as on the keypad.
  func decision(_ words: Input.Utterance) -> Bool? {
    switch words.tokens {
    case ["one"], ["press", "one"]: true
    case ["two"], ["press", "two"]: false
    default: YesNoReader.read(words.tokens)
    }
  }

  private func spokenKey(_ words: Input.Utterance) -> String? {
    guard asked == .menu, let word = words.tokens.last, words.tokens.count <= 2, let key = Numbers.value(word), key < 10 else { return nil }
    return String(key)
  }

  private mutating func wantsMore(_ words: Input.Utterance) -> Reply? {
    guard YesNoReader.isBare(words.tokens), let yes = YesNoReader.read(words.tokens) else { return nil }
    if yes { return ask(.open) }
    return words.unsure && !isRepeated(false) ? ask(.anythingElse) : goodbye()
  }

  private mutating func value(of slot: Slot, _ words: Input.Utterance) -> Reply? {
    switch slot.kind {
    case .text:
      if Command.read(words.tokens) != nil { return nil }
      if words.unsure { return ask(.doubtValues([slot.name: .text(words.raw)])) }
      values[slot.name] = .text(words.raw)
      return proceed(with: [slot.name])
    case .yesNo:
      guard let yes = decision(words) else { return nil }
      if words.unsure { return ask(.doubtValues([slot.name: .yes(yes)])) }
      values[slot.name] = .yes(yes)
      return proceed(with: [slot.name])
    default: break
    }
    guard let found = SlotReader.best(slot, in: words.tokens, today: moment.today, bare: true) else { return miscounted(slot, words) }
    let cover = Weights.sum(words.tokens[found.range]) / max(Weights.sum(words.tokens), Weights.function)
    // A value among many other words may belong to another wish ("cancel the one on Friday"): that wish goes first.
    if cover < 0.5, meansAnother(words) { return nil }
    if words.unsure, !slot.isReadBack { return ask(.doubtValues([slot.name: found.value])) }
    let filling = fill(words.tokens, asking: slot)
    return settle(filling)
  }

  /// Digits were said, but not as many as are needed.
  private mutating func miscounted(_ slot: Slot, _ words: Input.Utterance) -> Reply? {
    guard case .digits(let count) = slot.kind else { return nil }
    let digits = DigitsReader.all(in: words.tokens)
    // Fewer than three are more likely part of other words than a number begun.
    guard digits.count >= min(3, count) else { return nil }
    if let whole = DigitsReader.fitted(digits, to: count) {
      values[slot.name] = .digits(whole)
      return proceed(with: [slot.name])
    }
    return askAgain(slot, after: ["I heard \(Numbers.cardinal(min(digits.count, 99))) digits.", Phrases.refuse(slot)])
  }

  private mutating func readBack(_ slot: Slot, _ words: Input.Utterance) -> Reply? {
    if let found = SlotReader.best(slot, in: words.tokens, today: moment.today, bare: true) {
      // The caller says the number again: the same one is agreement, another one a correction.
      if found.value == values[slot.name] { return words.unsure ? unclear() : agree(to: slot) }
      deny(slot, values[slot.name])
      attempts[slot.name, default: 0] += 1
      if attempts[slot.name] ?? 0 > flow.limits.reprompt { return finish(after: [Phrases.sorryAgain]) }
      var filling = Filling()
      put(found.value, in: slot.name, &filling)
      return settle(filling)
    }
    guard let yes = decision(words) else { return nil }
    if isDoubtful(words) { return unclear() }
    if !yes {
      deny(slot, values[slot.name])
      return askAgain(slot, after: [Phrases.sorryAgain])
    }
    return heardEnough ? agree(to: slot) : ask(asked)
  }

  /// Whether another intent is clearly meant, by its own words and not by a value alone.
  private func meansAnother(_ words: Input.Utterance) -> Bool {
    guard let best = words.candidates.first, best.intent != intent else { return false }
    return best.score >= Matcher.sure && best.words >= Weights.content
  }

  private mutating func agree(to slot: Slot) -> Reply {
    confirmed.insert(slot.name)
    return proceed(with: [])
  }

  private mutating func confirmation(_ words: Input.Utterance) -> Reply? {
    if meansAnother(words) { return nil }
    let before = values
    let filling = fill(words.tokens, asking: nil)
    if !filling.isEmpty {
      if words.unsure {
        let heard = values.filter { before[$0.key] != $0.value }
        values = before
        return heard.isEmpty ? nil : ask(.doubtValues(heard))
      }
      return settle(filling)
    }
    guard let yes = decision(words) else { return nil }
    // Something is done on this yes: one that is doubtful must come twice.
    if yes ? words.unsure && !isRepeated(true) : isDoubtful(words) { return unclear() }
    if yes { return heardEnough ? agreed() : ask(.confirm) }
    guard let intent = active, !intent.slots.isEmpty else { return dropIntent() }
    if let only = intent.slots.first, intent.slots.count == 1 {
      deny(only, values[only.name])
      return askAgain(only, after: [Phrases.sorryAgain])
    }
    return ask(.change)
  }

  private mutating func change(_ words: Input.Utterance) -> Reply? {
    if meansAnother(words) { return nil }
    let filling = fill(words.tokens, asking: nil)
    if !filling.isEmpty { return settle(filling) }
    let named = active?.slots.first { slot in
      let label = Words.tokens(slot.label).filter { Weights.weight($0) == Weights.content }
      return words.tokens.contains(where: label.contains)
    }
    guard let named else { return nil }
    deny(named, values[named.name])
    return ask(.slot(named.name))
  }

  private mutating func accept(_ values: [String: Value]) -> Reply {
    var filling = Filling()
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      denied[name]?.remove(value)
      put(value, in: name, &filling)
    }
    // What was just agreed on is not read back again.
    filling.changed = []
    return settle(filling)
  }

  private mutating func denyValues(_ wrong: [String: Value], _ words: Input.Utterance) -> Reply? {
    guard let slot = active?.slots.first(where: { wrong[$0.name] != nil }) else { return deny() }
    deny(slot, wrong[slot.name])
    let filling = fill(words.tokens, asking: slot)
    if !filling.changed.isEmpty { return settle(filling) }
    return askAgain(slot, after: [Phrases.sorryAgain])
  }

  /// Yes and no are the words that are hardest to mistake for each other: alone they count even when the recogniser doubts them.
  private func isDoubtful(_ words: Input.Utterance) -> Bool { words.unsure && !YesNoReader.isBare(words.tokens) }

  /// Whether a doubtful answer to this very question was the same last time. Notes it.
  private mutating func isRepeated(_ yes: Bool) -> Bool {
    let answer = DoubtedAnswer(question: asked, values: values, yes: yes)
    defer { doubted = answer }
    return doubted == answer
  }

  /// A yes or no that the recogniser doubts: nothing is done on it.
  private mutating func unclear() -> Reply {
    misses += 1
    if misses > flow.limits.reprompt { return finish(after: [Phrases.notUnderstood]) }
    return ask(asked, with: prompt(asked) + [Phrases.yesOrNo])
  }
}

extension Slot {
  /// Digits are read back in any case, so a doubtful recognition needs no question of its own.
  var isReadBack: Bool { if case .digits = kind { true } else { false } }
}
