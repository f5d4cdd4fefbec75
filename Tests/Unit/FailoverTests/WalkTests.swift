// Seeded worlds: the laws hold after every event, and machines that are broken on purpose are caught.

import Failover
import Testing

@Suite struct WalkTests {
  /// Worlds of faults: only members of the chain, no traffic to the ejected, one probe at a time, every run ends in time.
  /// When the faults are over, everybody is back and the first of the chain serves.
  @Test(arguments: 0..<24)
  func laws(seed: Int) {
    var world = World(seed: UInt64(seed))
    world.run(faultsMs: 20_000, peaceMs: 45_000)
    #expect(world.referee.breaches == [])
    #expect(world.stuck == 0 && world.referee.starts > 50)
    #expect(world.served.count > 20 && world.served.allSatisfy { $0 == 0 || $0 == 1 })
    #expect(world.served.count { $0 == 0 } * 10 > world.served.count * 8)
  }

  /// The same seed is the same run, and a run has some of everything in it.
  @Test func repeatable() {
    func trace() -> [Int] {
      var world = World(seed: 42)
      world.run(faultsMs: 20_000, peaceMs: 5000)
      return [world.referee.starts, world.referee.probes, world.referee.hedges, world.referee.exhausted] + world.served
    }
    let first = trace()
    #expect(first == trace())
    #expect(first.prefix(4).allSatisfy { $0 > 0 })
  }

  /// Each machine that was broken on purpose is caught within a hundred seeds.
  @Test(arguments: World.Mutant.allCases)
  func mutants(_ mutant: World.Mutant) {
    let caught = (0..<100).first { seed in
      var world = World(seed: UInt64(seed), mutant: mutant)
      world.run(faultsMs: 20_000, peaceMs: 45_000)
      let isHome = world.served.count { $0 == 0 } * 10 > world.served.count * 8
      return !world.referee.breaches.isEmpty || mutant == .breakerNeverHalfOpens && !isHome
    }
    #expect(caught != nil, "\(mutant) was not caught")
  }
}
