// The many things that figures are used for, each told by its form.

enum Figures {
  private static let beforeYears: Set<String> = [
    "in", "since", "by", "until", "of", "year", "before", "after", "during", "through", "early", "late", "mid", "circa", "back",
  ]

  /// Four digits that name a year rather than count something.
  static func isYear(_ value: Int, _ past: Past) -> Bool {
    if (1900...2099).contains(value) { return !past.mentions(Phone.codes) }
    return (1100...1899).contains(value) && beforeYears.contains(past.lastLower)
  }

  /// What follows is a unit or a scale, so the number counts it.
  static func isCounted(_ window: inout Window) -> Bool {
    guard let next = window.next() else { return false }
    return Units.scaleWords.contains(next.lower) || Units.money(code: next.text) != nil
      || Units.name(next.text, isOne: false, glued: false) != nil
  }

  static func isCode(_ token: Token, _ past: Past) -> Bool { code(token, past) != nil }

  /// Numbers that name something: digit by digit.
  static func code(_ token: Token, _ past: Past) -> String? {
    let core = token.core.first == "#" ? Array(token.core.dropFirst()) : token.core
    if core.allSatisfy(\.isDigit), let value = Numerals.value(core) {
      if core.count >= 3, past.mentions(Phone.codes) || core.first == "0" { return Numerals.digits(core) }
      // Long and not round: nobody counts like that without commas.
      if core.count >= 5, value % 100 != 0 { return Numerals.digits(core) }
      return core.count == token.core.count ? nil : "number " + Numerals.cardinal(value)
    }
    if core.count > 17, core.allSatisfy(\.isDigit) { return Numerals.digits(core) }
    let letters = core.filter(\.isUpper).count
    guard core.count >= 5, letters > 0, core.allSatisfy({ $0.isDigit || $0.isUpper || $0 == "-" }), core.filter(\.isDigit).count >= 2,
      core.filter({ $0 == "-" }).count <= 3, past.mentions(Phone.codes) || !core.contains("-")
    else { return nil }
    return core.split(separator: "-").map { $0.map { $0.isDigit ? Numerals.digits([$0]) : String($0) }.joined(separator: " ") }
      .joined(separator: ", ")
  }

  /// `21st`, `3rd`
  static func ordinal(_ core: [Unicode.Scalar]) -> String? {
    var s = Scanner(core)
    guard let number = s.decimal(), number.part == nil, let value = Numerals.value(number.whole),
      ["st", "nd", "rd", "th"].contains(Token.string(s.rest).lowercased())
    else { return nil }
    return Numerals.ordinal(value)
  }

  /// `1990s`, `'90s`
  static func decade(_ token: Token) -> String? {
    var s = Scanner(token.core)
    guard let digits = s.digits(2...4), digits.count != 3, let value = Numerals.value(digits), s.take("s") || s.take("'") && s.take("s"),
      s.isAtEnd,
      value % 10 == 0
    else { return nil }
    let words = digits.count == 4 ? Numerals.year(value) : Numerals.cardinal(value)
    return words.hasSuffix("y") ? words.dropLast() + "ies" : words + "s"
  }

  /// `am`, `p.m.` as a word of its own.
  static func half(_ token: Token) -> String? {
    switch token.lower {
    case "am", "a.m": "a m"
    case "pm", "p.m": "p m"
    default: nil
    }
  }

  /// `5:30pm`, `9-5pm`, `9:00–17:00`
  static func times(_ core: [Unicode.Scalar]) -> String? {
    var s = Scanner(core)
    guard let first = time(&s, isSure: false) else { return nil }
    if s.isAtEnd { return first.isSure ? first.words : nil }
    guard s.take(oneOf: "-–") != nil, let second = time(&s, isSure: false), s.isAtEnd, first.isSure || second.isSure else { return nil }
    return first.bare + " to " + second.words
  }

  private static func time(_ s: inout Scanner, isSure: Bool) -> (words: String, bare: String, isSure: Bool)? {
    let start = s
    if let words = Calendar.clock(&s, half: nil) { return (words, words, true) }
    s = start
    guard let hour = s.number(1...2, 0...24) else { return nil }
    if let half = Calendar.half(&s), (1...12).contains(hour) {
      let words = Numerals.cardinal(hour) + " " + half
      return (words, words, true)
    }
    return (Numerals.cardinal(hour), Numerals.cardinal(hour), false)
  }

