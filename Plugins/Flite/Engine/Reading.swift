// How one written word is read aloud where flite alone gets it wrong: dates, telephone numbers, ranges, money, addresses, codes.

enum Reading {
  /// Words for `core`, a word of printable ASCII without the punctuation around it.
  /// - Parameter beforeNumber: the next word begins with a digit, as in "Jan 5".
  static func words(_ core: String, beforeNumber: Bool = false) -> String {
    date(core) ?? telephone(core) ?? range(core) ?? money(core) ?? address(core) ?? code(core)
      ?? shortForm(core, beforeNumber: beforeNumber) ?? signs(core)
  }

  /// 2025-03-21, 21.03.2025, 3/21, 3/21/25: year first, day first, and month first as in the United States.
  private static func date(_ core: String) -> String? {
    for separator: Character in ["-", ".", "/"] {
      let parts = core.split(separator: separator, omittingEmptySubsequences: false)
      guard parts.count == 3 || (parts.count == 2 && separator == "/"), let n = numbers(parts) else { continue }
      let lengths = parts.map(\.utf8.count)
      switch (separator, parts.count) {
      case ("-", 3) where lengths[0] == 4: return CalendarWords.date(year: n[0], month: n[1], day: n[2])
      case (".", 3) where lengths[2] == 4: return CalendarWords.date(year: n[2], month: n[1], day: n[0])
      case ("/", 3) where lengths[2] == 4 || lengths[2] == 2: return CalendarWords.date(year: n[2], month: n[0], day: n[1])
      case ("/", 2) where !fractions.contains(core): return CalendarWords.date(month: n[0], day: n[1])
      default: return nil
      }
    }
    return nil
  }

  private static let fractions: Set<String> = ["1/2", "1/3", "2/3", "1/4", "3/4"]

  /// Digit by digit, with a pause between groups: grouped numbers of seven digits or more, and bare ones from five digits on,
  /// because those are codes and telephone numbers far more often than amounts, which are written with commas.
  private static func telephone(_ core: String) -> String? {
    let groups = core.split { "-.()+/".contains($0) }.map(String.init)
    guard !groups.isEmpty, groups.allSatisfy({ $0.allSatisfy(isDigit) }) else { return nil }
    let digits = groups.reduce(0) { $0 + $1.utf8.count }
    guard groups.count > 1 ? digits >= 7 : digits >= 5 else { return nil }
    let spoken = (groups.count > 1 ? groups : bareGroups(groups[0])).map(spelled).joined(separator: ", ")
    return core.hasPrefix("+") ? "plus \(spoken)" : spoken
  }

  /// 4155552671 as 415 555 2671, 14155552671 as 1 415 555 2671, everything else in one group.
  private static func bareGroups(_ digits: String) -> [String] {
    var cuts: [Int] = []
    switch digits.utf8.count {
    case 7: cuts = [3]
    case 10: cuts = [3, 6]
    case 11: cuts = [1, 4, 7]
    default: return [digits]
    }
    cuts.append(digits.utf8.count)
    var at = 0
    return cuts.map { end in
      defer { at = end }
      return String(digits.dropFirst(at).prefix(end - at))
    }
  }

  /// 9-5, 9am-5pm, 10:30-11:15, Mon-Fri.
  private static func range(_ core: String) -> String? {
    let ends = core.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard ends.count == 2 else { return nil }
    if let from = CalendarWords.weekday(ends[0]), let to = CalendarWords.weekday(ends[1]) { return "\(from) to \(to)" }
    return ends.allSatisfy(isHour) ? "\(ends[0]) to \(ends[1])" : nil
  }

  private static func isHour(_ text: String) -> Bool {
    var rest = Substring(text.lowercased())
    for suffix in ["am", "pm", "a.m", "p.m"] where rest.hasSuffix(suffix) { rest = rest.dropLast(suffix.count) }
    let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
    return (1...2).contains(parts.count) && parts.allSatisfy { (1...2).contains($0.utf8.count) && $0.allSatisfy(isDigit) }
  }

