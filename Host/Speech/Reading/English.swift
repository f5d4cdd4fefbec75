// How English words, figures and signs are read.

enum English {
  /// Reads the first word of the window, with those that belong to it; answers how many they were. The answer counts only when the
  /// window is not starved.
  static func read(_ window: inout Window) -> (words: String, count: Int) {
    guard let token = window.any(0) else { return ("", 1) }
    if token.core.isEmpty { return (token.around(""), 1) }
    if token.core.allSatisfy({ $0.isLetter || $0 == "'" || $0 == "’" }) { return (word(token, &window), 1) }
    if token.hasDigit || token.core.contains(where: { "½¼¾⅓⅔".unicodeScalars.contains($0) }) { return figures(token, &window) }
    return (Abbreviations.spoken(token, &window) ?? token.around(mixed(token, &window)), 1)
  }

  // MARK: Words

  private static func word(_ token: Token, _ window: inout Window) -> String {
    if let month = Calendar.shortMonths[token.lower], token.isCapitalised {
      // "Mar" alone is a name; before a number it is a month.
      let isPlain = token.trail.isEmpty || token.hasDot && token.trail.count == 1
      if isPlain, let next = window.any(1), next.core.first?.isDigit == true { return Token.string(token.lead) + month }
    }
    if token.lower == "am" || token.lower == "pm", window.past.last?.isNumber == true {
      return token.around(token.lower == "am" ? "a m" : "p m")
    }
    return Abbreviations.spoken(token, &window) ?? token.around(token.text)
  }

  /// Words with signs in them, and signs alone.
  private static func mixed(_ token: Token, _ window: inout Window) -> String {
    if let address = Addresses.email(token.core) ?? Addresses.web(token.core) { return address }
    if token.core.count == 1, let sign = sign(token.core[0], &window) { return sign }
    var words = ""
    for (index, c) in token.core.enumerated() {
      let isInside = index > 0 && index + 1 < token.core.count
      switch c {
      case "&": words += " and "
      case "/" where isInside: words += " or "
      case "_", "|", "\\", "*", "^", "~", "#", "=", "<", ">", "{", "}": words += " "
      case "@": words += " at "
      case "+" where isInside: words += " plus "
      case "×": words += " times "
      default: words.unicodeScalars.append(c)
      }
    }
    return words.split(separator: " ").joined(separator: " ")
  }

  private static func sign(_ c: Unicode.Scalar, _ window: inout Window) -> String? {
    let isAfterNumber = window.past.last?.isNumber == true
    switch c {
    case "&": return "and"
    case "+": return "plus"
    case "=": return "equals"
    case "×", "*": return isAfterNumber ? "times" : ""
    case "÷": return "divided by"
    case "%": return "percent"
    case "@": return "at"
    case "~", "≈": return "about"
    case "<": return "less than"
    case ">": return "more than"
    case "#": return "number"
    case "/": return "or"
    case "-", "–": return isAfterNumber && window.any(1)?.hasDigit == true ? "to" : nil
    default: return nil
    }
  }

  // MARK: Figures

  private static func figures(_ token: Token, _ window: inout Window) -> (words: String, count: Int) {
    if let phone = Phone.spread(&window) { return phone }
    if token.core.first == "+", let phone = Phone.grouped(token.core) { return (token.around(phone), 1) }
    if let words = hour(token, &window) { return (Token.string(token.lead) + words, 2) }
    if let (words, count) = day(token, &window) ?? amount(token, &window) {
      guard count > 1, let last = window.any(count - 1) else { return (token.around(words), 1) }
      return (Token.string(token.lead) + words + Token.string(last.trail), count)
    }
    return (token.around(alone(token, window)), 1)
  }