  /// `3/4`; a day where the words before ask for one.
  static func part(_ core: [Unicode.Scalar], _ past: Past, _ order: SpeechStyle.DateOrder) -> String? {
    var s = Scanner(core)
    if let a = s.number(1...2, 1...31), s.take("/"), let b = s.number(1...2, 1...31), s.isAtEnd,
      [
        "on", "by", "until", "till", "since", "from", "before", "after", "due", "for", "monday", "tuesday", "wednesday", "thursday",
        "friday", "saturday",
        "sunday", "starting", "date",
      ].contains(past.words.last?.lower ?? ""),
      let date = order == .monthDay ? Calendar.date(year: nil, month: a, day: b) : Calendar.date(year: nil, month: b, day: a)
    {
      return date
    }
    return fraction(core)
  }

  private static let vulgar: [Unicode.Scalar: String] = [
    "½": "one half", "¼": "one quarter", "¾": "three quarters", "⅓": "one third", "⅔": "two thirds",
  ]

  /// `1/2`, `½`, `2½`
  static func fraction(_ core: [Unicode.Scalar]) -> String? {
    var s = Scanner(core)
    let whole = s.digits(1...3)
    if let sign = s.peek, let words = vulgar[sign] {
      _ = s.take(sign)
      guard s.isAtEnd else { return nil }
      return whole.map { Numerals.quantity($0) + " and " + words } ?? words
    }
    guard let above = whole.flatMap({ Numerals.value($0) }), s.take("/"), let below = s.number(1...3, 1...100), s.isAtEnd else {
      return nil
    }
    if above < below, (2...10).contains(below) || below == 100 { return Numerals.fraction(above, below) }
    return above == below
      ? Numerals.cardinal(above) + " " + Numerals.cardinal(below) : Numerals.cardinal(above) + " over " + Numerals.cardinal(below)
  }

  /// `10-20%`, `$5–$10`, `2019-2023`
  static func range(_ core: [Unicode.Scalar]) -> String? {
    var s = Scanner(core)
    guard var first = Amount(&s), s.take(oneOf: "-–~") != nil, var second = Amount(&s), s.isAtEnd else { return nil }
    if second.money == nil { second.money = first.money }
    if first.money == nil { first.money = second.money }
    let years = [first, second].map {
      $0.number.part == nil && $0.number.whole.count == 4 && !$0.number.isGrouped ? Numerals.value($0.number.whole) : nil
    }
    if first.money == nil, second.unit == nil, let from = years[0], let to = years[1], (1100...2099).contains(from),
      (1100...2099).contains(to)
    {
      return Numerals.year(from) + " to " + Numerals.year(to)
    }
    let isShared =
      first.number.part == nil && (first.unit == nil || first.unit == second.unit) && (first.scale == nil || first.scale == second.scale)
    return (isShared ? first.bare : first.words) + " to " + second.words
  }

  /// `24-hour`, `COVID-19`, `5-star`
  static func compound(_ core: [Unicode.Scalar]) -> String? {
    let parts = core.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count > 1, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    var words = ""
    for (index, part) in parts.enumerated() {
      let isNumber = part.allSatisfy(\.isDigit)
      guard isNumber || part.allSatisfy(\.isLetter) || ordinal(Array(part)) != nil else { return nil }
      if index > 0 { words += isNumber ? " " : "-" }
      words += isNumber ? Numerals.quantity(part) : ordinal(Array(part)) ?? Token.string(part)
    }
    return words
  }

  /// `1.2.3`, `192.168.0.1`
  static func dotted(_ core: [Unicode.Scalar]) -> String? {
    let parts = core.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count > 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isDigit) }) else { return nil }
    return parts.map { Numerals.quantity($0) }.joined(separator: " point ")
  }

  /// Anything else: each number as a number, letters as they are, signs by name. A name such as `B2B` or `MP3` is left alone.
  static func pieces(_ core: [Unicode.Scalar]) -> String {
    if core.allSatisfy({ $0.isDigit || $0.isLetter || $0 == "'" || $0 == "’" }), core.contains(where: \.isLetter) {
      return Token.string(core)
    }
    var s = Scanner(core)
    var words: [String] = []
    while let c = s.peek {
      if let amount = Amount(&s) {
        words.append(amount.words)
        continue
      }
      let letters = s.take { $0.isLetter || $0 == "'" || $0 == "’" }
      if !letters.isEmpty {
        words.append(Token.string(letters))
        continue
      }
      _ = s.take(c)
      words.append(names[c] ?? (c.value > 127 || c.isDigit ? String(c) : ""))
    }
    return words.filter { !$0.isEmpty }.joined(separator: " ")
  }

  private static let names: [Unicode.Scalar: String] = [
    "+": "plus", "&": "and", "=": "equals", "×": "times", "*": "times", "@": "at", "%": "percent", "#": "number", ":": "to",
    "<": "less than",
    ">": "more than", "$": "dollars", "€": "euros", "£": "pounds", "–": "to", "÷": "divided by",
  ]
}
