// Days in a caller's words.

/// Reads dates relative to a given day.
///
/// "monday" is the first Monday after today; "next monday" is the Monday of the following ISO week; a day of the month
/// or of the year is the first one that is not past. The agent reads every date back in full, so a doubt is settled by ear.
struct DateReader {
  let today: CivilDate
  let tokens: [String]

  /// Dates that begin at `start`, the longest first, each with the number of tokens it took.
  ///
  /// A rank alone ("fifth") counts only when `bare` says that a date is being asked for.
  func read(at start: Int, bare: Bool) -> [(date: CivilDate, length: Int)] {
    var found = [relative(start), weekday(start), monthDay(start), dayOfMonth(start, bare: bare)].compactMap { $0 }
    found.sort { $0.length > $1.length }
    return found
  }

  private func word(_ index: Int) -> String { index < tokens.count ? tokens[index] : "" }

  private func relative(_ i: Int) -> (date: CivilDate, length: Int)? {
    switch word(i) {
    case "today", "tonight": return (today, 1)
    case "tomorrow": return today.adding(days: 1).map { ($0, 1) }
    case "day" where word(i + 1) == "after" && word(i + 2) == "tomorrow": return today.adding(days: 2).map { ($0, 3) }
    case "in":
      guard let (days, length) = span(i + 1) else { return nil }
      return today.adding(days: days).map { ($0, 1 + length) }
    default:
      guard let (days, length) = span(i), word(i + length) == "from" || word(i + length) == "after" else { return nil }
      let from = i + length + 1
      if word(from) == "now" { return today.adding(days: days).map { ($0, length + 2) } }
      guard let base = relativeDay(from) ?? weekday(from) else { return nil }
      return base.date.adding(days: days).map { ($0, length + 1 + base.length) }
    }
  }

  private func relativeDay(_ i: Int) -> (date: CivilDate, length: Int)? {
    switch word(i) {
    case "today": (today, 1)
    case "tomorrow": today.adding(days: 1).map { ($0, 1) }
    default: nil
    }
  }

  /// "three days", "a week", "two weeks".
  private func span(_ i: Int) -> (days: Int, length: Int)? {
    let count: (value: Int, length: Int)
    if word(i) == "a" || word(i) == "one" {
      count = (1, 1)
    } else if let number = Numbers.cardinal(in: tokens, at: i) {
      count = number
    } else {
      return nil
    }
    switch word(i + count.length) {
    case "day", "days": return (count.value, count.length + 1)
    case "week", "weeks": return (count.value * 7, count.length + 1)
    default: return nil
    }
  }

  private func weekday(_ i: Int) -> (date: CivilDate, length: Int)? {
    var at = i, next = false, this = false
    while ["this", "next", "coming"].contains(word(at)) {
      next = next || word(at) == "next"
      this = this || word(at) == "this"
      at += 1
    }
    guard let name = Numbers.weekdays.firstIndex(of: singular(word(at))) else { return nil }
    at += 1
    // "Monday the fifth", "Monday, March fifth": the number decides, the name only accompanies it.
    let number = word(at) == "the" ? at + 1 : at
    if let exact = monthDay(number) ?? dayOfMonth(number, bare: true) {
      return (exact.date, number + exact.length - i)
    }
    var ahead = (name + 1 - today.weekday + 7) % 7
    if next {
      ahead = name + 1 - today.weekday + 7
    } else if ahead == 0, !this {
      ahead = 7
    }
    return today.adding(days: ahead).map { ($0, at - i) }
  }

  private func singular(_ word: String) -> String { word.hasSuffix("days") ? String(word.dropLast()) : word }

  /// "march [the] fifth [2027]", "fifth of march [2027]".
  private func monthDay(_ i: Int) -> (date: CivilDate, length: Int)? {
    var at = i
    let month: Int, day: Int
    if let index = Numbers.months.firstIndex(of: word(i)) {
      at += word(i + 1) == "the" ? 2 : 1
      guard let number = Numbers.ordinal(in: tokens, at: at) ?? Numbers.cardinal(in: tokens, at: at) else { return nil }
      (month, day, at) = (index + 1, number.value, at + number.length)
    } else if let rank = Numbers.ordinal(in: tokens, at: i) {
      at += rank.length
      if word(at) == "of" { at += 1 }
      guard let index = Numbers.months.firstIndex(of: word(at)) else { return nil }
      (month, day, at) = (index + 1, rank.value, at + 1)
    } else {
      return nil
    }
    if let (year, length) = year(at), let date = CivilDate(year: year, month: month, day: day) {
      return (date, at + length - i)
    }
    // Eight years reach the next leap day from any day of this calendar.
    for year in today.year...(today.year + 8) {
      if let date = CivilDate(year: year, month: month, day: day), date >= today { return (date, at - i) }
    }
    return nil
  }

  /// "twenty twenty seven", "two thousand [and] twenty seven", "two zero two seven".
  private func year(_ i: Int) -> (year: Int, length: Int)? {
    if word(i) == "two", word(i + 1) == "thousand" {
      let at = word(i + 2) == "and" ? i + 3 : i + 2
      return Numbers.cardinal(in: tokens, at: at).map { (2000 + $0.value, at + $0.length - i) } ?? (2000, 2)
    }
    if word(i) == "twenty", let rest = Numbers.cardinal(in: tokens, at: i + 1), rest.value >= 10 {
      return (2000 + rest.value, 1 + rest.length)
    }
    let digits = (i..<(i + 4)).compactMap { Numbers.value(word($0)) }
    guard digits.count == 4, digits.allSatisfy({ $0 < 10 }), digits[0] == 2, digits[1] == 0 else { return nil }
    return (2000 + digits[2] * 10 + digits[3], 4)
  }

  /// "the fifth", or "fifth" when a date is being asked for: the first such day from today on.
  private func dayOfMonth(_ i: Int, bare: Bool) -> (date: CivilDate, length: Int)? {
    let at = word(i) == "the" ? i + 1 : i
    // "February thirtieth" and "thirty second" hold no day: their last word is not read alone.
    if i > 0, Numbers.months.contains(word(i - 1)) || Numbers.value(word(i - 1)) ?? 0 >= 20 { return nil }
    guard bare || at > i, let rank = Numbers.ordinal(in: tokens, at: at), rank.value <= 31
    else { return nil }
    var month = today.month, year = today.year
    // Any day number up to 31 occurs at least once in two months; one more covers the rest of this month.
    for _ in 0..<3 {
      if let date = CivilDate(year: year, month: month, day: rank.value), date >= today {
        return (date, at + rank.length - i)
      }
      (month, year) = month == 12 ? (1, year + 1) : (month + 1, year)
    }
    return nil
  }
}
