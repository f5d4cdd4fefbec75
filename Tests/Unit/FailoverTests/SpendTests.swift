// A tenant's hedges within its cap.

import Base
import Failover
import Testing

@Suite struct SpendTests {
  /// In no hour are there more hedges than the cap, wherever the hour begins.
  @Test func countPerHour() {
    var spend = Spend()
    var taken: [Int] = []
    for second in 0..<20_000 where spend.take(nil, within: SpendCap(perHour: 10), at: at(second * 1000)) { taken.append(second) }
    #expect(taken.count >= 50)
    for second in taken { #expect(taken.count { $0 >= second && $0 < second + 3600 } <= 10) }
  }

  /// Money counts by the estimate; what has no price, or one in another currency, is not hedged.
  @Test func moneyPerHour() {
    var spend = Spend()
    let cap = SpendCap(costPerHour: Money(micros: 100, "EUR"))
    let asked: [(cost: Money?, ms: Int, isAllowed: Bool)] = [
      (Money(micros: 60, "EUR"), 0, true), (Money(micros: 41, "EUR"), 1, false), (Money(micros: 40, "EUR"), 2, true), (nil, 3, false),
      (Money(micros: 0, "USD"), 3, false), (Money(micros: .max, "EUR"), 4, false), (Money(micros: 100, "EUR"), 3_700_000, true),
    ]
    for (cost, ms, isAllowed) in asked {
      let answer = spend.take(cost, within: cap, at: at(ms))
      #expect(answer == isAllowed)
    }
  }

  /// One tenant's spend is not another's.
  @Test func perTenant() {
    var state = shared()
    let cap = SpendCap(perHour: 1)
    let answers = ["a", "a", "b"].map { state.takeHedge($0, nil, within: cap, at: at(0)) }
    #expect(answers == [true, false, true])
  }
}
