// A conversation from end to end: greeting, turns, waterfall.

import Base
import Journal
import Tenants
import Testing
import Vox

@Suite struct ConversationTests {
  /// The disclosure is heard first and whole, then the greeting.
  @Test func disclosureThenGreeting() throws {
    let world = try World {
      $0.disclosure = "I am a machine."
      $0.greeting = .text("How can I help you?")
    }
    let caller = world.answeredCall()
    world.run(ms: 5000)
    #expect(caller.heard == "I am a machine. How can I help you?")
    #expect(world.facts(Fact.AgentSaid.self).map(\.source) == [.disclosure, .greeting])
    #expect(world.said == ["I am a machine.", "How can I help you?"])
  }

  /// Who speaks over the disclosure hears it to its end, and is answered afterwards.
  @Test func disclosureIsNotInterruptible() throws {
    let world = try World { $0.disclosure = "I am a machine and this call may be recorded for training purposes." }
    world.stage.answers([Stage.says("At six.")])
    let caller = world.answeredCall()
    caller.says("when do you close", afterMs: 400)
    world.run(until: { world.said.count == 2 })
    #expect(caller.heard == "I am a machine and this call may be recorded for training purposes. At six.")
    #expect(caller.fragments == [])
    #expect(world.understood == ["when do you close"])
    #expect(world.stage.requests.last?.chat.messages.last?.text == "when do you close")
    #expect(world.facts(Fact.Interruption.self) == [])
  }

  /// A question is answered, the journal says what both sides said, and the waterfall's spans add up to what the caller waited.
  @Test func aTurn() throws {
    let world = try World { $0.turnTaking.preemptiveGeneration = false }
    world.stage.think = { _ in [.wait(200), .text("We are open "), .wait(100), .text("until six."), .end(["stop": "end"])] }
    let caller = world.answeredCall()
    caller.says("when are you open", afterMs: 500)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == "We are open until six.")
    #expect(world.understood == ["when are you open"])
    #expect(world.stage.requests.map { $0.chat.messages.map(\.text) } == [["when are you open"]])
    let turn = try #require(world.facts(Fact.TurnEnded.self).first)
    #expect(turn.turn == 1)
    #expect(turn.outcome == .answered)
    let w = turn.waterfall
    let marks = [w.callerStoppedMs, w.endpointMs, w.firstTokenMs, w.firstPieceMs, w.firstAudioMs, w.firstSampleMs].map { $0 ?? -1 }
    #expect(marks == marks.sorted())
    // 500 ms of endpointing, 300 ms of the model, 100 ms of the voice, and what the host took for itself.
    let e2e = try #require(w.e2eMs)
    #expect(abs(500 + 300 + 100 + w.hostMs - e2e) < 1)
    #expect(w.hostMs < 1)
    // The puppet's line plays on a grid of 20 ms.
    let firstWord = try #require(caller.words.first)
    let firstSample = caller.pickedUpAt + UInt64((w.firstSampleMs ?? 0) * 1_000_000)
    #expect(firstWord.at >= firstSample && firstWord.at - firstSample <= 20_000_000)
  }

  /// The model hears each turn once and in order, and its own answers as they were played.
  @Test func contextGrowsByWhatWasHeard() throws {
    let world = try World()
    world.stage.answers([Stage.says("One."), Stage.says("Two."), Stage.says("Three.")])
    let caller = world.answeredCall()
    for (number, words) in ["first question", "second question", "third question"].enumerated() {
      caller.says(words, afterMs: 300)
      world.run(until: { world.said.count == number + 1 })
    }
    let last = try #require(world.stage.requests.last)
    #expect(last.chat.messages.map(\.text) == ["first question", "One.", "second question", "Two.", "third question"])
    #expect(world.facts(Fact.TurnEnded.self).map(\.outcome) == [.answered, .answered, .answered])
    #expect(world.facts(Fact.TurnStarted.self).map(\.turn) == [0, 1, 2, 3])
  }

  /// A model that opens the conversation is asked before the caller has said anything.
  @Test func greetingFromModel() throws {
    let world = try World { $0.greeting = .fromModel }
    world.stage.answers([Stage.says("Good morning.")])
    let caller = world.answeredCall()
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == "Good morning.")
    #expect(world.facts(Fact.AgentSaid.self).first?.source == .greeting)
  }

  /// What the caller says while the recogniser is still opening is not lost.
  @Test func recogniserOpensLate() throws {
    let world = try World()
    world.stage.openings[.stt] = .ready(afterMs: 1500)
    let caller = world.answeredCall()
    caller.says("when are you open", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(world.understood == ["when are you open"])
  }

  /// What is asked while the model is still opening is answered when it is ready.
  @Test func modelOpensLate() throws {
    let world = try World()
    world.stage.openings[.llm] = .ready(afterMs: 2500)
    let caller = world.answeredCall()
    caller.says("when are you open", afterMs: 100)
    world.run(until: { world.said.contains("Fine.") })
    #expect(world.understood == ["when are you open"])
  }

  /// Two calls at once hear each its own agent and nothing of the other.
  @Test func twoCallsAtOnce() throws {
    let world = try World()
    world.stage.think = { Stage.says("You asked \($0.messages.last?.text ?? "").") }
    let one = world.call()
    let two = world.call()
    world.run(until: { one.pickedUpAt > 0 && two.pickedUpAt > 0 })
    one.says("apples please")
    two.says("pears please", afterMs: 130)
    world.run(until: { world.said.count == 2 })
    #expect(one.heard == "You asked apples please.")
    #expect(two.heard == "You asked pears please.")
  }

  /// Lines that show captions get both sides of the conversation.
  @Test func captions() throws {
    let world = try World()
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.captions.filter { $0 == "user: good morning" }.count >= 1)
    #expect(caller.captions.last == "agent: Fine.")
  }
}
