// Failures at moments that come once in a hundred hours of calls: each cost words, a turn, or the call.

import Base
import Journal
import Tenants
import Testing
import Vox

@Suite struct RareFailureTests {
  private static let story = "one two three four five six seven eight nine ten eleven twelve."
  private static let broken = ProviderError(.unavailable, "it broke", scope: .session)

  private func world(_ role: Role, _ names: String..., agent: (inout Agent) -> Void = { _ in }) throws -> World {
    try World(providers: ["line", "ears", "mind", "voice", "hands"] + names.dropFirst()) {
      $0.chains[role] = Chain(names.map { Chain.Link(provider: $0) })
      agent(&$0)
    }
  }

  /// A voice that is asked for too much says how long to leave it alone: until then no call tries it.
  private static let tooFast = Stage.VoiceFault.refusing(ProviderError(.rate, "too fast", retryAfterMs: 60_000))

  /// When another call has found out that a voice is not to be had, the next one connects while the caller still speaks.
  @Test func connectsWhileTheCallerSpeaks() throws {
    let world = try world(.tts, "voice", "voice2")
    world.stage.openingsOf["voice2"] = .ready(afterMs: 1000)
    let waiting = world.answeredCall()
    world.stage.voiceFaults["voice"] = Self.tooFast
    let finder = world.answeredCall()
    finder.says("one two", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    let openings = world.stage.opened.count
    waiting.says("one two three four five six seven eight", afterMs: 100)
    world.run(until: { world.said.count == 2 })
    #expect(world.stage.opened[openings...] == ["voice2"])
    let e2e = try #require(world.facts(Fact.TurnEnded.self).last?.waterfall.e2eMs)
    #expect(e2e < 1000, "\(e2e)")
  }

  /// An answer that is taken back while its voice still connects is never said, and nobody is asked to say it again.
  @Test func takenBackWhileConnecting() throws {
    let world = try World()
    world.stage.openings[.tts] = .ready(afterMs: 2600)
    world.stage.answers([[.wait(200), .text("Nine. "), .wait(3000), .end(["stop": "end"])], Stage.says("Ten.")])
    let caller = world.answeredCall()
    caller.says("one two", afterMs: 100)
    world.run(until: { world.stage.requests.count == 1 })
    caller.says("three four", afterMs: 300)
    world.run(until: { !caller.words.isEmpty })
    world.run(ms: 5000)
    #expect(world.stage.sayings == ["Ten."])
    #expect(caller.heard == "Ten.")
  }

  /// Who interrupts while another voice connects for the rest of the answer has cut it: nobody is asked to say that rest.
  @Test func interruptedWhileConnecting() throws {
    let world = try world(.tts, "voice", "voice2") { $0.greeting = .text(Self.story) }
    world.stage.voiceFaults["voice"] = .cut(afterMs: 1900)
    world.stage.openingsOf["voice2"] = .ready(afterMs: 1900)
    world.stage.answers([Stage.says("Sorry.")])
    let caller = world.answeredCall()
    world.run(until: { !caller.words.isEmpty })
    world.stage.voiceFaults["voice"] = nil
    caller.says("stop that please now")
    world.run(until: { world.said.contains("Sorry.") }, withinMs: 15_000)
    #expect(world.stage.sayings == [Self.story, "Sorry."])
  }

  /// A voice breaks off when another one has already spoken the sentence after it: nothing is lost, and nothing is said twice.
  @Test(arguments: Array(stride(from: 1000, to: 1500, by: 20))) func brokenOffBeforeWhatIsDone(_ ms: Int) throws {
    let world = try world(.tts, "voice", "voice2") { $0.greeting = .text("Hello.") }
    world.stage.voice.speedPermille = 1000
    world.stage.voice.faults = [2: .cut(afterMs: ms), 3: .refusing(ProviderError(.overloaded, "it has no capacity"))]
    world.stage.think = { _ in [.text("One two three four five six seven eight. "), .text("Nine. "), .end(["stop": "end"])] }
    let caller = world.answeredCall()
    world.run(until: { !world.said.isEmpty })
    caller.isPatient = true
    caller.says("good morning", afterMs: 100)
    world.run(until: { world.facts(Fact.TurnEnded.self).count == 1 })
    world.run(ms: 500)
    #expect(caller.heard == "Hello. One two three four five six seven eight. Nine.")
    #expect(world.said.joined(separator: " ") == caller.heard)
  }

  /// Between two sentences lies a part of the answer that had no words, and a sound stops the line near there: the agent goes on at the
  /// word that was cut, and every word is heard to its end.
  @Test(arguments: Array(stride(from: 0, to: 800, by: 20))) func pausedBesideNothing(_ ms: Int) throws {
    let world = try World { agent in agent.tools = [try Tool(name: "book", description: "books", provider: "hands")] }
    let tool = { Stage.Step.tool(id: $0, name: "book", .object([:])) }
    world.stage.answers([
      [.text("One two three. "), tool("t1"), .end(["stop": "tool"])], [tool("t2"), .end(["stop": "tool"])],
      Stage.says("Four five six."),
    ])
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { caller.words.count == 2 })
    world.run(ms: ms)
    caller.makesNoise(200)
    world.run(until: { world.facts(Fact.TurnEnded.self).count == 1 })
    world.run(ms: 500)
    #expect(caller.heard == "One two three. Four five six.")
  }

