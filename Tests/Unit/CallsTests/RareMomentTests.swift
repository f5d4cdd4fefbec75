// Moments that come once in a hundred hours of calls: each cost words, or left a caller waiting.

import Base
import Journal
import Tenants
import Testing
import Vox

@Suite struct RareMomentTests {
  private static let story = "one two three four five six seven eight nine ten eleven twelve."
  private static let broken = ProviderError(.unavailable, "it broke", scope: .session)

  /// A recogniser whose finals are very late goes on with a new guess while the final of the one before is owed: both are taken, in
  /// order, and the finals that come after all bring nothing twice.
  @Test func finalsAreOwed() throws {
    let world = try World()
    world.stage.ears.finalMs = 4000
    let caller = world.answeredCall()
    caller.says("one two", afterMs: 100)
    caller.says("three four", afterMs: 1000)
    world.run(until: { !world.said.isEmpty })
    world.run(ms: 8000)
    #expect(world.understood.joined(separator: " ") == "one two three four")
    #expect(world.stage.requests.last?.chat.messages.first?.text == "one two three four")
  }

  /// A recogniser that takes over and may not be hurried hears all that was said, although the line sends nothing any more: no word
  /// waits for the caller to speak again.
  @Test func nothingIsSentWhileBehind() throws {
    let world = try World(providers: ["line", "ears", "ears2", "mind", "voice", "hands"]) {
      $0.chains[.stt] = Chain([Chain.Link(provider: "ears"), Chain.Link(provider: "ears2")])
    }
    world.stage.line.sendsSilence = false
    world.stage.earsFaults["ears"] = .deaf
    world.stage.traitsOf["ears2"] = ["input_rate_permille": 1000]
    let caller = world.answeredCall()
    let words = (1...12).map { "c\($0)" }.joined(separator: " ")
    caller.says(words, afterMs: 100)
    caller.silent(700)
    world.run(until: { !world.understood.isEmpty }, withinMs: 12_000)
    #expect(world.understood.joined(separator: " ") == words)
    #expect(world.stage.opened.contains("ears2"))
  }

  /// The final of an earlier sound, which was no word, ends no turn whose own words are still guessed.
  @Test func finalOfANoise() throws {
    let world = try World()
    world.stage.ears.finalMs = 2900
    let caller = world.answeredCall()
    caller.silent(100)
    caller.makesNoise(400)
    caller.says("one two three four five six", afterMs: 900)
    world.run(until: { !world.understood.isEmpty })
    caller.says("seven", afterMs: 0)
    world.run(ms: 12_000)
    #expect(world.understood.joined(separator: " ") == "one two three four five six seven")
  }

  /// The last words are owed also to a caller who interrupts what the agent says before them, and the call ends after them.
  @Test func lastWordsOutliveAnInterruption() throws {
    let world = try World {
      $0.greeting = .text(Self.story)
      $0.lastResort = "Please call again later."
    }
    world.stage.openings[.llm] = .failing(afterMs: 300, Self.broken)
    let caller = world.answeredCall()
    world.run(until: { caller.words.count == 2 })
    caller.says("stop that please now")
    world.run(until: { world.isOver }, withinMs: 8000)
    #expect(caller.heard.hasSuffix("Please call again later."))
    #expect(caller.words.count < 12)
    world.expectBaseline()
  }

  /// The last voice is lost while the line is stopped, at whatever moment: the journal has the words that were heard, and no other.
  @Test(arguments: Array(stride(from: 0, to: 500, by: 20))) func voiceLostWhilePaused(_ ms: Int) throws {
    let world = try World { $0.greeting = .text(Self.story) }
    world.stage.hasRecordings = true
    world.stage.traits[.telephony] = ["lead_ms": 200, "clear": true, "played": "exact"]
    world.stage.voice.faults = [1: .cut(afterMs: 2600), 2: .failing(afterMs: 780), 3: .failing(afterMs: 780)]
    let caller = world.answeredCall()
    world.run(ms: 500 + ms)
    caller.makesNoise(600)
    world.run(until: { world.isOver })
    #expect(world.said.joined(separator: " ") == caller.heard)
    world.expectBaseline()
  }

  /// A sound without words does not make the silence begin anew when nothing has been understood: the prompt comes in its time.
  @Test func noiseDoesNotProlongSilence() throws {
    let world = try World {
      $0.silence.afterMs = 4000
      $0.silence.prompts = ["Hello?"]
    }
    world.stage.earsFaults["ears"] = .deaf
    let caller = world.answeredCall()
    caller.silent(100)
    caller.makesNoise(400)
    world.run(until: { !caller.words.isEmpty })
    let heardAfterMs = ((caller.words.first?.at ?? 0) - caller.pickedUpAt) / 1_000_000
    #expect(heardAfterMs < 100 + 400 + 4000 + 800, "\(heardAfterMs) ms")
  }
}
