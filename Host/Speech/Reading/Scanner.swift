// Goes through the characters of a word from left to right.

struct Scanner {
  private let scalars: [Unicode.Scalar]
  private(set) var at: Int

  init(_ scalars: [Unicode.Scalar]) {
    self.scalars = scalars
    at = 0
  }

  var isAtEnd: Bool { at == scalars.count }
  var peek: Unicode.Scalar? { at < scalars.count ? scalars[at] : nil }
  var rest: ArraySlice<Unicode.Scalar> { scalars[at...] }

  mutating func take(_ c: Unicode.Scalar) -> Bool {
    guard peek == c else { return false }
    at += 1
    return true
  }

  mutating func take(oneOf set: String) -> Unicode.Scalar? {
    guard let c = peek, set.unicodeScalars.contains(c) else { return nil }
    at += 1
    return c
  }

  mutating func take(while fits: (Unicode.Scalar) -> Bool) -> ArraySlice<Unicode.Scalar> {
    let start = at
    while at < scalars.count, fits(scalars[at]) { at += 1 }
    return scalars[start..<at]
  }

  /// Digits, at least one and at most `most`; nothing is taken where there are others.
  mutating func digits(_ count: ClosedRange<Int> = 1...18) -> [Unicode.Scalar]? {
    let start = at
    let found = take { $0.isDigit }
    guard count.contains(found.count) else {
      at = start
      return nil
    }
    return Array(found)
  }

  /// A number within bounds.
  mutating func number(_ count: ClosedRange<Int>, _ range: ClosedRange<Int>) -> Int? {
    let start = at
    guard let value = digits(count).flatMap({ Numerals.value($0) }), range.contains(value) else {
      at = start
      return nil
    }
    return value
  }

  /// `1,234.50`: groups of three, a point.
  mutating func decimal() -> Decimal? {
    let start = at
    var whole = Array(take { $0.isDigit })
    var grouped = false
    while (1...3).contains(whole.count) || grouped, peek == ",", let group = group() {
      whole += group
      grouped = true
    }
    var part: [Unicode.Scalar]?
    if peek == ".", at + 1 < scalars.count, scalars[at + 1].isDigit {
      at += 1
      part = Array(take { $0.isDigit })
    }
    guard !whole.isEmpty || part != nil else {
      at = start
      return nil
    }
    return Decimal(whole: whole, part: part, isGrouped: grouped)
  }

  private mutating func group() -> [Unicode.Scalar]? {
    guard at + 3 < scalars.count, scalars[(at + 1)...(at + 3)].allSatisfy(\.isDigit), at + 4 == scalars.count || !scalars[at + 4].isDigit
    else { return nil }
    defer { at += 4 }
    return Array(scalars[(at + 1)...(at + 3)])
  }
}
