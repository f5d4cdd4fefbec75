// The caller speaks while the agent does: pause at once, then give way, or go on at the word.

import Base
import Journal
import Tenants
import Testing
import Vox

@Suite struct InterruptionTests {
  private static let story = "one two three four five six seven eight nine ten eleven twelve."

  /// A world whose agent is telling the story to a caller since 600 ms.
  private func storyteller(_ agent: (inout Agent) throws -> Void = { _ in }, stage: (Stage) -> Void = { _ in }) throws -> (World, Caller) {
    let world = try World {
      $0.greeting = .text(Self.story)
      try agent(&$0)
    }
    stage(world.stage)
    let caller = world.answeredCall()
    world.run(until: { !caller.words.isEmpty })
    world.run(ms: 600)
    return (world, caller)
  }

  private func moment(_ caller: Caller, _ ms: Double) -> UInt64 { caller.pickedUpAt + UInt64(ms * 1_000_000) }

  private func expectSilence(_ caller: Caller, after decision: UInt64, sourceLocation: SourceLocation = #_sourceLocation) throws {
    // The agent may be heard again later; what counts is the last sound before the first long gap.
    var last = decision
    while let next = caller.lastSound(before: decision + 1_000_000_000), next > last { last = next }
    #expect(last <= decision + 60_000_000, sourceLocation: sourceLocation)
  }

  /// Words of the caller end the agent's speech: it falls silent within 60 ms of the decision, and journal, chat context and the
  /// caller's ear agree on the last word.
  @Test(arguments: [true, false]) func bargeIn(lineClears: Bool) throws {
    let (world, caller) = try storyteller {
      _ in
    } stage: {
      $0.line.clears = lineClears
      if !lineClears { $0.traits[.telephony] = ["clear": false] }
    }
    world.stage.answers([Stage.says("Sorry.")])
    caller.says("stop that please now")
    world.run(until: { world.facts(Fact.Interruption.self).contains { $0.step == .confirmed } })
    let steps = world.facts(Fact.Interruption.self)
    #expect(steps.map(\.step) == [.provisional, .confirmed])
    try expectSilence(caller, after: moment(caller, steps[0].atMs))
    world.run(until: { world.said.count == 2 })
    let cut = try #require(world.facts(Fact.AgentSaid.self).first)
    #expect(cut.interrupted)
    let heard = caller.words.map(\.word).filter { $0 != "Sorry." }
    #expect(cut.text == heard.joined(separator: " "))
    #expect(cut.interruptedAtWord == heard.count)
    let context = try #require(world.stage.requests.last?.chat.messages)
    #expect(context.map(\.text) == [cut.text, "stop that please now"])
    #expect(context[0].interrupted)
    // 40 ms beyond the frame that the line is about to play.
    #expect(caller.mostQueued <= 8000 * 60 / 1000)
  }

  /// The pause comes at once: two windows of speech after the caller's onset, and the fact says how long it took.
  @Test func pauseComesAtOnce() throws {
    let (world, caller) = try storyteller()
    let onset = world.now
    caller.says("stop that please now")
    world.run(until: { !world.facts(Fact.Interruption.self).isEmpty })
    let silentAfter = try #require(caller.lastSound()) - onset
    #expect(silentAfter <= 160_000_000)
    world.run(ms: 200)
    let provisional = try #require(world.facts(Fact.Interruption.self).first)
    let latency = try #require(provisional.latencyMs)
    #expect(abs(latency - Double(silentAfter) / 1e6) <= 40)
  }

  /// A noise that is no speech to answer pauses the agent, which then goes on at the word: none lost, none heard twice to its end.
  @Test(arguments: [true, false]) func falseInterruptionResumes(lineClears: Bool) throws {
    let (world, caller) = try storyteller {
      _ in
    } stage: {
      $0.line.clears = lineClears
      if !lineClears { $0.traits[.telephony] = ["clear": false] }
    }
    caller.makesNoise(300)
    world.run(until: { !world.said.isEmpty })
    #expect(world.facts(Fact.Interruption.self).map(\.step) == [.provisional, .resumed])
    #expect(caller.heard == Self.story)
    #expect(caller.fragments.count <= 1)
    #expect(world.said == [Self.story])
    #expect(world.facts(Fact.AgentSaid.self).first?.interrupted == false)
  }

