// Providers that fail, are slow, or break the contract: what the caller hears, and that nothing is left behind.

import Base
import Journal
import Loader
import Tenants
import Testing
import Vox

@Suite struct FaultTests {
  private static let broken = ProviderError(.unavailable, "the vendor is away", scope: .session)

  // MARK: The voice

  /// A voice slower than real time costs pauses, and no word.
  @Test func slowVoice() throws {
    let world = try World()
    world.stage.voice.speedPermille = 700
    world.stage.think = { _ in Stage.says("one two three four five six seven eight nine ten. eleven twelve thirteen fourteen.") }
    let caller = world.answeredCall()
    caller.says("count please", afterMs: 100)
    caller.isPatient = true
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == "one two three four five six seven eight nine ten. eleven twelve thirteen fourteen.")
    #expect(world.said == [caller.heard])
  }

  /// A voice that is much faster than real time is held back, and every word of a long text is heard.
  @Test(arguments: [true, false]) func fastVoice(lineIsSmall: Bool) throws {
    let world = try World()
    if lineIsSmall { world.stage.line.room = 8000 * 40 / 1000 }
    let text = (1...120).map { $0 % 12 == 0 ? "w\($0)." : "w\($0)" }.joined(separator: " ")
    world.stage.think = { _ in Stage.says(text) }
    let caller = world.answeredCall()
    caller.says("count please", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == text)
    #expect(world.said == [text])
    #expect(world.stage.blocked > 0)
    #expect(world.stage.resumed > 0)
    #expect(caller.mostQueued <= 8000 * 60 / 1000)
  }

  /// Many short sentences from a fast voice: it is not asked for more than can be kept until it is heard.
  @Test func manyShortSentences() throws {
    let world = try World()
    let text = (1...80).map { "x\($0) y\($0)." }.joined(separator: " ")
    world.stage.think = { _ in Stage.says(text) }
    let caller = world.answeredCall()
    caller.says("count please", afterMs: 100)
    world.run(until: { world.said == [text] })
    #expect(caller.heard == text)
  }

  /// A long sentence without word times, interrupted by mistake near its end, does not begin again from its start.
  @Test func resumeWithoutWordTimes() throws {
    let world = try World()
    world.stage.voice.wordTimes = false
    world.stage.voice.speedPermille = 1100
    let text = (1...60).map { "w\($0)" }.joined(separator: " ") + "."
    world.stage.think = { _ in Stage.says(text) }
    let caller = world.answeredCall()
    caller.says("count please", afterMs: 100)
    world.run(until: { caller.words.count > 40 })
    caller.makesNoise(150)
    world.run(until: { world.said == [text] })
    #expect(Set(caller.heard.split(separator: " ")).count == 60)
    #expect(caller.words.count <= 66)
  }

  /// A voice and a recogniser with other rates than the line's are resampled; no word is lost on the way.
  @Test func otherRates() throws {
    let world = try World(voiceRate: 16000)
    let text = "one two three four five six seven eight."
    world.stage.think = { _ in Stage.says(text) }
    let caller = world.answeredCall()
    caller.says("count please", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(world.said == [text])
    // Levels blur at the edges: what counts is how long it sounds.
    let sounding = caller.receiver.count { $0.magnitude > 5000 }
    #expect(abs(sounding - 8 * 1600) < 8 * 100)
  }

  /// A voice that breaks over a piece is asked once more for it.
  @Test func voiceFailsOnce() throws {
    let world = try World()
    world.stage.voice.faults = [1: .failing(afterMs: 50)]
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == "Fine.")
    #expect(world.facts(Fact.Attempt.self).filter { $0.role == "tts" }.map(\.outcome) == [.lost, .won])
  }

  /// A text that no voice can say is left out, and the call goes on.
  @Test func textThatCannotBeSaid() throws {
    let world = try World()
    world.stage.think = { _ in Stage.says("First of all this. And then that.") }
    world.stage.voice.faults = [1: .throwing]
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == "And then that.")
    #expect(world.said == ["And then that."])
  }

  /// A voice that fails again and again ends the call, because nothing can be said any more.
  @Test func voiceIsLost() throws {
    let world = try World()
    world.stage.voice.faults = [1: .failing(afterMs: 50), 2: .failing(afterMs: 50), 3: .failing(afterMs: 50)]
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { world.isOver })
    #expect(world.facts(Fact.CallEnded.self).last?.cause == .noProvider)
    _ = caller
    world.expectBaseline()
  }

  /// A voice that never ends its op is ended by the host, and the call goes on or ends in order.
  @Test func voiceWithoutEnd() throws {
    let world = try World()
    world.stage.voice.faults = [1: .withoutEnd]
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { caller.heard == "Fine." })
    world.run(ms: 20_000)
    #expect(world.facts(Fact.Attempt.self).filter { $0.role == "tts" }.first?.cause?.code == "deadline")
    caller.hangsUp()
    world.expectBaseline()
  }

  /// Many short sentences behind a long one: a piece that waits for its turn is not taken for a hanging one.
  @Test func longSentencesAndDeadlines() throws {
    let world = try World()
    let long = (1...80).map { "w\($0)" }.joined(separator: " ") + "."
    let text = long + " Short one. Another one."
    world.stage.think = { _ in Stage.says(text) }
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == text)
    #expect(world.facts(Fact.Attempt.self).filter { $0.role == "tts" && $0.outcome != .won } == [])
  }

  /// Sound that comes after the end of its op is stale, and nobody hears it.
  @Test func lateSound() throws {
    let world = try World()
    world.stage.voice.faults = [1: .lateSound]
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { !world.stage.lateAnswers.isEmpty })
    #expect(world.stage.lateAnswers == ["stale"])
    world.run(ms: 500)
    #expect(caller.heard == "Fine.")
  }

  // MARK: The model

  /// Text that comes after the end of its op is stale.
  @Test func lateText() throws {
    let world = try World()
    world.stage.think = { _ in [.wait(100), .text("Fine."), .endTwice] }
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { !world.stage.lateAnswers.isEmpty })
    #expect(world.stage.lateAnswers == ["stale"])
    world.run(ms: 1000)
    #expect(caller.heard == "Fine.")
  }

  /// A model that fails once is asked again, and the caller notices nothing.
  @Test func modelFailsOnce() throws {
    let world = try World()
    world.stage.answers([[.wait(100), .fail(Self.broken)], Stage.says("Fine.")])
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { world.said.count == 1 })
    #expect(world.said == ["Fine."])
    #expect(world.facts(Fact.Attempt.self).filter { $0.role == "llm" }.map(\.kind) == [.regular, .probe])
  }

  /// A model that fails is a bad moment, and the caller is asked to say it again; the second time the call ends with the last resort.
  @Test func modelFailsTwice() throws {
    let world = try World()
    world.stage.think = { _ in [.wait(100), .fail(Self.broken)] }
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { world.said.count == 1 })
    caller.says("good morning")
    world.run(until: { world.isOver })
    #expect(caller.heard.hasSuffix("I am sorry, I have a technical problem. Please call again later."))
    #expect(world.facts(Fact.CallEnded.self).last?.cause == .noProvider)
    world.expectBaseline()
  }

  /// A model that never answers is given up before three seconds of silence are over, and the caller is asked to say it again.
  @Test func modelHangs() throws {
    let world = try World()
    world.stage.answers([[.hang], Stage.says("Fine.")])
    let caller = world.answeredCall()
    caller.says("good morning", afterMs: 100)
    world.run(until: { world.said.contains { $0.hasPrefix("Sorry") } })
    #expect(world.facts(Fact.Attempt.self).contains { $0.role == "llm" && $0.cause?.code == "deadline" })
    #expect(caller.longestSilenceMs(from: caller.pickedUpAt, to: world.now) <= 3000)
    // What it consumed until then is in the books: the puppet says 3 tokens when it is cancelled.
    #expect(world.facts(Fact.Usage.self).filter { $0.meter == "tokens_out" }.map(\.amount) == [3])
  }

  /// A model's session that is lost while nobody speaks is replaced; when that fails too, the call ends with the last resort.
  @Test func modelSessionLost() throws {
    let world = try World()
    world.stage.openings[.llm] = .failing(afterMs: 2000, Self.broken)
    let caller = world.answeredCall()
    world.run(until: { world.isOver })
    #expect(caller.heard == "I am sorry, I have a technical problem. Please call again later.")
    world.expectBaseline()
  }

  // MARK: Opening

  /// Whatever role cannot be opened, the caller hears the last resort after the disclosure (or nothing, without a voice), and
  /// the call ends in order.
  @Test(arguments: [Role.stt, .llm, .tts, .telephony], [false, true]) func cannotOpen(_ role: Role, throwing: Bool) throws {
    let world = try World { $0.disclosure = "I am a machine." }
    world.stage.openings[role] = throwing ? .throwing(Self.broken) : .failing(afterMs: 5, Self.broken)
    let caller = world.call()
    world.run(until: { world.isOver })
    switch role {
    case .stt, .llm: #expect(caller.heard == "I am a machine. I am sorry, I have a technical problem. Please call again later.")
    default: #expect(caller.heard == "")
    }
    #expect(world.facts(Fact.CallEnded.self).map(\.cause) == [role == .telephony ? .lineFailed : .noProvider])
    world.expectBaseline()
  }

  /// A session that is never ready is given up at its deadline.
  @Test(arguments: [Role.stt, .llm, .tts, .telephony]) func neverReady(_ role: Role) throws {
    let world = try World { $0.silence.afterMs = 60_000 }
    world.stage.openings[role] = .mute
    world.call()
    world.run(until: { world.isOver }, withinMs: 20_000)
    #expect(world.facts(Fact.CallEnded.self).count == 1)
    world.expectBaseline()
  }

  /// A provider that is not there ends the call at once, and opens nothing more.
  @Test(arguments: ["ears", "mind", "voice"]) func noProvider(_ missing: String) throws {
    let world = try World(providers: ["line", "ears", "mind", "voice"].filter { $0 != missing })
    world.call()
    world.run(ms: 100)
    #expect(world.facts(Fact.CallEnded.self).map(\.cause) == [.noProvider])
    world.expectBaseline()
  }

  // MARK: The recogniser

  /// A recogniser that cannot take more for a while gets all of it afterwards, whatever pieces the line sends and the recogniser refuses.
  @Test(arguments: [nil, 16000], [1, 4]) func recogniserBlocks(_ rate: Int?, _ pieces: Int) throws {
    let world = try World(earsRate: rate)
    world.stage.line.piecesPerFrame = pieces
    world.stage.ears.block = (atSample: rate ?? 8000, forMs: 1500)
    world.stage.keepsListened = true
    let caller = world.answeredCall()
    caller.says("one two three four five six", afterMs: 600)
    world.run(until: { !world.said.isEmpty })
    if rate == nil { #expect(world.understood.joined(separator: " ") == "one two three four five six") }
    world.run(ms: 2000)
    let sounding = world.stage.listened.count { $0.magnitude > 5000 }
    let expected = (rate ?? 8000) * 6 * WordSound.wordMs / 1000
    // The filter rounds the edges of a word off.
    #expect(abs(sounding - expected) < expected / 200)
  }

  /// A recogniser that breaks in the middle: the caller is told, and the call ends in order.
  @Test func recogniserBreaks() throws {
    let world = try World()
    world.stage.ears.failAtSample = 16000
    let caller = world.answeredCall()
    world.run(until: { world.isOver })
    #expect(caller.heard == "I am sorry, I have a technical problem. Please call again later.")
    world.expectBaseline()
  }

  /// A recogniser whose final comes after the host has given up waiting for it: the words are answered once.
  @Test func finalComesTooLate() throws {
    let world = try World { $0.turnTaking.preemptiveGeneration = false }
    world.stage.ears.finalMs = 4000
    let caller = world.answeredCall()
    caller.says("when are you open", afterMs: 200)
    world.run(until: { world.said.count == 1 })
    world.run(ms: 6000)
    #expect(world.understood == ["when are you open"])
    #expect(world.stage.requests.count == 1)
    world.stage.ears.finalMs = 100
    caller.says("thank you")
    world.run(until: { world.said.count == 2 })
    #expect(world.understood == ["when are you open", "thank you"])
  }

  /// A recogniser that ends its listening unasked is set to listen again.
  @Test func recogniserEndsUnasked() throws {
    let world = try World()
    world.stage.ears.completeAtSample = 4000
    let caller = world.answeredCall()
    caller.says("when are you open", afterMs: 1500)
    world.run(until: { !world.said.isEmpty })
    #expect(world.understood == ["when are you open"])
    // Positions are those of the call, not of the second listening.
    let heard = try #require(world.facts(Fact.Heard.self).first)
    #expect(heard.startMs > 1400 && heard.startMs < 1600)
  }

  // MARK: The line

  /// A line that refuses to play is a broken line.
  @Test func lineCannotSpeak() throws {
    let world = try World { $0.greeting = .text("Hello there.") }
    world.stage.line.speakFailures = [1: Self.broken]
    world.call()
    world.run(until: { world.isOver })
    #expect(world.facts(Fact.CallEnded.self).map(\.cause) == [.lineFailed])
    world.expectBaseline()
  }

  /// A line that does not say what became of a cancelled speech: the host goes by its own clock.
  @Test func lineNeverSaysCancelled() throws {
    let world = try World { $0.greeting = .text("one two three four five six seven eight nine ten.") }
    world.stage.line.isMute = true
    let caller = world.answeredCall()
    world.run(until: { caller.words.count == 3 })
    caller.says("stop that please now")
    world.run(until: { !world.said.isEmpty })
    #expect(world.facts(Fact.AgentSaid.self).first?.interrupted == true)
    #expect(world.said.first?.hasPrefix("one two three") == true)
    caller.hangsUp()
    world.expectBaseline()
  }
}
