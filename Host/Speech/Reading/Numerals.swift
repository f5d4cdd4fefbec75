// English words for numbers.

/// Numbers as they are said in the United States: no "and" after hundreds.
enum Numerals {
  private static let small = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
  ]
  private static let tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
  private static let scales = ["", " thousand", " million", " billion", " trillion", " quadrillion"]
  private static let ordinals = [
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth", "twelve": "twelfth",
  ]

  /// 1234 is "one thousand two hundred thirty-four". Below a quintillion; larger numbers are not said as one.
  static func cardinal(_ number: Int) -> String {
    guard number >= 0 else { return "minus " + cardinal(number == .min ? .max : -number) }
    guard number >= 20 else { return small[number] }
    if number < 100 { return tens[number / 10] + (number % 10 == 0 ? "" : "-" + small[number % 10]) }
    if number < 1000 { return small[number / 100] + " hundred" + (number % 100 == 0 ? "" : " " + cardinal(number % 100)) }
    var groups: [String] = []
    var rest = number
    for scale in scales where rest > 0 {
      if rest % 1000 > 0 { groups.append(cardinal(rest % 1000) + scale) }
      rest /= 1000
    }
    return groups.reversed().joined(separator: " ")
  }

  /// 21 is "twenty-first".
  static func ordinal(_ number: Int) -> String {
    let words = cardinal(number)
    let start = words.lastIndex { $0 == " " || $0 == "-" }.map { words.index(after: $0) } ?? words.startIndex
    let last = String(words[start...])
    let end = ordinals[last] ?? (last.hasSuffix("y") ? last.dropLast() + "ieth" : last + "th")
    return words[..<start] + end
  }

  /// 2025 is "twenty twenty-five", 2005 "two thousand five", 1905 "nineteen oh five".
  static func year(_ year: Int) -> String {
    guard (1100...2099).contains(year), !(2000...2009).contains(year) else { return cardinal(year) }
    let rest = year % 100
    let century = cardinal(year / 100)
    return rest == 0 ? century + " hundred" : century + (rest < 10 ? " oh " : " ") + cardinal(rest)
  }

  /// One after the other.
  static func digits(_ digits: some Sequence<Unicode.Scalar>) -> String {
    digits.compactMap { $0.isDigit ? small[Int($0.value - 48)] : nil }.joined(separator: " ")
  }

  /// The number that digits stand for; nil for more of them than a number is said with.
  static func value(_ digits: some Collection<Unicode.Scalar>) -> Int? {
    guard !digits.isEmpty, digits.count <= 17 else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1.value - 48) }
  }

  /// A whole number as a quantity; very long ones and those with leading zeros digit by digit.
  static func quantity(_ digits: some Collection<Unicode.Scalar>) -> String {
    guard let value = value(digits), digits.count == 1 || digits.first != "0" else { return Self.digits(digits) }
    return cardinal(value)
  }

  /// The name of a part: 2 "half", 4 "quarter", 10 "tenth".
  static func fraction(_ above: Int, _ below: Int) -> String {
    let name = below == 2 ? "half" : below == 4 ? "quarter" : ordinal(below)
    return cardinal(above) + " " + (above == 1 ? name : below == 2 ? "halves" : name + "s")
  }
}
