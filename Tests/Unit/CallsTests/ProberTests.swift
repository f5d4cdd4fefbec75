// The host's own probes of providers that have failed.

import Base
import Journal
import Loader
import Tenants
import Testing
import Vox

@testable import Calls

@Suite struct ProberTests {
  private static let broken = ProviderError(.unavailable, "it broke")

  private func world() throws -> World {
    try World(providers: ["line", "ears", "mind", "voice", "voice2", "hands"], areProbed: true) {
      $0.chains[.tts] = Chain(["voice", "voice2"].map { Chain.Link(provider: $0) })
    }
  }

  /// A voice that has failed is tried by the host itself once its back-off is over, and comes back without a caller's turn being spent.
  @Test func comesBack() throws {
    let world = try world()
    world.stage.openingsOf["voice"] = .failing(afterMs: 20, Self.broken)
    let first = world.answeredCall()
    first.says("good morning", afterMs: 100)
    world.run(until: { world.said.count == 1 })
    first.hangsUp()
    world.run(until: { world.isOver })
    #expect(world.facts(Fact.ProviderEjected.self).map(\.provider).first == "voice")

    // It is still away at the first probe, and back at a later one.
    world.run(until: { world.facts(Fact.Attempt.self).contains { $0.kind == .probe && $0.outcome == .lost } }, withinMs: 60_000)
    world.stage.openingsOf["voice"] = nil
    world.run(until: { !world.facts(Fact.ProviderRecovered.self).isEmpty }, withinMs: 120_000)
    let probes = world.facts(Fact.Attempt.self).filter { $0.kind == .probe }
    #expect(probes.allSatisfy { $0.provider == "voice" && $0.op == "probe" })
    #expect(probes.last?.outcome == .won)

    let second = world.answeredCall()
    second.says("good morning", afterMs: 100)
    world.run(until: { world.said.count == 2 })
    let served = world.facts(Fact.Attempt.self).filter { $0.role == "tts" && $0.kind != .probe }
    #expect(served.last?.provider == "voice")
    second.hangsUp()
    world.expectBaseline()
  }

  /// While a voice is on probation and the host's probe is due, a caller is not made to find out.
  @Test func callersArePassedBy() throws {
    let world = try world()
    world.stage.openingsOf["voice"] = .failing(afterMs: 20, Self.broken)
    let first = world.answeredCall()
    first.says("good morning", afterMs: 100)
    world.run(until: { world.said.count == 1 })
    let asked = world.stage.opened.count { $0 == "voice" }
    for n in 2...6 {
      first.says("and number \(n)", afterMs: 3000)
      world.run(until: { world.said.count == n })
    }
    let regular = world.facts(Fact.Attempt.self).filter { $0.provider == "voice" && $0.kind != .probe && $0.outcome == .lost }
    #expect(regular.count == 1)
    #expect(world.stage.opened.count { $0 == "voice" } > asked)
    first.hangsUp()
    world.expectBaseline()
  }
}
