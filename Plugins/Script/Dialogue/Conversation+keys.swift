// Keys pressed on the telephone.

extension Conversation {
  /// Keys answer the question if they can; 0 asks for a person, `*` for the question again. `#` only ends an entry.
  mutating func take(keys entry: String) -> Reply {
    if entry.contains("*") { return again() }
    let keys = entry.filter(\.isASCIIDigit)
    if keys == "0", flow.transfer != nil, !takesOneDigit { return handOver() }
    switch asked {
    case .anythingElse where keys == "1": return ask(.menu)
    case .anythingElse where keys == "2": return goodbye()
    case .open, .menu, .anythingElse:
      guard keys.count == 1, let key = Int(keys), menu.indices.contains(key - 1) else { return miss(question: false) }
      return begin(menu[key - 1], with: [:])
    case .slot(let name):
      guard let value = active?.slot(name).flatMap({ value(of: $0, keys) }) else { return refuse(keys) }
      // Keys cannot be misheard: a value that was denied as speech may be meant now.
      denied[name] = nil
      var filling = Filling()
      put(value, in: name, &filling)
      return settle(filling)
    case .readBack, .confirm, .doubtIntent, .doubtValues, .offerMessage:
      return decided(keys)
    case .change:
      return miss(question: false)
    }
  }

  private var takesOneDigit: Bool {
    if case .slot(let name) = asked { active?.slot(name)?.kind == .digits(1) } else { false }
  }

  private mutating func decided(_ keys: String) -> Reply {
    let word =
      switch keys {
      case "1": "yes"
      case "2": "no"
      // A whole number keyed in while it is being read back replaces it.
      default: keys.map(String.init).joined(separator: " ")
      }
    let utterance = Input.Utterance(raw: word, tokens: Words.tokens(word), certainty: .sure, candidates: [])
    return answered(utterance) ?? miss(question: false)
  }

  private func value(of slot: Slot, _ keys: String) -> Value? {
    switch slot.kind {
    case .digits(let count): return DigitsReader.fitted(keys, to: count).map(Value.digits)
    case .yesNo: return keys == "1" ? .yes(true) : keys == "2" ? .yes(false) : nil
    case .date:
      guard keys.count == 4, let month = Int(keys.prefix(2)), let day = Int(keys.suffix(2)) else { return nil }
      // The next eight years hold every day of the calendar.
      return (moment.today.year...(moment.today.year + 8)).lazy
        .compactMap { CivilDate(year: $0, month: month, day: day) }.first { $0 >= moment.today }.map(Value.date)
    case .time(let from, let to):
      let digits = keys.count == 3 ? "0" + keys : keys
      guard digits.count == 4 else { return nil }
      return TimeReader(from: from, to: to, tokens: Numbers.digits(digits)).read(at: 0, bare: true).first.map { .time($0.time) }
    case .name(let choices), .choice(let choices):
      guard let key = Int(keys), choices.indices.contains(key - 1) else { return nil }
      return .choice(choices[key - 1].value, spoken: choices[key - 1].phrases[0])
    case .text: return nil
    }
  }

  private mutating func refuse(_ keys: String) -> Reply {
    guard case .slot(let name) = asked, let slot = active?.slot(name) else { return miss(question: false) }
    return askAgain(slot, after: [Phrases.refuse(slot)])
  }
}
