// Dates in words, because flite misreads numbers with slashes and dashes.

enum CalendarWords {
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
  ]
  private static let ordinals = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
    "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth",
  ]

  /// "March twenty first, 2025", or nil when there is no such day. Flite reads the year well once it stands alone.
  static func date(year: Int? = nil, month: Int, day: Int) -> String? {
    guard (1...12).contains(month), (1...31).contains(day) else { return nil }
    let words = "\(months[month - 1]) \(ordinal(day))"
    guard let year else { return words }
    return "\(words), \(year < 100 ? 2000 + year : year)"
  }

  private static func ordinal(_ day: Int) -> String {
    switch day {
    case ...20: ordinals[day - 1]
    case 30: "thirtieth"
    case 31: "thirty first"
    default: "twenty \(ordinals[day - 21])"
    }
  }

  /// The full name behind a capitalised short one, as in `Thu`. Sat and Sun are words of their own as well.
  static func weekday(_ short: String) -> String? { weekdays[short] }

  /// The full name behind `Jan`, `Sept` and so on; `May` is full already, `Mar` and `Jun` are only said before a number.
  static func month(_ short: String) -> String? {
    short == "Sept" ? "September" : short.utf8.count == 3 ? months.first { $0.utf8.count > 3 && $0.hasPrefix(short) } : nil
  }

  private static let weekdays = [
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Thur": "Thursday",
    "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday",
  ]
}
