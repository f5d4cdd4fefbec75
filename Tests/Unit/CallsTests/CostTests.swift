// What a call has cost is in its books, attempt by attempt.

import Failover
import Journal
import Tenants
import Testing
import Vox

@Suite struct CostTests {
  /// An attempt that was lost in the middle is paid like the one that took over, each by its own provider's price; where no price is
  /// given, or nothing it counts was consumed, no cost is made up.
  @Test func everyAttemptHasItsCost() throws {
    let prices = [
      "voice": Price(Money(micros: 30_000, "USD"), per: .thousandCharacters),
      "second": Price(Money(micros: 15_000, "EUR"), per: .thousandCharacters), "ears": Price(Money(micros: 5_000, "USD"), per: .call),
    ]
    let world = try World(providers: ["line", "ears", "mind", "voice", "second", "hands"], prices: prices) {
      $0.chains[.tts] = Chain("voice", "second")
      $0.greeting = .text("welcome to the clinic")
    }
    world.stage.voiceFaults["voice"] = .cut(afterMs: 700)
    let caller = world.answeredCall()
    world.run(until: { world.said.count == 1 })
    caller.hangsUp()
    world.run(until: { world.isOver })
    let attempts = world.facts(Fact.Attempt.self)
    for attempt in attempts where attempt.role == "tts" {
      let characters = attempt.units.first { $0.meter == "characters" }?.amount ?? 0
      let (micros, currency): (UInt64, String) = attempt.provider == "voice" ? (30, "USD") : (15, "EUR")
      #expect(attempt.cost == (characters > 0 ? Cost(micros: Int64(characters * micros), currency: currency) : nil))
    }
    #expect(attempts.contains { $0.provider == "second" && $0.outcome == .won && ($0.cost?.micros ?? 0) > 0 })
    #expect(attempts.filter { $0.role != "tts" }.allSatisfy { $0.cost == nil })
  }
}
