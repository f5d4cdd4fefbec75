// What a tenant demands of every provider of a chain, fallbacks included.

/// Demands that bind whatever fails: a provider that does not meet one is never tried. An empty rule demands nothing.
public struct Rules: Equatable, Sendable {
  /// Where the caller's data may be: every region a provider may use must be among them. Empty: anywhere.
  public var regions: Set<String>
  /// Contracts the provider must stand under: `dpa`, `baa`.
  public var agreements: Set<String>
  /// The most a unit may cost; nil: anything. A provider without a price, or with one in another currency or unit, does not meet it.
  public var maxPrice: Price?

  public init(regions: Set<String> = [], agreements: Set<String> = [], maxPrice: Price? = nil) {
    self.regions = regions
    self.agreements = agreements
    self.maxPrice = maxPrice
  }

  /// Which rule a provider does not meet, in words that name both sides; nil when it meets all.
  public func breach(regions used: Set<String>, agreements held: Set<String>, price: Price?) -> String? {
    if !regions.isEmpty {
      if used.isEmpty { return "its file names no region, and the chain requires \(list(regions))" }
      let outside = used.subtracting(regions)
      if !outside.isEmpty { return "it uses the region \(list(outside)), and the chain requires \(list(regions))" }
    }
    let missing = agreements.subtracting(held)
    if !missing.isEmpty { return "it lacks the agreement \(list(missing)) that the chain requires" }
    guard let maxPrice else { return nil }
    guard let price else { return "its file names no price, and the chain allows at most \(maxPrice)" }
    guard price.unit == maxPrice.unit, price.amount.currency == maxPrice.amount.currency else {
      return "its price of \(price) cannot be compared with the chain's limit of \(maxPrice)"
    }
    return price.amount.micros > maxPrice.amount.micros ? "it costs \(price), and the chain allows at most \(maxPrice)" : nil
  }

  private func list(_ words: Set<String>) -> String { words.sorted().joined(separator: ", ") }
}