  /// Five noises in one sentence cost time and no word.
  @Test func manyFalseInterruptions() throws {
    let (world, caller) = try storyteller()
    for _ in 0..<5 {
      caller.makesNoise(120)
      caller.silent(900)
    }
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == Self.story)
    #expect(world.said == [Self.story])
  }

  /// A click of one window is not even noticed.
  @Test func aClickIsNothing() throws {
    let (world, caller) = try storyteller()
    caller.makesNoise(30)
    world.run(until: { !world.said.isEmpty })
    #expect(world.facts(Fact.Interruption.self) == [])
    #expect(caller.heard == Self.story)
    #expect(caller.fragments == [])
  }

  /// A listener's "uh-huh" does not take the turn: the agent goes on, and answers nothing.
  @Test func backchannel() throws {
    let (world, caller) = try storyteller()
    caller.says("uh-huh")
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == Self.story)
    world.run(ms: 3000)
    #expect(world.stage.requests.isEmpty)
    #expect(world.facts(Fact.Heard.self).map(\.use) == [.ignored])
    #expect(world.facts(Fact.TurnStarted.self).count == 1)
  }

  /// With three words demanded, two do not interrupt; the agent goes on and answers them at the end.
  @Test func minimumWords() throws {
    let (world, caller) = try storyteller { $0.turnTaking.interruption.minWords = 3 }
    caller.says("hello there")
    world.run(until: { world.said.count == 2 })
    #expect(world.facts(Fact.Interruption.self).map(\.step) == [.provisional, .resumed])
    #expect(world.said == [Self.story, "Fine."])
    #expect(world.understood == ["hello there"])
  }

  /// With three words demanded, four interrupt.
  @Test func enoughWords() throws {
    let (world, caller) = try storyteller { $0.turnTaking.interruption.minWords = 3 }
    caller.says("hello there my friend")
    world.run(until: { world.said.count == 2 })
    #expect(world.facts(Fact.Interruption.self).map(\.step) == [.provisional, .confirmed])
    #expect(world.facts(Fact.AgentSaid.self).map(\.interrupted) == [true, false])
  }

  /// Sustained clear speech interrupts even when the recogniser has no word of it yet.
  @Test func sustainedSpeechWithoutWords() throws {
    let (world, caller) = try storyteller { _ in
    } stage: {
      $0.ears.interimMs = nil
    }
    let onset = world.now
    caller.says("I would like to say something about that long story of yours")
    world.run(until: { world.facts(Fact.Interruption.self).contains { $0.step == .confirmed } })
    #expect(world.now - onset <= 700_000_000)
  }

  /// An agent that is not to be interrupted speaks to its end and answers then.
  @Test func interruptionsOff() throws {
    let (world, caller) = try storyteller { $0.turnTaking.interruption.enabled = false }
    caller.says("stop that please now")
    world.run(until: { world.said.count == 2 })
    #expect(world.said == [Self.story, "Fine."])
    #expect(world.facts(Fact.Interruption.self) == [])
  }

  /// A voice without word times still stops at a whole word, by the length of the words.
  @Test func withoutWordTimes() throws {
    let (world, caller) = try storyteller { _ in
    } stage: {
      $0.voice.wordTimes = false
    }
    caller.says("stop that please now")
    world.run(until: { world.said.count == 2 })
    let cut = try #require(world.facts(Fact.AgentSaid.self).first)
    let heard = caller.words.filter { $0.word != "Fine." }.count
    let said = cut.text.split(separator: " ").count
    #expect(abs(said - heard) <= 1)
    #expect(Self.story.hasPrefix(cut.text))
  }

  /// After an interruption the waterfall of the cut turn keeps its own times and that of the next begins anew.
  @Test func waterfallsDoNotMix() throws {
    let world = try World()
    world.stage.answers([Stage.says(Self.story), Stage.says("Sorry.")])
    let caller = world.answeredCall()
    caller.says("tell me a story", afterMs: 200)
    world.run(until: { caller.words.count > 3 })
    caller.says("stop that please now")
    world.run(until: { world.facts(Fact.TurnEnded.self).count == 2 })
    let turns = world.facts(Fact.TurnEnded.self)
    #expect(turns.map(\.outcome) == [.interrupted, .answered])
    for turn in turns {
      let e2e = try #require(turn.waterfall.e2eMs)
      #expect(e2e > 0 && e2e < 1500)
      #expect((turn.waterfall.endpointMs ?? 0) >= turn.waterfall.callerStoppedMs)
    }
    #expect(turns[1].waterfall.callerStoppedMs > turns[0].waterfall.callerStoppedMs + 500)
  }
}