  /// EUR45.50 as "45 euros 50"; dollars flite knows itself.
  private static func money(_ core: String) -> String? {
    for (code, unit) in [("EUR", "euros"), ("GBP", "pounds"), ("JPY", "yen")] {
      guard core.hasPrefix(code) || core.hasSuffix(code) else { continue }
      let amount = core.hasPrefix(code) ? core.dropFirst(3) : core.dropLast(3)
      if amount.isEmpty { return unit }
      let parts = amount.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { isDigit($0) || $0 == "," } }) else { return nil }
      guard parts.count == 2, parts[1].contains(where: { $0 != "0" }) else { return "\(parts[0]) \(unit)" }
      return "\(parts[0]) \(unit) \(parts[1])"
    }
    return nil
  }

  /// Mail and web addresses: "bob at example dot com".
  private static func address(_ core: String) -> String? {
    var rest = Substring(core)
    for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
    let isWeb = rest.utf8.count < core.utf8.count || rest.hasPrefix("www.")
    let isMail = rest.dropFirst().dropLast().contains("@")
    let labels = rest.prefix { $0 != "/" }.split(separator: ".", omittingEmptySubsequences: false)
    // Labels of one letter are short forms, as in e.g.
    let areLabels = labels.allSatisfy { $0.utf8.count > 1 && $0.allSatisfy { isLetter($0) || isDigit($0) || $0 == "-" } }
    let isHost = labels.count > 1 && areLabels && (labels.last?.allSatisfy(isLetter) ?? false)
    guard isWeb || isMail || isHost else { return nil }
    return spaced(
      rest.flatMap { c -> String in
        switch c {
        case "@": " at "
        case ".": " dot "
        case "/": " slash "
        case "-": " dash "
        case "_": " underscore "
        default: isLetter(c) || isDigit(c) ? String(c) : " "
        }
      })
  }

  /// AB12CD letter by letter; 5PM and 3RD are no codes.
  private static func code(_ core: String) -> String? {
    guard core.contains(where: isDigit), core.contains(where: isCapital), core.allSatisfy({ isDigit($0) || isCapital($0) })
    else { return nil }
    let letters = String(core.drop(while: isDigit))
    return ["AM", "PM", "ST", "ND", "RD", "TH"].contains(letters) ? nil : spelled(core)
  }

  private static func shortForm(_ core: String, beforeNumber: Bool) -> String? {
    if beforeNumber, let month = CalendarWords.month(core) { return month }
    if core != "Sat", core != "Sun", let day = CalendarWords.weekday(core) { return day }
    return shortForms[core]
  }

  private static let shortForms = [
    "Ave": "Avenue", "Apt": "apartment", "Blvd": "Boulevard", "vs": "versus", "ext": "extension", "approx": "approximately",
    "dept": "department", "Dept": "department", "appt": "appointment", "hrs": "hours", "mins": "minutes",
  ]

  /// Signs become words or nothing; letters, digits and what flite reads well between them stay.
  private static func signs(_ core: String) -> String {
    let isNumber = core.contains(where: isDigit)
    return spaced(
      core.flatMap { c -> String in
        switch c {
        case "&": " and "
        case "@": " at "
        case "=": " equals "
        case "+": " plus "
        case "#": isNumber ? " number " : " "
        case "%": isNumber ? "%" : " percent "
        case "/": fractions.contains(core) ? "/" : " "
        case "*", "_", "`", "~", "^", "|", "<", ">", "{", "}", "[", "]", "\\", "\"", "(", ")", ";", "!", "?": " "
        default: String(c)
        }
      })
  }

  private static func spelled(_ text: String) -> String { text.map(String.init).joined(separator: " ") }

  private static func spaced(_ characters: [Character]) -> String {
    String(characters).split(separator: " ").joined(separator: " ")
  }

  private static func numbers(_ parts: [Substring]) -> [Int]? {
    let read = parts.compactMap { (1...4).contains($0.utf8.count) && $0.allSatisfy(isDigit) ? Int($0) : nil }
    return read.count == parts.count ? read : nil
  }

  private static func isDigit(_ c: Character) -> Bool { ("0"..."9").contains(c) }
  private static func isCapital(_ c: Character) -> Bool { ("A"..."Z").contains(c) }
  private static func isLetter(_ c: Character) -> Bool { isCapital(c) || ("a"..."z").contains(c) }
}
