// A quantity with all that belongs to it: sign, currency, scale, unit.

/// What `-$1.5M/yr` says, part by part.
struct Amount {
  var prefix = ""
  var money: Units.Money?
  var number: Decimal
  var scale: String?
  var unit: String?
  var per: String?

  /// Reads one from the front of a word; nothing is taken where there is none.
  init?(_ s: inout Scanner) {
    let start = s
    var prefix = ""
    while let sign = s.take(oneOf: "-−+~≈<>≤≥±") { prefix += Self.signs[sign].map { $0 + " " } ?? "" }
    // `US$` and its like.
    let country = s.take { $0.isUpper }
    let money = s.peek.flatMap(Units.money(sign:))
    if money != nil {
      _ = s.take { Units.money(sign: $0) != nil }
      if s.take("-") { prefix = "minus " }
    }
    guard country.isEmpty || (money != nil && country.count <= 2), let number = s.decimal() else {
      s = start
      return nil
    }
    self.prefix = prefix
    self.money = money
    self.number = number
    suffix(&s)
  }

  private static let signs: [Unicode.Scalar: String] = [
    "-": "minus", "−": "minus", "+": "plus", "~": "about", "≈": "about", "<": "less than", ">": "more than", "≤": "at most",
    "≥": "at least", "±": "plus or minus",
  ]

  private mutating func suffix(_ s: inout Scanner) {
    if let sign = s.peek.flatMap(Units.money(sign:)), money == nil {
      _ = s.take { Units.money(sign: $0) != nil }
      money = sign
    }
    let before = s
    let letters = Token.string(s.take { $0.isLetter || $0 == "°" || $0 == "º" || $0 == "%" || $0 == "²" })
    if !letters.isEmpty {
      if let scale = Units.scales[letters], money != nil || letters != "m" && letters != "b" && letters != "T" {
        self.scale = scale
      } else if letters == "km", s.take("/"), s.take("h") {
        unit = "km/h"
      } else if Units.name(letters, isOne: false, glued: true) != nil {
        unit = letters
      } else {
        s = before
      }
    }
    let slash = s
    if s.take("/") {
      per = Units.per(Token.string(s.take { $0.isASCIILetter }))
      if per == nil { s = slash }
    }
  }

  /// Only the number and its sign.
  var bare: String { prefix + number.words }

  var words: String {
    var text = prefix
    if let money {
      text += money.spoken(number, scale: scale)
    } else {
      text += number.words + (scale.map { " " + $0 } ?? "")
      if let unit {
        text += " " + (Units.name(unit, isOne: number.isOne && scale == nil, glued: true) ?? unit)
      }
    }
    return text + (per.map { " " + $0 } ?? "")
  }
}

extension Units.Money {
  /// "twelve dollars and fifty cents", "two point five million dollars".
  func spoken(_ number: Decimal, scale: String?) -> String {
    if let scale { return number.words + " " + scale + " " + many }
    guard let part = number.part, part.count == 2, let small = Numerals.value(part) else {
      return number.words + " " + (number.isOne ? one : many)
    }
    let whole = Numerals.quantity(number.whole.isEmpty ? ["0"] : number.whole) + " " + (number.whole == ["1"] ? one : many)
    let rest = Numerals.cardinal(small) + " " + (small == 1 ? cent : cents)
    if small == 0 { return whole }
    return number.whole.allSatisfy { $0 == "0" } ? rest : whole + " and " + rest
  }
}
