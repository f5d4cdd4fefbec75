// The rate of a line that could have several.

import Journal
import Testing
import Vox

@Suite struct LineRateTests {
  /// A line runs at the rate that the offer names, and caller and agent understand each other at it.
  @Test(arguments: [8000, 16_000]) func offerNamesTheRate(_ rate: Int) throws {
    let world = try World(rate: rate, lineRates: [16_000, 8000])
    world.stage.think = { [.text("You said \($0.messages.last?.text ?? "")."), .end(["stop": "end"])] }
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(world.facts(Fact.CallAnswered.self).map(\.rateHz) == [rate])
    #expect(caller.heard == "You said good morning.")
    caller.hangsUp()
    world.expectBaseline()
  }

  /// A rate that the line does not have is not taken: the line's own preference holds.
  @Test(arguments: [11_025, -1, 1_000_000_000]) func strangeRatesAreOverheard(_ rate: Int) throws {
    let world = try World(rate: 16_000, lineRates: [16_000])
    world.stage.rate = rate
    world.call()
    world.run(until: { !world.facts(Fact.CallAnswered.self).isEmpty })
    #expect(world.facts(Fact.CallAnswered.self).map(\.rateHz) == [16_000])
  }
}
