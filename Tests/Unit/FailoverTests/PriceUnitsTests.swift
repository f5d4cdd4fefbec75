// What tries have cost.

import Testing

@testable import Failover

@Suite struct PriceUnitsTests {
  /// Each unit counts its own meters, exactly, and rounds what is left up to a millionth.
  @Test(arguments: [
    (Price.Unit.minute, "0.0077", ["audio_in_ms": 90_000, "characters": 5], 11_550 as Int64?), (.minute, "0.01", ["leg_ms": 1], 1),
    (.thousandCharacters, "0.030", ["characters": 24], 720), (.millionTokens, "3", ["tokens_in": 1_200, "tokens_out": 34], 3_702),
    (.millionTokens, "3", ["tokens_in": 1_000, "tokens_cached": 100, "tokens_cache_write_5m": 50, "tokens_cache_write_1h": 50], 3_600),
    (.millionTokens, "3", ["audio_in_ms": 7], nil), (.call, "0.002", ["requests": 3], 6_000), (.call, "0.002", [:], nil),
  ])
  func costs(_ unit: Price.Unit, _ amount: String, _ consumed: [String: UInt64], _ micros: Int64?) throws {
    let price = Price(try #require(Money(decimal: amount, "USD")), per: unit)
    #expect(price.cost(of: consumed)?.micros == micros)
  }

  /// What no provider can have consumed costs no nonsense and traps nothing.
  @Test func beyondAllMoney() {
    let price = Price(Money(micros: .max, "USD"), per: .call)
    #expect(price.cost(of: ["requests": .max]) == nil)
    #expect(Price(Money(micros: -5, "USD"), per: .call).cost(of: ["requests": 2])?.micros == 0)
  }
}
