// Times of day in a caller's words.

/// Reads times; an hour without "am" or "pm" is taken the way the business's hours suggest.
struct TimeReader {
  let from: CivilTime
  let to: CivilTime
  let tokens: [String]

  /// Times that begin at `start`, the longest first, each with the number of tokens it took.
  ///
  /// A number alone ("ten", "ten thirty") counts when `bare` says that a time is being asked for, or after "at" and its like.
  func read(at start: Int, bare: Bool) -> [(time: CivilTime, length: Int)] {
    let bare = bare || start > 0 && ["at", "around", "about", "by"].contains(tokens[start - 1])
    var found = [named(start), relative(start), hour(start, bare: bare), digits(start, bare: bare)].compactMap { $0 }
    found.sort { $0.length > $1.length }
    return found
  }

  private func word(_ index: Int) -> String { index < tokens.count ? tokens[index] : "" }

  private func named(_ i: Int) -> (time: CivilTime, length: Int)? {
    switch word(i) {
    case "noon", "midday": CivilTime(hour: 12, minute: 0).map { ($0, 1) }
    case "midnight": CivilTime(hour: 0, minute: 0).map { ($0, 1) }
    default: nil
    }
  }

  /// "half past ten", "quarter to three in the afternoon", "ten minutes past four".
  private func relative(_ i: Int) -> (time: CivilTime, length: Int)? {
    var at = i
    let minutes: Int
    if word(at) == "a" && word(at + 1) == "quarter" { at += 1 }
    if word(at) == "half" {
      (minutes, at) = (30, at + 1)
    } else if word(at) == "quarter" {
      (minutes, at) = (15, at + 1)
    } else if let number = Numbers.cardinal(in: tokens, at: at), (1...29).contains(number.value) {
      (minutes, at) = (number.value, at + number.length)
      if word(at) == "minutes" { at += 1 }
    } else {
      return nil
    }
    let before: Bool
    switch word(at) {
    case "past", "after": before = false
    case "to", "till", "before": before = true
    case "of" where minutes == 15: before = true
    default: return nil
    }
    at += 1
    guard let hour = Numbers.cardinal(in: tokens, at: at), (1...12).contains(hour.value) else { return nil }
    at += hour.length
    if word(at) == "oclock" { at += 1 }
    let half = part(at)
    let base = before ? (hour.value == 1 ? 12 : hour.value - 1) : hour.value
    guard let time = resolve(hour: base, minute: before ? 60 - minutes : minutes, half: half?.half) else { return nil }
    return (time, at + (half?.length ?? 0) - i)
  }

  /// "ten", "ten thirty", "ten oh five", "ten o'clock", each with or without "am" or "in the morning".
  private func hour(_ i: Int, bare: Bool) -> (time: CivilTime, length: Int)? {
    guard let hour = Numbers.cardinal(in: tokens, at: i), (1...23).contains(hour.value) else { return nil }
    var at = i + hour.length, minute = 0, marked = false
    if word(at) == "oclock" {
      (marked, at) = (true, at + 1)
    } else if word(at) == "oh" || word(at) == "zero", let unit = Numbers.value(word(at + 1)), unit < 10 {
      (minute, at) = (unit, at + 2)
    } else if let number = Numbers.cardinal(in: tokens, at: at), (10...59).contains(number.value) {
      (minute, at) = (number.value, at + number.length)
    }
    let half = part(at)
    guard bare || marked || half != nil else { return nil }
    guard let time = resolve(hour: hour.value, minute: minute, half: half?.half) else { return nil }
    return (time, at + (half?.length ?? 0) - i)
  }

  /// "one zero three zero", as a transcript's "1030" reads.
  private func digits(_ i: Int, bare: Bool) -> (time: CivilTime, length: Int)? {
    var run: [Int] = []
    while let unit = Numbers.value(word(i + run.count)), unit < 10, run.count < 5 { run.append(unit) }
    guard bare, run.count == 3 || run.count == 4 else { return nil }
    let number = run.reduce(0) { $0 * 10 + $1 }
    let half = part(i + run.count)
    guard let time = resolve(hour: number / 100, minute: number % 100, half: half?.half) else { return nil }
    return (time, run.count + (half?.length ?? 0))
  }

  private enum Half { case morning, afternoon }

  private func part(_ i: Int) -> (half: Half, length: Int)? {
    switch word(i) {
    case "am": return (.morning, 1)
    case "pm": return (.afternoon, 1)
    case "in" where word(i + 1) == "the":
      switch word(i + 2) {
      case "morning": return (.morning, 3)
      case "afternoon", "evening": return (.afternoon, 3)
      default: return nil
      }
    case "at" where word(i + 1) == "night": return (.afternoon, 2)
    default: return nil
    }
  }

  /// Without a half of the day: the reading inside the slot's hours; when both or neither are, 7 to 12 as it stands and 1 to 6 after noon.
  private func resolve(hour: Int, minute: Int, half: Half?) -> CivilTime? {
    guard (1...12).contains(hour) else { return CivilTime(hour: hour, minute: minute) }
    let early = CivilTime(hour: hour % 12, minute: minute), late = CivilTime(hour: hour % 12 + 12, minute: minute)
    switch half {
    case .morning: return early
    case .afternoon: return late
    case nil:
      let fits = [early, late].compactMap { $0 }.filter { from <= $0 && $0 <= to }
      if fits.count == 1 { return fits[0] }
      return (7...11).contains(hour) ? early : late
    }
  }
}