  /// What a single word with figures says.
  private static func alone(_ token: Token, _ window: Window) -> String {
    let core = token.core
    if token.lower == "24/7" { return "twenty-four seven" }
    if let words = Addresses.email(core) ?? Addresses.web(core) { return words }
    if let words = Calendar.iso(core) ?? Calendar.numeric(core, window.dates) ?? Phone.grouped(core) { return words }
    if let words = Figures.times(core) ?? Figures.part(core, window.past, window.dates) { return words }
    if let words = Figures.code(token, window.past) ?? Figures.ordinal(core) ?? Figures.decade(token) { return words }
    if let words = Figures.range(core) ?? Figures.compound(core) ?? Figures.dotted(core) { return words }
    return Figures.pieces(core)
  }

  /// The day or the year beside a month.
  private static func day(_ token: Token, _ window: inout Window) -> (String, Int)? {
    guard let digits = token.digits, let value = Numerals.value(digits) else { return nil }
    let past = window.past
    if Calendar.isMonth(past.lastLower) || past.last == nil && Calendar.isMonth(past.words.last?.lower ?? ""),
      past.words.last?.isCapitalised == true
    {
      if digits.count <= 2, (1...31).contains(value) { return (Numerals.ordinal(value), 1) }
    }
    if digits.count <= 2, (1...31).contains(value), token.trail.isEmpty, let month = window.next(), month.isCapitalised,
      let name = Calendar.month(month.lower)
    {
      return ((past.lastLower == "the" ? "" : "the ") + Numerals.ordinal(value) + " of " + name, 2)
    }
    if digits.count == 4, token.trail.isEmpty == false || !Figures.isCounted(&window), Figures.isYear(value, past) {
      return (Numerals.year(value), 1)
    }
    return nil
  }

  /// An hour, with minutes or without, and the half of the day as the next word.
  private static func hour(_ token: Token, _ window: inout Window) -> String? {
    guard token.core.count <= 5, token.trail.isEmpty, let next = window.next(), let half = Figures.half(next) else { return nil }
    var s = Scanner(token.core)
    let before = s
    var words = Calendar.clock(&s, half: half)
    if words == nil {
      s = before
      words = s.number(1...2, 1...12).map { Numerals.cardinal($0) + " " + half }
    }
    guard let words, s.isAtEnd else { return nil }
    // The dot of `p.m.` goes unless it ends the sentence too.
    let isOwn = next.core.contains(".") && next.trail == ["."] && !window.dotEndsSentence(1)
    return words + (isOwn ? "" : Token.string(next.trail))
  }

  /// A quantity, with the words behind it that belong to it.
  private static func amount(_ token: Token, _ window: inout Window) -> (String, Int)? {
    var s = Scanner(token.core)
    guard var amount = Amount(&s) else { return nil }
    let isWhole = s.isAtEnd
    if isWhole, amount.money == nil, amount.scale == nil, amount.unit == nil, amount.prefix.isEmpty, Figures.isCode(token, window.past) {
      return nil
    }
    guard token.trail.isEmpty else { return isWhole ? (amount.words, 1) : nil }
    guard isWhole, let next = window.next() else { return isWhole && !window.isStarved ? (amount.words, 1) : nil }
    var count = 1
    var following: Token? = next
    if amount.scale == nil, Units.scaleWords.contains(next.lower) {
      amount.scale = next.lower
      count = 2
      following = window.next(2)
    }
    guard let word = following, amount.unit == nil else { return (amount.words, count) }
    if amount.money == nil, let money = Units.money(code: word.text) ?? word.core.first.flatMap(Units.money(sign:)), !word.hasDigit {
      amount.money = money
      return (amount.words, count + 1)
    }
    // A fraction behind a whole number: `2 1/2`.
    if amount.money == nil, count == 1, let part = Figures.fraction(word.core) { return (amount.bare + " and " + part, 2) }
    if amount.money == nil, let unit = Units.name(word.text, isOne: amount.number.isOne && amount.scale == nil, glued: false) {
      return (amount.words + " " + unit, count + 1)
    }
    return (amount.words, count)
  }
}
