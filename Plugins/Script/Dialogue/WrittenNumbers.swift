// Numbers written in digits to the words a caller would say.

/// Expands one chunk of text that contains a digit.
enum WrittenNumbers {
  /// `10:30` ten thirty; `10am` ten a.m.; `3rd` third; `3/5` march fifth; `2026-03-05` march fifth two zero two six;
  /// `415-555-2671` digit by digit; one or two digits as a number, three or more digit by digit.
  static func spoken(_ chunk: String) -> [String] {
    if let date = CivilDate(iso: chunk) {
      return [Numbers.months[date.month - 1]] + Numbers.ordinal(date.day).split(separator: " ").map(String.init)
        + Numbers.digits(String(date.year))
    }
    return clock(chunk) ?? slashed(chunk) ?? ordinal(chunk) ?? groups(chunk)
  }

  private static func clock(_ chunk: String) -> [String]? {
    var text = Substring(chunk), suffix: [String] = []
    for (ending, word) in [("a.m.", "a.m."), ("p.m.", "p.m."), ("am", "a.m."), ("pm", "p.m.")] where text.hasSuffix(ending) {
      text = text.dropLast(ending.count)
      suffix = [word]
      break
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard let first = parts.first, let hour = small(first), hour <= 24 else { return nil }
    if parts.count == 1 { return suffix.isEmpty ? nil : [Numbers.cardinal(hour)] + suffix }
    guard parts.count == 2, parts[1].count == 2, let minute = small(parts[1]), minute < 60 else { return nil }
    let minutes =
      switch minute {
      case 0: suffix.isEmpty ? ["o'clock"] : []
      case 1...9: ["oh", Numbers.cardinal(minute)]
      default: Numbers.cardinal(minute).split(separator: " ").map(String.init)
      }
    return Numbers.cardinal(hour).split(separator: " ").map(String.init) + minutes + suffix
  }

  /// Month before day, as the flow's English is American.
  private static func slashed(_ chunk: String) -> [String]? {
    let parts = chunk.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2 || parts.count == 3, let month = small(parts[0]), let day = small(parts[1]),
      (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    let words = [Numbers.months[month - 1]] + Numbers.ordinal(day).split(separator: " ").map(String.init)
    guard parts.count == 3 else { return words }
    guard parts[2].count == 4, parts[2].allSatisfy(\.isASCIIDigit) else { return nil }
    return words + Numbers.digits(String(parts[2]))
  }

  private static func ordinal(_ chunk: String) -> [String]? {
    guard chunk.count > 2, ["st", "nd", "rd", "th"].contains(String(chunk.suffix(2))),
      let number = small(chunk.dropLast(2)), (1...31).contains(number)
    else { return nil }
    return Numbers.ordinal(number).split(separator: " ").map(String.init)
  }

  private static func groups(_ chunk: String) -> [String] {
    var words: [String] = []
    var rest = Substring(chunk)
    while let first = rest.first {
      if first.isASCIIDigit {
        let run = rest.prefix(while: \.isASCIIDigit)
        // A leading zero, or anything longer than a day or an hour, is read digit by digit.
        if run.count <= 2, first != "0" || run.count == 1, run.count == chunk.count, let number = small(run) {
          words += Numbers.cardinal(number).split(separator: " ").map(String.init)
        } else {
          words += Numbers.digits(String(run))
        }
        rest = rest.dropFirst(run.count)
      } else if first.isLetter {
        let run = rest.prefix(while: { $0.isLetter || $0 == "'" })
        words.append(String(run))
        rest = rest.dropFirst(run.count)
      } else {
        rest = rest.dropFirst()
      }
    }
    return words
  }

  private static func small(_ text: Substring) -> Int? {
    (1...2).contains(text.count) && text.allSatisfy(\.isASCIIDigit) ? Int(text) : nil
  }
}

extension Character {
  var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
