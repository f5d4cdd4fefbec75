// Finds the values of a slot in a caller's words, whatever its type.

/// One value found in a sentence and the tokens it took.
struct Found: Hashable, Sendable {
  let start: Int
  let length: Int
  let value: Value

  var range: Range<Int> { start..<(start + length) }
}

/// Dispatches to the reader of the slot's type.
enum SlotReader {
  /// Values that begin at `start`, the longest first. `bare`: the slot is being asked for, or a pattern expects it here.
  static func read(_ slot: Slot, in tokens: [String], at start: Int, today: CivilDate, bare: Bool) -> [Found] {
    switch slot.kind {
    case .date:
      DateReader(today: today, tokens: tokens).read(at: start, bare: bare)
        .map { Found(start: start, length: $0.length, value: .date($0.date)) }
    case .time(let from, let to):
      TimeReader(from: from, to: to, tokens: tokens).read(at: start, bare: bare)
        .map { Found(start: start, length: $0.length, value: .time($0.time)) }
    case .digits(let count):
      // A run is read from its beginning: the end of a longer number is not the number.
      start > 0 && DigitsReader.run(in: tokens, at: start - 1) != nil
        ? []
        : DigitsReader.run(in: tokens, at: start).flatMap { run in
          DigitsReader.fitted(run.digits, to: count).map { [Found(start: start, length: run.length, value: .digits($0))] }
        } ?? []
    case .name(let choices), .choice(let choices):
      listed(choices, in: tokens, at: start)
    case .yesNo:
      bare && start == 0
        ? YesNoReader.read(tokens).map { [Found(start: 0, length: tokens.count, value: .yes($0))] } ?? [] : []
    case .text:
      []
    }
  }

  /// The value of the sentence that covers most words, or nil.
  static func best(_ slot: Slot, in tokens: [String], today: CivilDate, bare: Bool, outside taken: [Range<Int>] = []) -> Found? {
    var best: Found?
    for start in tokens.indices {
      for found in read(slot, in: tokens, at: start, today: today, bare: bare)
      where !taken.contains(where: { $0.overlaps(found.range) }) && found.length > best?.length ?? 0 {
        best = found
      }
    }
    return best
  }

  private static func listed(_ choices: [Slot.Choice], in tokens: [String], at start: Int) -> [Found] {
    var found: [Found] = []
    for choice in choices {
      for phrase in choice.phrases {
        let words = Words.tokens(phrase)
        guard !words.isEmpty, start + words.count <= tokens.count, Array(tokens[start..<(start + words.count)]) == words
        else { continue }
        found.append(Found(start: start, length: words.count, value: .choice(choice.value, spoken: choice.phrases[0])))
      }
    }
    return found.sorted { $0.length > $1.length }
  }
}
