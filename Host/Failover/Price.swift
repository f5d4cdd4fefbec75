// What a provider costs, as far as choosing between providers needs it.

/// An amount in millionths of a currency unit. Integer, because cents that are added a million times must not drift.
public struct Money: Hashable, Sendable, CustomStringConvertible {
  public var micros: Int64
  /// ISO 4217, three capitals.
  public var currency: String

  public init(micros: Int64, _ currency: String) {
    self.micros = micros
    self.currency = currency
  }

  /// Reads a decimal amount exactly: `0.015` is 15,000 micros.
  /// - Returns: nil unless it is digits with at most six decimals and below a thousand million.
  public init?(decimal text: String, _ currency: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    func digits(_ part: Substring, _ count: ClosedRange<Int>) -> Int64? {
      count.contains(part.utf8.count) && part.utf8.allSatisfy { (48...57).contains($0) } ? Int64(part) : nil
    }
    guard (1...2).contains(parts.count), let whole = digits(parts[0], 1...9) else { return nil }
    let decimals = parts.count == 2 ? parts[1] : "0"
    guard let fraction = digits(decimals, 1...6) else { return nil }
    let scale = (decimals.utf8.count..<6).reduce(Int64(1)) { scale, _ in scale * 10 }
    self.init(micros: whole * 1_000_000 + fraction * scale, currency)
  }

  /// With as many decimals as it has: `0.015 USD`, `2 EUR`.
  public var description: String {
    let (whole, rest) = micros.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
    let decimals = String(String(rest + 1_000_000).dropFirst()).reversed().drop { $0 == "0" }.reversed()
    return "\(micros < 0 ? "-" : "")\(whole)\(decimals.isEmpty ? "" : "." + String(decimals)) \(currency)"
  }
}

/// Money per unit of work.
public struct Price: Hashable, Sendable, CustomStringConvertible {
  /// What is counted. Each role is sold by its own; where a vendor tells input from output, the dearer one is meant.
  public enum Unit: String, CaseIterable, Sendable {
    case minute
    case thousandCharacters
    case millionTokens
    case call
  }

  public var amount: Money
  public var unit: Unit

  public init(_ amount: Money, per unit: Unit) {
    self.amount = amount
    self.unit = unit
  }

  /// What `thousandths` of a unit cost, rounded up; nil when that is beyond all money.
  public func cost(thousandths: Int64) -> Money? {
    let (product, overflow) = amount.micros.multipliedReportingOverflow(by: max(thousandths, 0))
    guard !overflow else { return nil }
    return Money(micros: product / 1000 + (product % 1000 > 0 ? 1 : 0), amount.currency)
  }

  public var description: String { "\(amount) per \(unit.rawValue)" }
}
