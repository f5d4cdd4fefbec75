// The first word of an answer goes to the voice before anything says that it is whole.

import Journal
import Tenants
import Testing
import Vox

@Suite struct GuessedWordTests {
  private static let broken = ProviderError(.unavailable, "it broke", scope: .session)

  /// A model that pauses for long behind its first token.
  private static func writes(_ first: String, _ rest: String...) -> [Stage.Step] {
    [.wait(200), .text(first), .wait(600)] + rest.map { .text($0) } + [.end(["stop": "end"])]
  }

  /// The voice has the first word when the model has written it, and the caller hears it as soon as it is certain.
  @Test func theVoiceDoesNotWait() throws {
    let world = try World.growing { $0.fillers.lines = [] }
    world.stage.think = { _ in Self.writes("Hello", " there", " friend.") }
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { !world.stage.sayings.isEmpty })
    #expect(world.stage.sayings == ["Hello"] && world.stage.chatEnds.isEmpty)
    world.run(ms: 500)
    #expect(world.stage.sayings == ["Hello"] && caller.words.isEmpty)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == "Hello there friend." && world.said == ["Hello there friend."])
    #expect(world.attempts("tts") == ["voice won"])
    caller.hangsUp()
    world.expectBaseline()
  }

  /// A word that goes on is taken back before anybody hears its beginning; the voice begins anew with all of it, and nobody is told twice.
  @Test(arguments: [["Hel", "lo there."], ["Hel", "lo", " there."], ["Sure", ".", "ly it is."]]) func aWrongGuess(_ tokens: [String]) throws
  {
    let world = try World.growing { $0.fillers.lines = [] }
    world.stage.think = { _ in [.wait(200)] + tokens.flatMap { [.text($0), .wait(600)] } + [.end(["stop": "end"])] }
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    let story = tokens.joined()
    #expect(caller.heard == story && world.said == [story])
    #expect(world.stage.sayings == [tokens[0], story])
    #expect(world.attempts("tts") == ["voice cancelled", "voice won"])
    caller.says("thank you", afterMs: 500)
    world.run(until: { world.said.count == 2 })
    #expect(world.stage.requests.last?.chat.messages.filter { $0.speaker == .assistant }.map(\.text).last == story)
    caller.hangsUp()
    world.expectBaseline()
  }

  /// An answer of one word is heard when the model has ended it.
  @Test func oneWord() throws {
    let world = try World.growing { $0.fillers.lines = [] }
    world.stage.think = { _ in Self.writes("Certainly") }
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == "Certainly" && world.stage.sayings == ["Certainly"])
  }

  /// A voice that fails with the guessed word leaves it to one that takes whole texts only: right or wrong, it is heard once and whole.
  @Test(arguments: [("Hello", " there."), ("Hel", "lo there.")], [false, true])
  func theVoiceFails(_ answer: (String, String), _ nextGrows: Bool) throws {
    let world = try World.growing { $0.fillers.lines = [] }
    world.stage.traitsOf["voice2"] = ["text_grows": .bool(nextGrows)]
    world.stage.voiceFaults["voice"] = .failing(afterMs: 50)
    world.stage.think = { _ in Self.writes(answer.0, answer.1) }
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == "Hello there." && world.said == ["Hello there."])
    caller.hangsUp()
    world.expectBaseline()
  }

  /// A model that breaks off behind the guessed word has said nothing: the next one's words are all that is heard.
  @Test func theModelFails() throws {
    let world = try World.growing { $0.fillers.lines = [] }
    world.stage.minds["mind"] = { _ in [.wait(200), .text("Hel"), .wait(600), .fail(Self.broken)] }
    world.stage.minds["mind2"] = { _ in Self.writes("Eins", " zwei", " drei.") }
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(caller.heard == "Eins zwei drei." && world.said == ["Eins zwei drei."])
    #expect(world.stage.requests.last?.chat.messages.last?.text == "tell me")
    caller.hangsUp()
    world.expectBaseline()
  }

  /// A filler that is due before the guess is none goes before it, and the word is heard whole behind it.
  @Test(arguments: [("Hel", "lo there."), ("Hello", " there.")]) func aFillerBefore(_ first: String, _ rest: String) throws {
    let world = try World.growing { $0.waitsForModels(filler: "Moment.", afterMs: 500) }
    world.stage.think = { _ in [.wait(400), .text(first), .wait(600), .text(rest), .end(["stop": "end"])] }
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { world.said.count == 2 })
    #expect(caller.heard == "Moment. Hello there.")
    #expect(world.said == ["Moment.", "Hello there."])
    caller.hangsUp()
    world.expectBaseline()
  }

  /// Nothing is guessed while something else is to be heard before the answer.
  @Test func notBehindAFiller() throws {
    let world = try World.growing { $0.waitsForModels(filler: "One moment please, I am looking.", afterMs: 500) }
    world.stage.think = { _ in [.wait(1500), .text("Hel"), .wait(100), .text("lo there."), .end(["stop": "end"])] }
    let caller = world.answeredCall()
    caller.says("tell me", afterMs: 100)
    world.run(until: { !world.said.isEmpty })
    #expect(!world.stage.sayings.contains("Hel"))
  }
}
