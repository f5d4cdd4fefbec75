// Which places of a chain may be tried, in which order, and what is said of the others.

import Base
import Failover
import Testing

@Suite struct ChainPlanTests {
  /// Whatever forbids a candidate is told in words, and a forbidden one is not among those to try.
  @Test func skips() {
    let chain = [
      candidate(0, "a"), candidate(1, "b", availability: .missing), candidate(2, "c", availability: .disabled),
      candidate(3, "d", availability: .quarantined("crashed 3 times in 10 s")), candidate(4, "e", availability: .lacksRole("tts")),
      candidate(5, "f", availability: .draining), candidate(6, "g", regions: ["us"]), candidate(7, "h", regions: ["eu"]),
    ]
    let plan = ChainPlan(chain, Rules(regions: ["eu"]))
    #expect(plan.candidates.map(\.account.provider) == ["h"])
    #expect(
      plan.skipped.map(\.reason) == [
        "its file names no region, and the chain requires eu", "there is no provider of that name in service", "it is disabled in its file",
        "it is quarantined: crashed 3 times in 10 s", "its plugin does not serve the role tts", "it is draining",
        "it uses the region us, and the chain requires eu",
      ])
  }

  /// A call that stays with a provider begins there and goes on in the chain's order; one that may not be used changes nothing.
  @Test func order() {
    let chain = [candidate(0, "a"), candidate(1, "b"), candidate(2, "c", availability: .disabled), candidate(3, "d")]
    func positions(_ first: Int?) -> [Int] { ChainPlan(chain, first: first).candidates.map(\.position) }
    #expect(positions(nil) == [0, 1, 3])
    #expect(positions(3) == [3, 0, 1])
    #expect(positions(2) == [0, 1, 3])
    #expect(positions(9) == [0, 1, 3])
  }

  /// The explanation names order, deadlines, price, and who is passed over for how long and why.
  @Test func explanation() {
    var state = shared()
    let chain = [
      candidate(0, "a", price: Price(Money(micros: 20_000, "EUR"), per: .minute)), candidate(1, "b", availability: .disabled),
      candidate(2, "c", isProbed: true),
    ]
    let plan = ChainPlan(chain)
    for (index, failure) in [(0, Failure(.quota, retryAfterMs: 20_000)), (1, Failure(.unavailable, scope: .provider))] {
      let account = plan.candidates[index].account
      let permit = state.health.admit(account, at: at(0))
      #expect(permit != nil)
      if let permit { _ = state.health.failed(account, permit, failure, at: at(0)) }
    }
    let lines = plan.lines(state.health, at: at(10_000))
    #expect(
      lines == [
        "1. a: connect 1000 ms, first output 800 ms, stall 500 ms, 0.02 EUR per minute; "
          + "passed over for another 10000 ms, because its account failed: quota",
        "2. c: connect 1000 ms, first output 800 ms, stall 500 ms; passed over until a probe succeeds",
        "-  b: skipped, it is disabled in its file",
      ])
  }

  /// Within a turn a call stays; at the turn's boundary it returns only where the tenant wants that.
  @Test func home() {
    for (sticky, after) in [(Stickiness.turn, nil), (.call, 1)] as [(Stickiness, Int?)] {
      var home = Home(sticky)
      #expect(home.first == nil)
      home.served(by: 1)
      #expect(home.first == 1)
      home.turnBegan()
      #expect(home.first == after)
    }
  }
}