  /// A model breaks off after the last word of its answer, and the next one finds nothing to add: the answer is whole.
  @Test func nothingLeftToSay() throws {
    let world = try world(.llm, "mind", "mind2")
    world.stage.minds["mind"] = { _ in [.wait(100), .text("Fine then. "), .fail(Self.broken)] }
    world.stage.minds["mind2"] = { _ in [.wait(100), .end(["stop": "end"])] }
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    world.run(ms: 3000)
    #expect(world.said == ["Fine then."])
    #expect(world.stage.asked == ["mind", "mind2"])
    #expect(world.facts(Fact.TurnEnded.self).map(\.outcome) == [.answered])
  }

  /// A model breaks off within a sentence, and the next one finds nothing to add: that is no end of an answer, so another is asked.
  @Test func nothingLeftWithinASentence() throws {
    let world = try world(.llm, "mind", "mind2", "mind3")
    world.stage.minds["mind"] = { _ in [.wait(100), .text("On Friday at three in the afternoon, there "), .fail(Self.broken)] }
    world.stage.minds["mind2"] = { _ in [.wait(100), .end(["stop": "end"])] }
    world.stage.minds["mind3"] = { _ in [.wait(100)] + Stage.says("there is time for you.") }
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { world.facts(Fact.TurnEnded.self).count == 1 })
    #expect(caller.heard == "On Friday at three in the afternoon, there is time for you.")
    #expect(world.stage.asked == ["mind", "mind2", "mind3"])
    #expect(world.facts(Fact.TurnEnded.self).map(\.outcome) == [.answered])
  }

  /// The same end without a word of its reason, or in answer to a question, is a failure as before: somebody else is asked.
  @Test func nothingSaidAtAll() throws {
    let world = try world(.llm, "mind", "mind2")
    world.stage.minds["mind"] = { _ in [.wait(100), .end(["stop": "end"])] }
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(world.said == ["Fine."])
    #expect(world.stage.asked == ["mind", "mind2"])
  }

  /// Models and voices are gone when a call is answered, so that the line of the last resort fails at once: what was made ahead is
  /// heard instead, and the call ends with it.
  @Test func lastResortFailsAtOnce() throws {
    let world = try world(.llm, "mind") { $0.chains[.llm]?.lastResort = [.say(Chain.Line("One moment.")), .message(nil)] }
    world.stage.hasRecordings = true
    world.stage.voiceFaults["voice"] = Self.tooFast
    let first = world.answeredCall()
    first.says("good morning", afterMs: 100)
    world.run(until: { world.isOver }, withinMs: 30_000)
    world.stage.openings[.llm] = .failing(afterMs: 10, ProviderError(.auth, "the key is wrong"))
    let second = world.answeredCall()
    world.run(until: { world.isOver }, withinMs: 30_000)
    #expect(second.heard == "I am sorry, I have a technical problem. Please call again later.")
    let ended = try #require(world.facts(Fact.CallEnded.self).last)
    let said = try #require(world.facts(Fact.AgentSaid.self).last)
    #expect(Double(ended.durationMs) <= said.endMs + 1)
    world.expectBaseline()
  }

  /// While one sentence is still heard no voice is left for the next: the recorded line that is said instead is heard once, and the books
  /// have it from its first word on.
  @Test func noVoiceForTheNextSentence() throws {
    let world = try World { $0.greeting = .text("\(Self.story) Thirteen fourteen. Fifteen sixteen.") }
    world.stage.hasRecordings = true
    world.stage.voice.speedPermille = 1500
    let caller = world.answeredCall()
    world.run(until: { caller.words.count == 2 })
    world.stage.voiceFaults["voice"] = Self.tooFast
    _ = world.answeredCall()
    world.run(until: { world.isOver }, withinMs: 60_000)
    #expect(caller.heard.hasSuffix("I am sorry, I have a technical problem. Please call again later."))
    let said = world.facts(Fact.AgentSaid.self).filter { $0.source == .lastResort }
    #expect(said.count == 2 && said.allSatisfy { !$0.interrupted })
    let heardAt = try #require(caller.words.first { $0.word == "I" }).at - caller.pickedUpAt
    #expect(said.contains { abs($0.startMs - Double(heardAt) / 1_000_000) < 100 }, "\(said.map(\.startMs)) ms")
    world.expectBaseline()
  }

  /// Nobody greets without a voice: the recorded line that says so is heard to its end.
  @Test func noGreetingWithoutVoice() throws {
    let world = try World {
      $0.disclosure = "You are talking to a machine."
      $0.greeting = .text("Good morning.")
    }
    world.stage.hasRecordings = true
    world.stage.voiceFaults["voice"] = Self.tooFast
    _ = world.answeredCall()
    world.run(until: { world.isOver }, withinMs: 30_000)
    let second = world.answeredCall()
    world.run(until: { world.isOver }, withinMs: 30_000)
    #expect(second.heard == "I am sorry, I have a technical problem. Please call again later.")
    world.expectBaseline()
  }

  /// While the last words are said no key chooses from a menu that was offered before.
  @Test func menuIsOverWithTheCall() throws {
    let menu = Chain.Menu(Chain.Line("Press one for a person."), keys: ["1": .transfer("desk")])
    let world = try world(.stt, "ears") {
      $0.chains[.stt]?.lastResort = [.menu(menu)]
      $0.transfers = ["desk": "+4100"]
      $0.maxDurationMs = 6000
      $0.farewell = Self.story
    }
    world.stage.openings[.stt] = .failing(afterMs: 10, Self.broken)
    let caller = world.answeredCall()
    world.run(until: { caller.heard.hasSuffix("one two") }, withinMs: 20_000)
    caller.presses("1")
    world.run(until: { world.isOver }, withinMs: 20_000)
    #expect(caller.heard.hasSuffix(Self.story))
    world.expectBaseline()
  }

  /// A cough while the caller waits, just before a filler is due, puts the filler off for as long as it is not known what the cough was,
  /// and no longer.
  @Test func coughBeforeFiller() throws {
    let world = try World {
      $0.fillers.lines = ["Hmm."]
      $0.tools = [try Tool(name: "book", description: "books", provider: "hands")]
    }
    world.stage.perform = { _, _ in Stage.Result(afterMs: 6000) }
    world.stage.answers([[.tool(id: "t", name: "book", .object([:])), .end(["stop": "tool"])], Stage.says("Fine.")])
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { caller.words.count == 1 })
    world.run(ms: 900)
    caller.makesNoise(200, level: LevelDetector.bang)
    caller.silent(10)
    world.run(until: { !caller.isSpeaking })
    let quiet = world.now
    world.run(until: { caller.words.count == 2 })
    let heard = try #require(caller.words.last)
    #expect(heard.word == "Hmm.")
    #expect(heard.at <= quiet + 1_900_000_000)
  }

  /// Finals are so late that turns are taken from guesses, and not every word was guessed: what the finals add is taken as well, and
  /// nothing twice.
  @Test func finalsBringUnguessedWords() throws {
    let world = try World()
    world.stage.ears.finalMs = 4000
    world.stage.ears.interimMs = 700
    let caller = world.answeredCall()
    caller.says("one two three", afterMs: 100)
    caller.says("four five six", afterMs: 1000)
    world.run(until: { !world.said.isEmpty })
    world.run(ms: 15_000)
    #expect(world.understood.joined(separator: " ").split(separator: " ").sorted() == ["five", "four", "one", "six", "three", "two"])
  }

  /// Who takes over the listening hears first what was kept, here a long noise, and no faster than it takes it: it is not given up before
  /// it could have heard a word.
  @Test func noiseBeforeTheWords() throws {
    let world = try world(.stt, "ears", "ears2")
    world.stage.earsFaults["ears"] = .deaf
    world.stage.traits[.stt] = ["input_rate_permille": 1250]
    let caller = world.answeredCall()
    caller.makesNoise(2200)
    caller.says("one two three four")
    world.run(until: { !world.said.isEmpty })
    #expect(world.understood == ["one two three four"])
    let lost = world.facts(Fact.Attempt.self).filter { $0.role == "stt" && $0.outcome == .lost }
    #expect(lost.map(\.provider) == ["ears"])
  }

  /// A cough near the end of the last word, while a tool runs: when nothing is left to go on with, the filler is not put off by it.
  @Test(arguments: Array(stride(from: 140, to: 260, by: 5))) func coughAfterTheLastWord(_ ms: Int) throws {
    let world = try World {
      $0.fillers.lines = ["Hmm."]
      $0.tools = [try Tool(name: "book", description: "books", provider: "hands")]
    }
    world.stage.perform = { _, _ in Stage.Result(afterMs: 9000) }
    world.stage.answers([
      [.text("One two three. "), .tool(id: "t", name: "book", .object([:])), .end(["stop": "tool"])], Stage.says("Fine."),
    ])
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { caller.words.count == 2 })
    world.run(ms: ms)
    caller.makesNoise(200, level: LevelDetector.bang)
    caller.silent(10)
    world.run(until: { !caller.isSpeaking })
    let quiet = world.now
    world.run(until: { caller.words.last?.word == "Hmm." })
    let (said, filler) = (try #require(caller.words.last { $0.word != "Hmm." }), try #require(caller.words.last))
    #expect(filler.at <= max(quiet + 1_900_000_000, said.at + 1_900_000_000))
  }
}
