// A fault played to one call: the chain meets it as it would meet a real one, and nobody else learns of it.

import Base
import Journal
import Tenants
import Testing
import Vox

@testable import Calls

@Suite struct DrillTests {
  private static let answer = (1...16).map { "a\($0)" }.joined(separator: " ") + "."

  private func world() throws -> World {
    try World(providers: ["line", "ears", "ears2", "mind", "mind2", "voice", "voice2", "hands"]) {
      $0.chains[.stt] = Chain(["ears", "ears2"].map { Chain.Link(provider: $0) })
      $0.chains[.llm] = Chain(["mind", "mind2"].map { Chain.Link(provider: $0) })
      $0.chains[.tts] = Chain(["voice", "voice2"].map { Chain.Link(provider: $0) })
    }
  }

  /// Whatever is played, to a voice, a model or a recogniser: the caller hears the whole answer once, the next provider gave it, and
  /// the call after is served by the first provider again.
  @Test(arguments: Drill.Fault.allCases, ["tts/voice", "llm/mind", "stt/ears"])
  func oneCallAlone(_ fault: Drill.Fault, _ place: String) throws {
    let world = try world()
    world.stage.think = { _ in Stage.says(Self.answer) }
    let drill = try Drill("\(place)=\(fault.rawValue)")
    try world.desk.drills.arm(drill, from: "+41791234567", at: Instant(ns: world.now))

    let first = world.answeredCall()
    first.says("tell me everything that you know about it please", afterMs: 100)
    world.run(until: { !world.said.isEmpty }, withinMs: 20_000)
    world.run(ms: 500)
    #expect(first.heard == Self.answer)
    first.hangsUp()
    world.run(until: { world.isOver })
    let tries = world.facts(Fact.Attempt.self).filter { $0.role == drill.role.name }
    #expect(tries.contains { $0.provider == drill.provider && $0.outcome == .lost })
    #expect(tries.contains { $0.provider == "\(drill.provider)2" && $0.outcome != .lost })
    #expect(world.facts(Fact.CallOffered.self).map(\.drill) == ["\(place)=\(fault.rawValue)"])

    let second = world.answeredCall()
    second.says("tell me everything that you know about it please", afterMs: 100)
    world.run(until: { world.said.count == 2 }, withinMs: 20_000)
    let later = world.facts(Fact.Attempt.self).filter { $0.role == drill.role.name }.dropFirst(tries.count)
    #expect(!later.contains { $0.outcome == .lost })
    #expect(!later.contains { $0.provider == "\(drill.provider)2" })
    #expect(world.facts(Fact.ProviderEjected.self).isEmpty)
    second.hangsUp()
    world.expectBaseline()
  }

  /// A drill that nobody calls for is forgotten after a minute, and no more than 32 wait at once.
  @Test func forgotten() throws {
    let drills = Drills()
    let drill = Drill(.tts, "voice", .cut)
    try drills.arm(drill, from: "1", at: Instant(ns: 0))
    #expect(drills.take(from: "2", at: Instant(ns: 1)) == nil)
    #expect(drills.take(from: "1", at: Instant(ns: 0).advanced(byMs: 60_000)) == nil)
    for n in 0..<32 { try drills.arm(drill, from: "\(n)", at: Instant(ns: 0)) }
    #expect(throws: Problem.self) { try drills.arm(drill, from: "more", at: Instant(ns: 0)) }
    try drills.arm(drill, from: "more", at: Instant(ns: 0).advanced(byMs: 60_001))
    #expect(drills.take(from: "more", at: Instant(ns: 0).advanced(byMs: 60_002)) == drill)
  }

  /// A fault that cannot be read is refused with the way to write it.
  @Test(arguments: ["", "tts", "tts/voice", "tts/=cut", "line/voice=cut", "tts/voice=explode", "tts/voice=cut=cut", "a/b/c=cut"])
  func unreadable(_ text: String) {
    let problem = #expect(throws: Problem.self) { try Drill(text) }
    #expect(problem?.message.contains("write ROLE/PROVIDER=FAULT") == true)
  }
}
