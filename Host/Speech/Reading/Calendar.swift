// Dates and times of day as they are said.

enum Calendar {
  static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
  ]
  private static let numbers: [String: Int] = [
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9, "october": 10,
    "november": 11, "december": 12,
  ]
  /// May is no abbreviation.
  static let shortMonths: [String: String] = [
    "jan": "January", "feb": "February", "mar": "March", "apr": "April", "jun": "June", "jul": "July", "aug": "August",
    "sep": "September", "sept": "September", "oct": "October", "nov": "November", "dec": "December",
  ]
  static let shortDays: [String: String] = [
    "mon": "Monday", "tue": "Tuesday", "tues": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "thur": "Thursday", "thurs": "Thursday",
    "fri": "Friday", "sat": "Saturday", "sun": "Sunday",
  ]
  private static let days: Set<String> = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

  static func isMonth(_ lower: String) -> Bool { numbers[lower] != nil || shortMonths[lower] != nil }
  static func isName(_ lower: String) -> Bool { isMonth(lower) || days.contains(lower) || shortDays[lower] != nil }
  static func month(_ lower: String) -> String? { shortMonths[lower] ?? numbers[lower].map { months[$0 - 1] } }

  /// "March fourteenth, twenty twenty-five"; nil for a day that no calendar has.
  static func date(year: Int?, month: Int, day: Int) -> String? {
    guard (1...12).contains(month), (1...31).contains(day) else { return nil }
    return months[month - 1] + " " + Numerals.ordinal(day) + (year.map { ", " + Numerals.year($0) } ?? "")
  }

  /// `2025-03-14`, with `T15:30:00Z` or without.
  static func iso(_ core: [Unicode.Scalar]) -> String? {
    var s = Scanner(core)
    guard let year = s.number(4...4, 1000...2999), s.take("-"), let month = s.number(2...2, 1...12), s.take("-"),
      let day = s.number(2...2, 1...31), let date = date(year: year, month: month, day: day)
    else { return nil }
    if s.isAtEnd { return date }
    guard s.take("T"), let time = clock(&s, half: nil) else { return nil }
    if s.take(".") { _ = s.digits() }
    let zone = s.take { $0 == "Z" || $0 == "+" || $0 == "-" || $0 == ":" || $0.isDigit }
    guard s.isAtEnd else { return nil }
    return date + " at " + time + (zone == ["Z"] ? " UTC" : "")
  }

  /// `3/14/2025`, `14.3.2025`, in the order of the locale; the other order where only that makes a date.
  static func numeric(_ core: [Unicode.Scalar], _ order: SpeechStyle.DateOrder) -> String? {
    var s = Scanner(core)
    guard let first = s.number(1...2, 1...31), let mark = s.take(oneOf: "/.-"), let second = s.number(1...2, 1...31), s.take(mark),
      let digits = s.digits(2...4), digits.count != 3, let written = Numerals.value(digits), s.isAtEnd
    else { return nil }
    // Two digits: this century, up to the sixties; an old birth date is of the last.
    let year = digits.count == 4 ? written : written < 70 ? 2000 + written : 1900 + written
    guard mark == "/" || digits.count == 4 else { return nil }
    let monthFirst = mark == "." ? first > 12 ? false : order == .monthDay : order == .monthDay
    let (month, day) = monthFirst ? (first, second) : (second, first)
    return date(year: year, month: month, day: day) ?? date(year: year, month: day, day: month)
  }

  /// Hours and minutes, with seconds or without; the half of the day is said when it was written or when the hour tells it.
  static func clock(_ s: inout Scanner, half written: String?) -> String? {
    guard let hour = s.number(1...2, 0...24), s.take(":"), let minute = s.number(2...2, 0...59) else { return nil }
    var seconds = ""
    if s.peek == ":" {
      _ = s.take(":")
      guard let second = s.number(2...2, 0...59) else { return nil }
      if second > 0 { seconds = " and \(Numerals.cardinal(second)) second\(second == 1 ? "" : "s")" }
    }
    return time(hour: hour, minute: minute, half: written ?? half(&s)) + seconds
  }

  /// `am`, `p.m.`, glued to the hour; nothing is taken where something else follows.
  static func half(_ s: inout Scanner) -> String? {
    let before = s
    if let letter = s.take(oneOf: "aApP") {
      _ = s.take(".")
      if s.take(oneOf: "mM") != nil, s.isAtEnd || s.peek == "-" || s.peek == "–" || s.peek == "." {
        _ = s.take(".")
        return letter == "a" || letter == "A" ? "a m" : "p m"
      }
    }
    s = before
    return nil
  }

  static func time(hour: Int, minute: Int, half: String?) -> String {
    let isLate = (13...23).contains(hour)
    let half = half ?? (isLate ? "p m" : hour == 0 || hour == 24 ? "a m" : nil)
    let spoken = isLate ? hour - 12 : hour == 0 || hour == 24 ? 12 : hour
    let name = Numerals.cardinal(spoken)
    if minute == 0 { return name + " " + (half ?? "o'clock") }
    return name + (minute < 10 ? " oh " : " ") + Numerals.cardinal(minute) + (half.map { " " + $0 } ?? "")
  }
}
