// Money, prices and tags as operators and tenants write them.

public import Failover

extension Fields {
  /// A list of words such as regions or agreements, in lower case; empty when it is missing.
  public func tags(_ key: String) -> Set<String> {
    Set(
      (field(key)?.list(1...32) ?? []).compactMap { item in
        guard let word = item.text(1...64) else { return nil }
        let isTag = word.utf8.allSatisfy {
          (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45 || $0 == 95
        }
        if !isTag { item.report("expected letters, digits, '-' or '_', found '\(word)'") }
        return word.lowercased()
      })
  }
}

extension Money {
  /// `amount`, a decimal, and `currency`.
  public init?(_ fields: Fields) {
    let currency = fields.text("currency", 1...8)
    if !currency.isEmpty, currency.utf8.count != 3 || !currency.utf8.allSatisfy({ (65...90).contains($0) }) {
      fields.report("expected a currency such as EUR, found '\(currency)'", at: "currency")
    }
    let text = fields.text("amount", 1...24)
    guard let money = Money(decimal: text, currency) else {
      if !text.isEmpty {
        fields.report("expected a decimal number with at most six decimals, such as 0.015, found '\(text)'", at: "amount")
      }
      return nil
    }
    self = money
  }
}

extension Price {
  /// `amount`, `currency`, and `per`.
  public init?(_ fields: Fields) {
    let money = Money(fields)
    guard let unit = fields.required("per", Price.Unit.allCases.map(\.rawValue).joined(separator: ", "))?.choice(Price.Unit.self),
      let money
    else { return nil }
    self.init(money, per: unit)
  }
}
