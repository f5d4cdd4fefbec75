// Calls end at any moment, and nothing stays.

import Base
import Calls
import Journal
import Loader
import Tenants
import Testing
import Vox

@Suite struct EndTests {
  /// A caller who hangs up after any time leaves no session, op or timer behind, and exactly one end in the journal.
  @Test(arguments: Array(stride(from: 0, to: 6000, by: 170))) func hangUpAtAnyMoment(_ ms: Int) throws {
    let world = try World {
      $0.disclosure = "I am a machine."
      $0.greeting = .text("How can I help?")
      $0.tools = [try Tool(name: "book", description: "books", provider: "hands")]
    }
    world.stage.think = { chat in
      chat.messages.last?.speaker == .tool
        ? Stage.says("It is booked now.")
        : [.wait(300), .text("Let me see."), .tool(id: "t", name: "book", .object([:])), .end(["stop": "tool"])]
    }
    let caller = world.call()
    caller.says("book it", afterMs: 2200)
    world.run(ms: ms)
    caller.hangsUp()
    if caller.line == nil { world.desk.hangUpAll() }
    world.expectBaseline()
    #expect(world.facts(Fact.CallEnded.self).count == 1)
    let last = try #require(
      world.facts.last { !($0.payload is Fact.Attempt) && !($0.payload is Fact.Usage) && !($0.payload is Fact.ToolCalled) })
    #expect(last.kind == .callEnded)
  }

  /// What the agent had said when the caller hung up is in the journal, to the word.
  @Test func hangUpInMidSentence() throws {
    let world = try World { $0.greeting = .text("one two three four five six seven eight.") }
    let caller = world.answeredCall()
    world.run(until: { caller.words.count == 4 })
    caller.hangsUp()
    world.expectBaseline()
    let said = try #require(world.facts(Fact.AgentSaid.self).first)
    #expect(said.interrupted)
    #expect(said.text == "one two three" || said.text == "one two three four")
  }

  /// A caller who gives up before anybody has answered leaves nothing but a call that was not answered.
  @Test func offerWithdrawn() throws {
    let world = try World()
    world.stage.line.answerMs = 5000
    let caller = world.call()
    world.run(ms: 300)
    world.stage.dropOffer?(caller.offer)
    world.expectBaseline()
    #expect(world.facts(Fact.CallEnded.self).map(\.cause) == [.notAnswered])
    #expect(world.facts(Fact.CallEnded.self).map(\.durationMs) == [0])
  }

  /// A number that nobody answers is refused.
  @Test func unknownNumber() throws {
    let world = try World(numbers: ["+41440000000"])
    let caller = world.call(to: "+41449999999")
    world.run(ms: 500)
    #expect(world.stage.rejected == [caller.offer])
    #expect(world.facts(Fact.CallEnded.self).first?.problem?.message == "no agent answers on +41449999999")
    world.expectBaseline()
  }

  /// The operator ends a call; the last fact says so.
  @Test func operatorEnds() throws {
    let world = try World { $0.greeting = .text("one two three four five six seven eight.") }
    let caller = world.answeredCall()
    world.run(until: { caller.words.count == 2 })
    let id = try #require(world.desk.liveCalls.first?.id)
    #expect(world.desk.hangUp(id))
    world.expectBaseline()
    #expect(caller.isGone)
    #expect(world.facts(Fact.CallEnded.self).map(\.cause) == [.agentEnded])
    #expect(!world.desk.hangUp(id))
  }

  /// A draining host takes no call, lets the running one end, and says when the last is gone.
  @Test func drain() throws {
    let world = try World()
    let caller = world.answeredCall()
    nonisolated(unsafe) var isDone = false
    world.desk.drain { isDone = true }
    let late = world.call()
    world.run(ms: 500)
    #expect(world.stage.rejected == [late.offer])
    #expect(!isDone)
    caller.hangsUp()
    world.expectBaseline()
    #expect(isDone)
  }

  /// More calls than allowed are refused as busy, and say so in the journal.
  @Test func tooManyCalls() throws {
    let world = try World(maxCalls: 2)
    let callers = (0..<3).map { _ in world.call() }
    world.run(ms: 500)
    #expect(world.desk.liveCalls.count == 2)
    #expect(world.stage.rejected == [callers[2].offer])
    #expect(world.facts(Fact.CallEnded.self).map(\.cause) == [.refused])
    for caller in callers { caller.hangsUp() }
    world.expectBaseline()
  }

  /// A provider is not closed before the last of its sessions is gone.
  @Test func providersStopLast() throws {
    let world = try World()
    _ = world.answeredCall()
    world.desk.hangUpAll()
    nonisolated(unsafe) var stopped = 0
    for provider in world.registry.providers { provider.stop { stopped += 1 } }
    world.run(ms: 3000)
    #expect(stopped == 5)
    #expect(world.stage.closedTooEarly == 0)
  }

  /// The consumption of a whole call is in the journal: every meter that a provider told at the end, too.
  @Test func usageToTheEnd() throws {
    let world = try World()
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    caller.hangsUp()
    world.expectBaseline()
    let meters = Set(world.facts(Fact.Usage.self).map { "\($0.role) \($0.meter)" })
    #expect(meters.isSuperset(of: ["tts characters", "stt audio_in_ms", "telephony leg_ms"]))
    #expect(Set(world.facts(Fact.Usage.self).map(\.id)).count == world.facts(Fact.Usage.self).count)
  }

  /// The same script gives the same facts, to the nanosecond.
  @Test func sameScriptSameFacts() throws {
    func run() throws -> [Entry] {
      let world = try World(seed: 42) { $0.greeting = .text("Hello there my friend.") }
      world.stage.answers([Stage.says("One two three four five six."), Stage.says("Sorry.")])
      let callers = [world.call(), world.call(), world.call()]
      for (i, caller) in callers.enumerated() {
        caller.says("tell me something", afterMs: 3000 + i * 37)
        caller.says("stop that please", afterMs: 2000)
      }
      world.run(ms: 12_000)
      for caller in callers { caller.hangsUp() }
      world.expectBaseline()
      return world.journal.entries
    }
    let first = try run()
    #expect(first == (try run()))
    #expect(first.count > 50)
  }

  /// Ten thousand short calls leave everything as it was.
  @Test func tenThousandCalls() throws {
    let world = try World(maxCalls: 4000) { $0.greeting = .text("Hi.") }
    world.stage.line.keepsSound = false
    world.stage.voice.firstByteMs = 20
    for _ in 0..<100 {
      let callers = (0..<100).map { _ in world.call() }
      world.run(ms: 300)
      for caller in callers { caller.hangsUp() }
      world.run(ms: 60)
      world.stage.callers = [:]
    }
    world.expectBaseline()
    #expect(world.facts(Fact.CallEnded.self).count == 10_000)
    #expect(world.facts(Fact.CallEnded.self).allSatisfy { $0.cause == .callerHungUp })
  }
}
