// The simulation, a small version: worlds without a violation, and broken machines that do not go unnoticed.

import Simulation
import Testing

@Suite struct SimulationTests {
  /// In some small worlds, rough and calm ones, nothing happens that must not.
  @Test(arguments: 1...6 as ClosedRange<UInt64>) func nothingIsViolated(_ seed: UInt64) throws {
    let outcome = try Simulation.run(seed: seed, minutes: 2)
    #expect(outcome.violation == nil, "\(outcome.violation?.description ?? "")")
    #expect(outcome.calls > 0)
  }

  /// The same seed is the same run, and another seed is another.
  @Test func aSeedIsARun() throws {
    let first = try Simulation.run(seed: 5, minutes: 1)
    #expect(try Simulation.run(seed: 5, minutes: 1).trace == first.trace)
    #expect(try Simulation.run(seed: 6, minutes: 1).trace != first.trace)
  }

  /// Each machine that is broken on purpose violates an invariant within a hundred seeds.
  @Test(arguments: Flaw.allCases) func isNoticed(_ flaw: Flaw) throws {
    for seed in 1...100 as ClosedRange<UInt64> {
      guard let violation = try Simulation.run(seed: seed, minutes: 3, flaw: flaw).violation else { continue }
      #expect(flaw.isNoticed(by: violation.id), "\(violation)")
      return
    }
    Issue.record("a hundred seeds have not shown that \(flaw) is broken")
  }
}
