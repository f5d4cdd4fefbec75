// Digit strings in a caller's words.

/// Reads telephone numbers and the like, also when grouped ("four fifteen, double five five").
enum DigitsReader {
  /// The digits from `start` on and the number of tokens they took; nil when no digit stands there.
  static func run(in tokens: [String], at start: Int) -> (digits: String, length: Int)? {
    var digits = "", at = start, end = start
    while at < tokens.count {
      let word = tokens[at]
      if let times = repeats[word], at + 1 < tokens.count, let unit = unit(tokens[at + 1]) {
        digits += String(repeating: unit, count: times)
        at += 2
      } else if let unit = unit(word) {
        digits += unit
        at += 1
      } else if let number = Numbers.cardinal(in: tokens, at: at) {
        digits += String(number.value)
        at += number.length
      } else if word == "hundred", !digits.isEmpty {
        digits += "00"
        at += 1
      } else if !digits.isEmpty, joiners.contains(word) {
        at += 1
        continue
      } else {
        break
      }
      end = at
    }
    return digits.isEmpty ? nil : (digits, end - start)
  }

  /// Every digit of the sentence in order, whatever stands between.
  static func all(in tokens: [String]) -> String {
    var digits = "", at = 0
    while at < tokens.count {
      if let found = run(in: tokens, at: at) {
        digits += found.digits
        at += found.length
      } else {
        at += 1
      }
    }
    return digits
  }

  /// The digits if there are exactly `count`; ten may be led by the country code 1.
  static func fitted(_ digits: String, to count: Int) -> String? {
    if digits.count == count { return digits }
    return count == 10 && digits.count == 11 && digits.hasPrefix("1") ? String(digits.dropFirst()) : nil
  }

  private static func unit(_ word: String) -> String? {
    if word == "oh" || word == "o" { return "0" }
    guard let value = Numbers.value(word), value < 10 else { return nil }
    return String(value)
  }

  private static let repeats = ["double": 2, "triple": 3]
  private static let joiners: Set = ["and", "dash", "then", "uh", "um", "er", "plus"]
}
