// Number words of English: values to words and words to values.

/// Tables and conversions for the numbers that occur in days, times and telephone numbers (0 to 99).
enum Numbers {
  static let units = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
  ]
  static let tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
  static let ordinals = [
    "zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth",
    "nineteenth",
  ]
  static let months = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
  ]
  /// Monday first, as in ISO 8601.
  static let weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

  /// "thirty one" for 31. Numbers outside 0 to 99 come back as digits.
  static func cardinal(_ number: Int) -> String {
    switch number {
    case 0..<20: units[number]
    case 20..<100: number % 10 == 0 ? tens[number / 10] : tens[number / 10] + " " + units[number % 10]
    default: String(number)
    }
  }

  /// "thirty first" for 31. Numbers outside 0 to 99 come back as digits.
  static func ordinal(_ number: Int) -> String {
    switch number {
    case 0..<20: ordinals[number]
    case 20, 30: tens[number / 10].dropLast() + "ieth"
    case 21..<100: tens[number / 10] + " " + ordinals[number % 10]
    default: String(number)
    }
  }

  /// "four one five" for "415"; other characters are left out.
  static func digits(_ text: String) -> [String] {
    text.compactMap { $0.isASCIIDigit ? $0.wholeNumberValue.map { units[$0] } : nil }
  }

  /// The number of one word ("twelve", "thirty"), 0 to 90.
  static func value(_ word: String) -> Int? { values[word] }

  /// The rank of one word ("fifth", "thirtieth"), 1 to 30.
  static func rank(_ word: String) -> Int? { ranks[word] }

  private static let values: [String: Int] = {
    var table: [String: Int] = [:]
    for (number, word) in units.enumerated() { table[word] = number }
    for (index, word) in tens.enumerated() where index >= 2 { table[word] = index * 10 }
    return table
  }()

  private static let ranks: [String: Int] = {
    var table = ["twentieth": 20, "thirtieth": 30]
    for (number, word) in ordinals.enumerated() where number > 0 { table[word] = number }
    return table
  }()

  /// A number of one or two words at `start` ("thirty", "thirty one"), with the count of words it took.
  static func cardinal(in tokens: [String], at start: Int) -> (value: Int, length: Int)? {
    guard start < tokens.count, let first = values[tokens[start]] else { return nil }
    if first >= 20, first % 10 == 0, start + 1 < tokens.count, let unit = values[tokens[start + 1]], (1...9).contains(unit) {
      return (first + unit, 2)
    }
    return (first, 1)
  }

  /// A rank of one or two words at `start` ("fifth", "twenty first"), with the count of words it took.
  static func ordinal(in tokens: [String], at start: Int) -> (value: Int, length: Int)? {
    guard start < tokens.count else { return nil }
    if let rank = ranks[tokens[start]] { return (rank, 1) }
    guard let ten = values[tokens[start]], ten == 20 || ten == 30, start + 1 < tokens.count,
      let unit = ranks[tokens[start + 1]], unit < 10
    else { return nil }
    return (ten + unit, 2)
  }
}
