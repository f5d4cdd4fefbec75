// Silence has an owner: fillers, prompts, the end of a call that nobody ends.

import Base
import Journal
import Tenants
import Testing
import Vox

@Suite struct PatienceTests {
  private func stoppedAt(_ world: World, _ caller: Caller) throws -> UInt64 {
    let ended = try #require(world.facts(Fact.SpeechEnded.self).last)
    return caller.pickedUpAt + UInt64(ended.atMs * 1_000_000)
  }

  /// A tenant that would rather wait than hear somebody else.
  private func patient(_ agent: inout Agent) {
    agent.chains[.llm]?.deadlines = Chain.ChosenDeadlines(firstOutputMs: 20_000, stallMs: 20_000)
  }

  /// A slow model is covered by fillers: the caller never waits longer than the filler time, and the answer comes after them.
  @Test func slowModel() throws {
    let world = try World { patient(&$0) }
    world.stage.think = { _ in [.wait(7000), .text("There you are."), .end(["stop": "end"])] }
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { world.said.contains("There you are.") })
    #expect(world.said == ["One moment, please.", "Just a second.", "I am still on it.", "There you are."])
    // 500 ms until the turn is over, 1,500 ms until the filler, 100 ms until its first sound, 20 ms of the line.
    #expect(caller.longestSilenceMs(from: try stoppedAt(world, caller), to: world.now - 1_000_000_000) <= 500 + 1500 + 100 + 60)
  }

  /// A tool that takes long after the agent has begun to speak is covered as well.
  @Test func slowToolAfterWords() throws {
    let world = try World { $0.tools = [try Tool(name: "book", description: "books", provider: "hands")] }
    world.stage.perform = { _, _ in Stage.Result(afterMs: 6000) }
    world.stage.think = { chat in
      if chat.messages.last?.speaker == .tool { return Stage.says("It is booked.") }
      return [.wait(100), .text("Let me see what I can do."), .tool(id: "t1", name: "book", .object([:])), .end(["stop": "tool"])]
    }
    let caller = world.answeredCall()
    caller.says("friday please", afterMs: 100)
    world.run(until: { world.said.contains("It is booked.") })
    #expect(caller.heard.hasPrefix("Let me see what I can do. One moment, please."))
    #expect(caller.heard.hasSuffix("It is booked."))
    #expect(caller.longestSilenceMs(from: try stoppedAt(world, caller), to: world.now - 1_000_000_000) <= 500 + 1500 + 100 + 60)
  }

  /// A model that stops in the middle of its answer is covered as well, and goes on where it was.
  @Test func modelStallsInTheMiddle() throws {
    let world = try World { patient(&$0) }
    world.stage.think = { _ in [.wait(100), .text("First of all this. "), .wait(6000), .text("And then that."), .end(["stop": "end"])] }
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { caller.heard.hasSuffix("And then that.") })
    #expect(caller.heard.hasPrefix("First of all this. One moment, please."))
    #expect(caller.longestSilenceMs(from: try stoppedAt(world, caller), to: world.now - 1_000_000_000) <= 500 + 1500 + 100 + 60)
    world.run(ms: 1000)
    #expect(world.facts(Fact.TurnEnded.self).map(\.outcome) == [.answered])
  }

  /// A slow greeting of the model's own is covered, too.
  @Test func slowGreeting() throws {
    let world = try World {
      $0.greeting = .fromModel
      patient(&$0)
    }
    world.stage.think = { _ in [.wait(4000), .text("Good morning."), .end(["stop": "end"])] }
    let caller = world.answeredCall()
    world.run(until: { caller.heard.hasSuffix("Good morning.") })
    #expect(caller.heard.hasPrefix("One moment, please."))
  }

  /// Who says nothing is asked twice, then the call ends with a farewell.
  @Test func silentCaller() throws {
    let world = try World { $0.greeting = .text("Hello.") }
    let caller = world.answeredCall()
    world.run(until: { world.isOver })
    #expect(
      caller.heard
        == "Hello. Are you still there? I cannot hear you. If you are there, please say something. Thank you for calling. Goodbye.")
    let ended = try #require(world.facts(Fact.CallEnded.self).last)
    #expect(ended.cause == .silence)
    #expect(ended.durationMs > 24_000 && ended.durationMs < 40_000)
    world.expectBaseline()
  }

  /// Who answers the question is asked again later from the first.
  @Test func promptsStartAgain() throws {
    let world = try World()
    let caller = world.answeredCall()
    world.run(until: { world.said.count == 1 })
    caller.says("yes I am here")
    world.run(until: { world.said.count == 3 }, withinMs: 20_000)
    #expect(world.said == ["Are you still there?", "Fine.", "Are you still there?"])
  }

  /// Noise that was taken for speech does not stop the clock of silence for ever.
  @Test func noiseIsNoAnswer() throws {
    let world = try World()
    let caller = world.answeredCall()
    caller.makesNoise(12_000)
    world.run(until: { world.said.contains("Are you still there?") }, withinMs: 30_000)
    caller.hangsUp()
    world.expectBaseline()
  }

  /// A call that nobody ends is ended, whatever the agent is doing.
  @Test func maxDuration() throws {
    let world = try World { $0.maxDurationMs = 10_000 }
    world.stage.think = { _ in [.wait(100), .text("Well. "), .hang] }
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 7500)
    world.run(until: { world.isOver }, withinMs: 20_000)
    #expect(caller.heard.hasSuffix("Thank you for calling. Goodbye."))
    let ended = try #require(world.facts(Fact.CallEnded.self).last)
    #expect(ended.cause == .maxDuration)
    #expect(ended.durationMs < 14_000)
    world.expectBaseline()
  }

  /// The farewell of a model that ends the call is heard to its end.
  @Test func modelEndsTheCall() throws {
    let world = try World()
    world.stage.think = { _ in [.wait(100), .text("Goodbye then."), .end(["stop": "end", "end_call": true])] }
    let caller = world.answeredCall()
    caller.says("that is all", afterMs: 100)
    world.run(until: { world.isOver })
    #expect(caller.heard == "Goodbye then.")
    #expect(world.facts(Fact.CallEnded.self).last?.cause == .agentEnded)
    world.expectBaseline()
  }

  /// A caller who interrupts the farewell is heard, and the call goes on.
  @Test func interruptedFarewell() throws {
    let world = try World()
    world.stage.answers([
      [.wait(100), .text("Goodbye then and have a very nice day."), .end(["stop": "end", "end_call": true])], Stage.says("Of course."),
    ])
    let caller = world.answeredCall()
    caller.says("that is all", afterMs: 100)
    world.run(until: { caller.words.count >= 2 })
    caller.says("wait one more thing")
    world.run(until: { caller.heard.hasSuffix("Of course.") })
    #expect(!world.isOver)
  }
}
