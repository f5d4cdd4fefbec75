// Telephone numbers and other numbers that are said digit by digit.

enum Phone {
  /// Words shortly before a number that make it a code.
  static let codes: Set<String> = [
    "code", "pin", "id", "confirmation", "reference", "ref", "account", "extension", "ext", "zip", "zipcode", "passcode", "password",
    "invoice", "policy", "ticket", "serial", "routing", "phone", "telephone", "cell", "mobile", "fax", "dial", "text", "ending",
    "otp", "tracking",
  ]

  /// Groups with a comma between them, so that the voice pauses as people do.
  static func spoken(_ groups: [[Unicode.Scalar]], plus: Bool) -> String {
    (plus ? "plus " : "") + groups.map(Numerals.digits).joined(separator: ", ")
  }

  /// `415-555-2671`, `415.555.2671`, `555-1234`, `1-800-555-0199`, `078-05-1120`: digits in groups that are no range and no date.
  static func grouped(_ core: [Unicode.Scalar]) -> String? {
    var s = Scanner(core)
    let plus = s.take("+")
    var groups: [[Unicode.Scalar]] = []
    var mark: Unicode.Scalar?
    // The bracket before the area code is not part of the word.
    let start = s
    if let area = s.digits(3...3), s.take(")") {
      groups.append(area)
      _ = s.take("-")
    } else {
      s = start
    }
    while let group = s.digits() {
      groups.append(group)
      if s.isAtEnd { break }
      guard let next = s.take(oneOf: "-."), mark == nil || mark == next else { return nil }
      mark = next
    }
    let sizes = groups.map(\.count)
    // A word in the place of the last digits stays a word.
    let word = s.isAtEnd ? [] : Array(s.take { $0.isUpper })
    guard s.isAtEnd, isNumber(sizes, mark, plus, word: !word.isEmpty) else { return nil }
    if sizes.count == 1 { return spoken(split(groups[0], plus), plus: plus) }
    return spoken(groups, plus: plus) + (word.isEmpty ? "" : ", " + Token.string(word))
  }

  private static func isNumber(_ sizes: [Int], _ mark: Unicode.Scalar?, _ plus: Bool, word: Bool) -> Bool {
    let total = sizes.reduce(0, +)
    if word { return sizes == [1, 3] && mark == "-" }
    if plus { return (8...15).contains(total) }
    if sizes == [3, 3, 4] || sizes == [1, 3, 3, 4] { return true }
    if mark == "-" { return sizes == [3, 4] || (sizes.count >= 3 && (5...20).contains(total)) }
    return sizes == [10]
  }

  /// The usual groups of a number that was written without any.
  private static func split(_ digits: [Unicode.Scalar], _ plus: Bool) -> [[Unicode.Scalar]] {
    let head = digits.count > 10 ? [Array(digits.dropLast(10))] : []
    let tail = Array(digits.suffix(10))
    guard tail.count == 10 else { return [digits] }
    return head + [Array(tail[..<3]), Array(tail[3..<6]), Array(tail[6...])]
  }

  /// A number over several words: `(415) 555-2671`, `+44 20 7946 0958`, `415 555 2671`. Answers how many words it takes.
  static func spread(_ window: inout Window) -> (words: String, count: Int)? {
    guard let first = window.any(0) else { return nil }
    if first.lead == ["("], first.core.contains(")"), let words = grouped(first.core) { return (words + Token.string(first.trail), 1) }
    let isArea = first.lead == ["("] && first.trail.first == ")" && first.digits?.count == 3 && first.trail.count == 1
    let isPlus = first.core.first == "+" && first.core.count <= 5 && first.core.dropFirst().allSatisfy(\.isDigit) && first.core.count > 1
    guard isArea || (first.trail.isEmpty && (isPlus || first.digits.map { $0.count == 3 || $0 == ["1"] } ?? false)) else { return nil }
    var groups = [first.core.filter(\.isDigit)]
    var count = 1
    while count <= Speakable.Limits.lookahead, let token = window.any(count), let more = Self.groups(of: token, after: count) {
      groups += more
      count += 1
      if !token.trail.isEmpty, token.trail != [")"] { break }
    }
    while count > 1 {
      let sizes = groups.map(\.count)
      let isWhole =
        isPlus ? (8...15).contains(sizes.reduce(0, +)) : sizes == [3, 3, 4] || sizes == [1, 3, 3, 4] || isArea && sizes == [3, 3, 4]
      if isWhole, let last = window.any(count - 1) {
        let trail = last.trail.drop { $0 == ")" && last.lead == ["("] }
        let lead = isArea ? [] : first.lead
        return (Token.string(lead) + spoken(groups, plus: isPlus) + Token.string(trail), count)
      }
      count -= 1
      if let dropped = window.any(count).flatMap({ Self.groups(of: $0, after: count) }) { groups.removeLast(dropped.count) }
    }
    return nil
  }

  private static func groups(of token: Token, after count: Int) -> [[Unicode.Scalar]]? {
    guard token.lead.isEmpty || (token.lead == ["("] && token.trail.first == ")" && count == 1), !token.core.isEmpty else { return nil }
    var s = Scanner(token.core)
    var groups: [[Unicode.Scalar]] = []
    while let group = s.digits(2...4) {
      groups.append(group)
      if s.isAtEnd { return groups }
      guard s.take(oneOf: "-.") != nil else { return nil }
    }
    return nil
  }
}
