// What is new of a recogniser's words when a guess of theirs was taken before.

import Testing

@testable import Calls

@Suite struct HeardWordsTests {
  private func words(_ text: String, _ start: UInt64, _ end: UInt64) -> Listener.Words {
    Listener.Words(text: text, isFinal: true, confidence: 0, start: start, end: end, provider: "ears")
  }

  /// However long the agent spoke before, a recogniser is asked for what it has at the end of the caller's words and not within them: that
  /// might cut one.
  @Test func notAskedWithinWords() throws {
    let world = try World()
    world.stage.think = { _ in Stage.says((1...34).map { "w\($0)" }.joined(separator: " ") + ".") }
    let caller = world.answeredCall()
    caller.says("one two", afterMs: 100)
    world.run(until: { !world.said.isEmpty }, withinMs: 30_000)
    let before = world.stage.askedForFinals
    caller.says((1...16).map { "c\($0)" }.joined(separator: " "), afterMs: 1000)
    world.run(until: { world.said.count == 2 }, withinMs: 30_000)
    #expect(world.stage.askedForFinals == before + 1)
  }

  /// A final that holds what was guessed and goes further brings only the rest; a word that was guessed wrongly does not matter.
  @Test func goesFurther() {
    let guess = words("cancel my appointment", 0, 1_000)
    #expect(words("cancel my appointment on friday", 0, 2_000).without([guess]).text == "on friday")
    #expect(words("Cancel my appointments on friday", 0, 2_000).without([guess]).text == "on friday")
    #expect(words("cancel my appointment", 0, 1_100).without([guess]).text == "")
  }

  /// Other words stay as they are.
  @Test func isOther() {
    #expect(words("on friday please", 0, 2_000).without([words("cancel my appointment", 0, 1_000)]).text == "on friday please")
    #expect(words("on friday", 0, 2_000).without([]).text == "on friday")
  }

  /// A guess reaches a little into what is said next, as guesses do: who begins with the same words has said them once more.
  @Test func beginsWithTheSame() {
    let guess = words("no", 0, 1_000)
    #expect(words("no i said friday", 960, 2_500).without([guess]).text == "no i said friday")
    let longer = words("cancel my appointment", 0, 1_000)
    #expect(words("cancel my other appointment too", 900, 3_000).without([longer]).text == "cancel my other appointment too")
  }
}
