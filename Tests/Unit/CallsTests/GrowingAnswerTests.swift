// A voice that takes a text while it is being written: the answer is heard while the model still thinks.

import Base
import Journal
import Tenants
import Testing
import Vox

@Suite struct GrowingAnswerTests {
  private static let broken = ProviderError(.unavailable, "it broke", scope: .session)

  /// A model that writes word by word.
  private static func writes(_ words: [String], everyMs: Int, then last: Stage.Step = .end(["stop": "end"])) -> [Stage.Step] {
    [.wait(200)] + words.flatMap { [.text($0), .wait(everyMs)] } + [last]
  }

  private static let tokens = (1...12).map { "a\($0)" + ($0 == 12 ? "." : " ") }
  private static let story = tokens.joined()

  /// The first word is heard long before the sentence is written, and the sentence is one piece of work for the voice.
  @Test func heardWhileItIsWritten() throws {
    let world = try World.growing()
    world.stage.think = { _ in Self.writes(Self.tokens, everyMs: 150) }
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { !caller.words.isEmpty })
    #expect(world.stage.chatEnds.isEmpty)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == Self.story && world.said == [Self.story])
    #expect(world.stage.sayings == [Self.story])
    #expect(world.attempts("tts") == ["voice won"])
    caller.hangsUp()
    world.expectBaseline()
  }

  /// Sentences remain pieces of their own, and the model is told what was said.
  @Test func sentenceBySentence() throws {
    let world = try World.growing()
    world.stage.think = { _ in Self.writes(["One", " two", ". Thr", "ee", " four.", " Five"], everyMs: 40) }
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(world.stage.sayings == ["One two.", "Three four.", "Five"])
    #expect(caller.heard == "One two. Three four. Five")
    caller.says("thank you", afterMs: 500)
    world.run(until: { world.said.count == 2 })
    #expect(world.stage.requests.last?.chat.messages.map(\.text).contains("One two. Three four. Five") == true)
  }

  /// Figures are read with what belongs to them, however the model cuts them, and the times of the words lead back to the written text.
  @Test func figuresAreWhole() throws {
    let world = try World.growing()
    world.stage.traitsOf["voice"] = ["text_grows": true, "normalises_text": false]
    world.stage.think = { _ in Self.writes(["It costs $1", "2.", "50 until", " on 3/", "14.", " Bye."], everyMs: 60) }
    let caller = world.answeredCall()
    caller.says("what does it cost", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(world.stage.sayings == ["It costs twelve dollars and fifty cents until on March fourteenth.", "Bye."])
    #expect(world.said == ["It costs $12.50 until on 3/14. Bye."])
  }

  /// SSML that an agent may write reaches a voice that reads it, as well-formed text, and no other voice.
  @Test(arguments: [(true, true), (true, false), (false, true)]) func ssml(isWritten: Bool, isRead: Bool) throws {
    let world = try World.growing { $0.ssml = isWritten }
    world.stage.traitsOf["voice"] = ["text_grows": true, "ssml": .bool(isRead)]
    world.stage.think = { _ in Self.writes(["One", " <emphasis>two", " & three. ", "Four</emphasis>", " five."], everyMs: 40) }
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    let isHeard = isWritten && isRead
    #expect(
      world.stage.sayings
        == (isHeard ? ["One <emphasis>two &amp; three.</emphasis>", "Four five."] : ["One two & three.", "Four five."]))
    #expect(world.stage.marked == [isHeard, isHeard])
  }

  /// A model that pauses within a sentence is not the voice's fault.
  @Test func aSlowModelIsNotTheVoice() throws {
    let world = try World.growing { $0.waitsForModels() }
    world.stage.think = { _ in [.wait(200), .text("One two "), .wait(9000), .text("three."), .end(["stop": "end"])] }
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == "One two three.")
    #expect(world.attempts("tts") == ["voice won"])
  }

  /// A filler may be needed in the middle: the rest of the sentence follows it.
  @Test func aFillerWithinASentence() throws {
    let world = try World.growing { $0.waitsForModels(filler: "Moment.") }
    world.stage.think = { _ in [.wait(200), .text("One two "), .wait(4000), .text("three four."), .end(["stop": "end"])] }
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { caller.heard.hasSuffix("three four.") })
    let heard = caller.heard.split(separator: " ").filter { $0 != "Moment." }.joined(separator: " ")
    #expect(heard == "One two three four." && caller.heard.contains("Moment."))
  }

  /// A voice that breaks off while the text grows: the next one, which takes whole texts only, says the rest; no word is lost or doubled.
  @Test(arguments: Array(stride(from: 50, to: 12 * 250, by: 110)), [false, true]) func voiceCut(_ afterMs: Int, _ nextGrows: Bool) throws {
    let world = try World.growing()
    world.stage.traitsOf["voice2"] = ["text_grows": .bool(nextGrows)]
    world.stage.voiceFaults["voice"] = .cut(afterMs: afterMs)
    world.stage.think = { _ in Self.writes(Self.tokens, everyMs: 120) }
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    world.run(ms: 500)
    #expect(caller.heard == Self.story && world.said == [Self.story])
    caller.hangsUp()
    world.expectBaseline()
  }

  /// A voice that says nothing is left at the deadline that runs from the end of the text, as if it had been given whole.
  @Test func voiceSilent() throws {
    let world = try World.growing()
    world.stage.voiceFaults["voice"] = .mute
    world.stage.think = { _ in Self.writes(Self.tokens, everyMs: 20) }
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == Self.story)
    #expect(world.attempts("tts") == ["voice lost", "voice2 won"])
    let e2e = try #require(world.facts(Fact.TurnEnded.self).last?.waterfall.e2eMs)
    #expect(e2e <= 500 + 200 + 240 + 800 + 100 + 60 + 150, "\(e2e)")
  }

  /// A model that breaks off within a sentence: whoever goes on is heard from the next word.
  @Test func modelCutGoesOn() throws {
    let world = try World.growing()
    world.stage.minds["mind"] = { _ in Self.writes(["One two ", "three ", "fo"], everyMs: 100, then: .fail(Self.broken)) }
    world.stage.minds["mind2"] = { _ in Self.writes(["four ", "five."], everyMs: 100) }
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == "One two three four five.")
    #expect(world.said == ["One two three four five."])
  }

  /// A model that breaks off before its first word was heard has said nothing: the next one is asked as if it were the first, and its own
  /// words are all that is heard.
  @Test func modelCutUnheard() throws {
    let world = try World.growing()
    world.stage.minds["mind"] = { _ in Self.writes(["One ", "two ", "three ", "four ", "fi"], everyMs: 10, then: .fail(Self.broken)) }
    world.stage.minds["mind2"] = { _ in Stage.says("Eins zwei drei.") }
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == "Eins zwei drei." && world.said == ["Eins zwei drei."])
    #expect(world.stage.requests.last?.chat.messages.last?.text == "tell me")
    #expect(world.attempts("tts") == ["voice cancelled", "voice won"])
    caller.says("thank you", afterMs: 500)
    world.run(until: { world.said.count == 2 })
    #expect(world.stage.requests.last?.chat.messages.filter { $0.speaker == .assistant }.map(\.text).last == "Eins zwei drei.")
    caller.hangsUp()
    world.expectBaseline()
  }

  /// Whoever begins the sentence again, in the same words or in others, leaves nothing out: what was whole is not said again, the sentence
  /// that was cut before any of it was heard is said as the second model has it.
  @Test(arguments: [
    ("Hello there my friend. One two three four five. Six.", "Hello there my friend. One two three four five. Six."),
    ("Well hello. Let me see. Six.", "Hello there my friend. Well hello. Let me see. Six."),
    ("Hello there my dear. One or two. Six.", "Hello there my friend. One or two. Six."),
  ])
  func modelCutBeginsAgain(_ answer: String, _ heard: String) throws {
    let world = try World.growing()
    world.stage.minds["mind"] = { _ in
      Self.writes(["Hello there my friend. ", "One ", "two ", "thr"], everyMs: 50, then: .fail(Self.broken))
    }
    world.stage.minds["mind2"] = { _ in Stage.says(answer) }
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == heard)
  }

  /// Who interrupts stops the sentence that waits before the one that is heard: the voice must not begin it in between.
  @Test func theNextIsNotBegun() throws {
    let world = try World.growing()
    world.stage.voice.speedPermille = 1000
    world.stage.answers([
      Self.writes(["One two three four five. ", "Six seven ", "eight "], everyMs: 300, then: .hang), Stage.says("Sorry."),
    ])
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { caller.words.count == 2 })
    caller.says("stop that please now")
    world.run(until: { world.said.contains("Sorry.") })
    #expect(world.stage.silenced == [2, 1])
  }

  /// Interrupted while the sentence is still being written, the agent is silent, and what counts is what was heard.
  @Test func interrupted() throws {
    let world = try World.growing()
    world.stage.answers([Self.writes(Self.tokens, everyMs: 400), Stage.says("Sorry.")])
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { caller.words.count == 2 })
    caller.says("stop that please now")
    world.run(until: { world.said.contains("Sorry.") })
    let said = try #require(world.said.first)
    #expect(Self.story.hasPrefix(said) && said.count < Self.story.count && !said.isEmpty)
    #expect(world.stage.chatEnds.first == "cancelled")
    #expect(world.stage.sayings.last == "Sorry.")
    caller.hangsUp()
    world.expectBaseline()
  }
}
