// How callers say the values of a slot: samples for the language model and rules for the grammars.

/// Seeded samples of spoken values.
enum SlotPhrases {
  /// One way of saying some value of the slot, in dictionary words; empty when the slot has none.
  static func sample(_ kind: Slot.Kind, _ random: inout SeededRandom) -> [String] {
    switch kind {
    case .yesNo: Words.spoken(random.pick(yes + no) ?? "")
    case .date: date(&random)
    case .time(let from, let to): time(hours(from, to), &random)
    case .digits(let count): digits(count, &random)
    case .name(let list), .choice(let list): Words.spoken(random.pick(list.flatMap(\.phrases)) ?? "")
    case .text: []
    }
  }

  /// The plain values that every caller may give, each of which must be in the model whatever the seed.
  static func plain(_ kind: Slot.Kind) -> [String] {
    switch kind {
    case .date: Numbers.weekdays + ["today", "tomorrow"]
    case .time(let from, let to): hours(from, to).map(Numbers.cardinal)
    case .name(let list), .choice(let list): list.flatMap(\.phrases)
    case .yesNo, .digits, .text: []
    }
  }

  /// Few and unlike each other: "of course" beside "no" made one of the other on telephone audio.
  static let yes = [
    "yes", "yes please", "yeah", "yep", "correct", "that's correct", "that's right", "yes that's right", "right", "sure", "okay",
  ]
  static let no = ["no", "nope", "no thanks", "no thank you", "that's wrong", "no that's wrong", "that's not right", "wrong"]

  private static func date(_ random: inout SeededRandom) -> [String] {
    let weekday = random.pick(Numbers.weekdays) ?? "", month = random.pick(Numbers.months) ?? ""
    let rank = Numbers.ordinal(Int(random.next() % 31) + 1)
    let count = Numbers.cardinal(Int(random.next() % 5) + 2)
    // Callers mostly name a weekday; the shares are a guess that only shapes the model's weights.
    let text =
      switch random.next() % 20 {
      case 0..<6: weekday
      case 6..<8: "next \(weekday)"
      case 8: "this \(weekday)"
      case 9, 10: "tomorrow"
      case 11: "today"
      case 12: "the day after tomorrow"
      case 13, 14, 15: "\(month) \(rank)"
      case 16: "the \(rank) of \(month)"
      case 17: "the \(rank)"
      case 18: "\(weekday) the \(rank)"
      default: random.chance(50) ? "in \(count) days" : "in \(count) weeks"
      }
    return Words.spoken(text)
  }

  static let minutes = ["ten", "fifteen", "twenty", "twenty five", "thirty", "thirty five", "forty", "forty five", "fifty", "fifty five"]

  /// The hours of the clock face, 1 to 12, that lie within a slot's limits.
  static func hours(_ from: CivilTime, _ to: CivilTime) -> [Int] {
    Set((from.hour...max(from.hour, to.hour)).map { $0 % 12 == 0 ? 12 : $0 % 12 }).sorted()
  }

  private static func time(_ hours: [Int], _ random: inout SeededRandom) -> [String] {
    // Some callers ask for a time that is not offered; they must be heard as well, to be told.
    let hour = Numbers.cardinal(random.chance(90) ? random.pick(hours) ?? 12 : Int(random.next() % 12) + 1)
    let minute = random.chance(70) ? random.pick(["fifteen", "thirty", "thirty", "forty five"]) ?? "" : random.pick(minutes) ?? ""
    let half = random.chance(50) ? "a.m." : "p.m."
    let text =
      switch random.next() % 16 {
      case 0..<3: "\(hour)"
      case 3..<5: "\(hour) o'clock"
      case 5..<8: "\(hour) \(half)"
      case 8..<11: "\(hour) \(minute)"
      case 11..<13: "\(hour) \(minute) \(half)"
      case 13: "half past \(hour)"
      case 14: random.chance(50) ? "quarter past \(hour)" : "quarter to \(hour)"
      default: random.chance(50) ? "noon" : "\(hour) in the \(random.chance(50) ? "morning" : "afternoon")"
      }
    return Words.spoken(text)
  }

  private static func digits(_ count: Int, _ random: inout SeededRandom) -> [String] {
    (0..<count).map { _ in
      let digit = Int(random.next() % 10)
      return digit == 0 && random.chance(50) ? "oh" : Numbers.units[digit]
    }
  }
}
