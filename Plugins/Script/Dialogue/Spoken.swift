// Values as the agent reads them back.

/// Dates in words, times as a synthesiser reads them well, digits one by one.
enum Spoken {
  /// "Thursday, March fifth"; with the year when it is not the year of `today`.
  static func date(_ date: CivilDate, today: CivilDate) -> String {
    let words =
      capital(Numbers.weekdays[date.weekday - 1]) + ", " + capital(Numbers.months[date.month - 1]) + " "
      + Numbers.ordinal(date.day)
    if date.year == today.year || date < (today.adding(days: 180) ?? today) && date >= today { return words }
    return words + ", \(date.year)"
  }

  /// "10:30 am", "3 pm", "noon".
  static func time(_ time: CivilTime) -> String {
    if time.minute == 0, time.hour == 12 { return "noon" }
    if time.minute == 0, time.hour == 0 { return "midnight" }
    let hour = time.hour % 12 == 0 ? 12 : time.hour % 12
    return "\(hour)" + (time.minute == 0 ? "" : ":" + twoDigits(time.minute)) + (time.hour < 12 ? " am" : " pm")
  }

  /// "4 1 5, 5 5 5, 2 6 7 1": groups of three, the last of up to four, because that is how numbers are remembered.
  static func digits(_ digits: String) -> String {
    var groups: [Substring] = [], rest = Substring(digits)
    while rest.count > 4 {
      groups.append(rest.prefix(3))
      rest = rest.dropFirst(3)
    }
    groups.append(rest)
    return groups.map { $0.map(String.init).joined(separator: " ") }.joined(separator: ", ")
  }

  /// A field of a tool's result: an ISO date, a time or a long number is read like a slot, other text as it is.
  static func field(_ text: String, today: CivilDate) -> String {
    if let date = CivilDate(iso: text) { return Spoken.date(date, today: today) }
    if let time = CivilTime(iso: text) { return Spoken.time(time) }
    return text.count >= 4 && text.allSatisfy(\.isASCIIDigit) ? digits(text) : text
  }

  static func capital(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

  /// "one", "one or two", "one, two or three".
  static func list(_ items: [String], joined word: String) -> String {
    guard let last = items.last, items.count > 1 else { return items.first ?? "" }
    return items.dropLast().joined(separator: ", ") + " " + word + " " + last
  }
}
