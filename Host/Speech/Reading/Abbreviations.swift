// Abbreviations of everyday English, written out.

enum Abbreviations {
  /// Before a name; their dot never ends a sentence.
  private static let titles: [String: String] = [
    "dr": "Doctor", "mr": "Mister", "mrs": "Missus", "ms": "Miz", "prof": "Professor", "rev": "Reverend", "hon": "Honorable",
    "gen": "General", "col": "Colonel", "sgt": "Sergeant", "capt": "Captain", "lt": "Lieutenant", "gov": "Governor", "sen": "Senator",
  ]
  /// Only with a dot; it may end a sentence as well.
  private static let dotted: [String: String] = [
    "ave": "Avenue", "blvd": "Boulevard", "rd": "Road", "ln": "Lane", "hwy": "Highway", "pkwy": "Parkway", "jr": "Junior", "sr": "Senior",
    "inc": "Incorporated", "ltd": "Limited", "corp": "Corporation", "co": "Company", "dept": "department", "est": "established",
    "ext": "extension", "tel": "telephone", "apt": "apartment", "appt": "appointment", "min": "minimum", "max": "maximum",
    "temp": "temperature", "fig": "figure", "vol": "volume", "approx": "approximately", "etc": "et cetera", "vs": "versus",
    "incl": "including", "excl": "excluding", "hr": "hour", "hrs": "hours", "mins": "minutes", "avg": "average", "qty": "quantity",
    "ref": "reference", "assoc": "associates", "bldg": "building", "fl": "floor", "ste": "suite", "misc": "miscellaneous",
    "govt": "government", "mgr": "manager", "asst": "assistant", "mt": "Mount", "ft": "Fort",
  ]
  /// With a dot or without.
  private static let plain: [String: String] = [
    "dr": "Doctor", "mr": "Mister", "mrs": "Missus", "approx": "approximately", "etc": "et cetera", "vs": "versus", "blvd": "Boulevard",
    "dept": "department", "appt": "appointment", "w/": "with", "w/o": "without", "n/a": "not applicable", "a/c": "air conditioning",
    "and/or": "and or", "c/o": "care of", "b/c": "because",
  ]
  /// With dots inside; the last stands behind the word.
  private static let inner: [String: String] = [
    "e.g": "for example", "i.e": "that is", "a.m": "a m", "p.m": "p m", "p.s": "P S", "ph.d": "P h D", "m.d": "M D", "r.s.v.p": "R S V P",
    "b.a": "B A", "a.k.a": "also known as", "q.e.d": "Q E D", "u.s.a": "U S A",
  ]
  private static let neverEnd: Set<String> = ["e.g", "i.e", "vs", "approx", "incl", "excl", "mt", "ft", "no"]

  /// The word written out, and whether its dot stays as the end of a sentence. Nil: it is no abbreviation.
  static func spoken(_ token: Token, _ window: inout Window) -> String? {
    let lower = token.lower
    if let words = plain[lower], !token.hasDot { return token.around(words) }
    if lower == "st", token.hasDot { return street(token, &window) }
    if lower == "no", token.hasDot { return number(token, &window) }
    if let words = inner[lower] ?? initials(token) { return token.hasDot ? end(token, words, &window) : token.around(words) }
    guard token.hasDot else { return nil }
    if let title = titles[lower], token.isCapitalised {
      if lower == "dr", isAfterStreetName(window.past) { return end(token, "Drive", &window) }
      return dropDot(token, title)
    }
    if let day = Calendar.shortDays[lower], token.isCapitalised, lower != "sun" && lower != "sat" || window.any(1)?.isCapitalised == true {
      return end(token, day, &window)
    }
    guard let words = dotted[lower] ?? plain[lower] else { return nil }
    // "Ask for the min." is rare, "There was no co." rarer: names of firms and streets are capitalised.
    if words.first?.isUppercase == true, !token.isCapitalised { return nil }
    if lower == "ft" || lower == "mt", window.any(1)?.isCapitalised != true { return nil }
    return end(token, words, &window)
  }

  /// `U.S.`, `J.F.K.`: letters with dots between them.
  private static func initials(_ token: Token) -> String? {
    let core = token.core
    guard core.count >= 3, core.count % 2 == 1, core.count <= 11 else { return nil }
    for (index, c) in core.enumerated() where index % 2 == 0 ? !c.isUpper : c != "." { return nil }
    return stride(from: 0, to: core.count, by: 2).map { String(core[$0]) }.joined(separator: " ")
  }

  /// Saint before a name, street behind one.
  private static func street(_ token: Token, _ window: inout Window) -> String {
    let following = window.any(1)
    if token.trail.count > 1 || isAfterStreetName(window.past) { return end(token, "Street", &window) }
    let beginsSentence = following.map { starters.contains($0.lower) } ?? true
    let isName = following?.isCapitalised == true && !beginsSentence
    return isName ? dropDot(token, "Saint") : end(token, "Street", &window)
  }

  private static let starters: Set<String> = [
    "the", "a", "an", "it", "we", "our", "you", "your", "i", "there", "this", "that", "is", "they", "he", "she", "if", "when", "please",
    "and", "but", "so", "would", "do", "can", "what", "how", "in", "on", "at",
  ]

  /// `12 Main` went before.
  private static func isAfterStreetName(_ past: Past) -> Bool {
    past.last?.isCapitalised == true && past.words.dropLast().contains { $0.isNumber && !$0.isOver }
  }

  /// `No. 5` is a number; otherwise it was the answer.
  private static func number(_ token: Token, _ window: inout Window) -> String? {
    guard token.trail.count == 1, token.isCapitalised, let next = window.any(1), next.core.first?.isDigit == true || next.core.first == "#"
    else { return nil }
    return dropDot(token, "Number")
  }

  private static func dropDot(_ token: Token, _ words: String) -> String {
    Token.string(token.lead) + words + Token.string(token.trail.dropFirst())
  }

  /// The dot goes unless it ends the sentence too.
  private static func end(_ token: Token, _ words: String, _ window: inout Window) -> String {
    if token.trail.count > 1 { return dropDot(token, words) }
    if neverEnd.contains(token.lower) { return dropDot(token, words) }
    return window.dotEndsSentence() ? token.around(words) : dropDot(token, words)
  }
}
