// Money read exactly, and prices compared only where they can be.

import Failover
import Testing

@Suite struct PriceTests {
  /// Decimals become micro-units without rounding; anything else is refused.
  @Test(
    arguments: [
      ("0.015", 15_000), ("12", 12_000_000), ("0.000001", 1), ("999999999.999999", 999_999_999_999_999), ("", nil), (".5", nil),
      ("1.", nil),
      ("-1", nil), ("1e3", nil), ("0.0000001", nil), ("1.2.3", nil), ("10000000000", nil), ("٣", nil),
    ] as [(String, Int64?)])
  func decimals(text: String, micros: Int64?) {
    #expect(Money(decimal: text, "EUR")?.micros == micros)
  }

  /// A price reads as it is written.
  @Test func words() {
    #expect(Price(Money(micros: 15_000, "USD"), per: .minute).description == "0.015 USD per minute")
    #expect(Price(Money(micros: 2_000_000, "EUR"), per: .millionTokens).description == "2 EUR per millionTokens")
  }

  /// Costs are rounded up, and one beyond all money is none.
  @Test func costs() {
    let price = Price(Money(micros: 15_001, "USD"), per: .thousandCharacters)
    #expect(price.cost(thousandths: 100)?.micros == 1501)
    #expect(price.cost(thousandths: 0)?.micros == 0)
    #expect(price.cost(thousandths: -5)?.micros == 0)
    #expect(price.cost(thousandths: .max) == nil)
  }
}

@Suite struct RulesTests {
  private let cheap = Price(Money(micros: 10_000, "EUR"), per: .minute)

  /// Without rules everybody is allowed; each rule refuses whoever does not meet it or does not say.
  @Test func breaches() {
    #expect(Rules().breach(regions: [], agreements: [], price: nil) == nil)
    let rules = Rules(regions: ["eu", "ch"], agreements: ["dpa"], maxPrice: cheap)
    #expect(rules.breach(regions: ["eu"], agreements: ["dpa", "baa"], price: cheap) == nil)
    #expect(
      rules.breach(regions: ["eu", "us"], agreements: ["dpa"], price: cheap) == "it uses the region us, and the chain requires ch, eu")
    #expect(rules.breach(regions: [], agreements: ["dpa"], price: cheap) == "its file names no region, and the chain requires ch, eu")
    #expect(rules.breach(regions: ["eu"], agreements: [], price: cheap) == "it lacks the agreement dpa that the chain requires")
    #expect(
      rules.breach(regions: ["eu"], agreements: ["dpa"], price: nil)
        == "its file names no price, and the chain allows at most 0.01 EUR per minute")
  }

  /// A dearer provider is refused, and so is one whose price cannot be compared.
  @Test func prices() {
    let rules = Rules(maxPrice: cheap)
    func breach(_ micros: Int64, _ currency: String, _ unit: Price.Unit) -> String? {
      rules.breach(regions: [], agreements: [], price: Price(Money(micros: micros, currency), per: unit))
    }
    #expect(breach(10_000, "EUR", .minute) == nil)
    #expect(breach(10_001, "EUR", .minute) == "it costs 0.010001 EUR per minute, and the chain allows at most 0.01 EUR per minute")
    #expect(breach(1, "USD", .minute)?.contains("cannot be compared") == true)
    #expect(breach(1, "EUR", .call)?.contains("cannot be compared") == true)
  }
}
