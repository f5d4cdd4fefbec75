// Answers begun before the turn is over, and turns that go on after they seemed over.

import Base
import Journal
import Tenants
import Testing
import Vox

@Suite struct EarlyAnswerTests {
  /// A guess that was right saves time, and what it cost is noted as used.
  @Test func usedAnswerSavesTime() throws {
    func e2e(_ early: Bool) throws -> (Double, World) {
      let world = try World { $0.turnTaking.preemptiveGeneration = early }
      world.stage.think = { _ in [.wait(200), .text("Fine."), .usage(7), .end(["stop": "end"])] }
      let caller = world.answeredCall()
      caller.says("good morning", afterMs: 100)
      world.run(until: { !world.facts(Fact.TurnEnded.self).isEmpty })
      #expect(caller.heard == "Fine.")
      return (try #require(world.facts(Fact.TurnEnded.self).first?.waterfall.e2eMs), world)
    }
    let (late, _) = try e2e(false)
    let (early, world) = try e2e(true)
    #expect(early < late - 50)
    let notes = world.facts(Fact.Preemptive.self)
    #expect(notes.map(\.outcome) == [.used])
    #expect(notes.first?.units.map(\.amount) == [7])
    #expect(world.stage.requests.count == 1)
  }

  /// A guess that was wrong is never heard, and what it cost is noted as wasted.
  @Test func wastedAnswerIsMetered() throws {
    let world = try World { $0.turnTaking.endpointing.minDelayMs = 900 }
    world.stage.think = { [.wait(100), .text("You said \($0.messages.last?.text ?? "")."), .wait(800), .end(["stop": "end"])] }
    let caller = world.answeredCall()
    caller.says("I would like", afterMs: 100)
    caller.says("an appointment", afterMs: 600)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == "You said I would like an appointment.")
    #expect(caller.fragments == [])
    let notes = world.facts(Fact.Preemptive.self)
    #expect(notes.map(\.outcome) == [.wasted, .used])
    // The puppet says 3 tokens when it is cancelled.
    #expect(notes.first?.units.map(\.amount) == [3])
    #expect(world.facts(Fact.Usage.self).filter { $0.meter == "tokens_out" }.map(\.amount) == [3])
    #expect(world.stage.requests.last?.chat.messages.map(\.text) == ["I would like an appointment"])
    #expect(world.facts(Fact.TurnStarted.self).count == 2)
  }

  /// No tool runs for a turn that may not be over.
  @Test func noToolBeforeTheTurnIsOver() throws {
    let world = try World {
      $0.turnTaking.endpointing.minDelayMs = 900
      $0.tools = [try Tool(name: "book", description: "books", provider: "hands")]
    }
    var asked = 0
    world.stage.think = { chat in
      asked += 1
      if chat.messages.last?.speaker == .tool { return Stage.says("Booked.") }
      return [.tool(id: "c\(asked)", name: "book", ["day": .string(chat.messages.last?.text ?? "")]), .end(["stop": "tool"])]
    }
    let caller = world.answeredCall()
    caller.says("book it friday", afterMs: 100)
    caller.says("no monday", afterMs: 600)
    world.run(until: { !world.said.isEmpty })
    #expect(world.stage.performed.map { $0.arguments["day"]?.string } == ["book it friday no monday"])
    #expect(caller.heard == "Booked.")
  }

  /// A caller who goes on before the answer is heard has said one thing, and gets one answer to all of it.
  @Test func callerGoesOn() throws {
    let world = try World { $0.turnTaking.preemptiveGeneration = false }
    world.stage.think = { [.wait(700), .text("You said \($0.messages.last?.text ?? "")."), .end(["stop": "end"])] }
    let caller = world.answeredCall()
    caller.says("I would like", afterMs: 100)
    caller.says("an appointment", afterMs: 800)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == "You said I would like an appointment.")
    #expect(world.stage.requests.last?.chat.messages.map(\.text) == ["I would like an appointment"])
    #expect(world.facts(Fact.TurnEnded.self).map(\.outcome).first == .superseded)
    #expect(world.understood == ["I would like", "an appointment"])
    world.run(ms: 2000)
    #expect(world.facts(Fact.TurnEnded.self).map(\.outcome) == [.superseded, .answered])
  }
}
