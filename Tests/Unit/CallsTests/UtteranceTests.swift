// What of an utterance was heard, and what of it the model sees.

import Journal
import Testing
import Vox

@testable import Calls

@Suite struct UtteranceTests {
  /// Two pieces of two words each, 100 samples per word, the second behind a gap.
  private func utterance() -> Utterance {
    let utterance = Utterance(.reply, interruptible: true, turn: 1)
    utterance.pieces = [
      Utterance.Piece(text: "one two", start: 1000, end: 1200, words: [(1090, 3), (1190, 7)]),
      Utterance.Piece(text: "three four", start: 1300, end: 1500, words: [(1390, 5), (1490, 10)]),
    ]
    utterance.isWhole = true
    return utterance
  }

  /// Only words that were played to their end count.
  @Test(
    arguments: [
      (0, ""), (1000, ""), (1089, ""), (1090, "one"), (1189, "one"), (1195, "one two"), (1250, "one two"), (1389, "one two"),
      (1390, "one two three"),
      (1500, "one two three four"), (9999, "one two three four"),
    ] as [(UInt64, String)])
  func textPlayed(_ position: UInt64, _ text: String) { #expect(utterance().text(playedUntil: position) == text) }

  /// Speech goes on at the end of the last whole word, and after a sentence's last at the end of the sentence.
  @Test(
    arguments: [
      (1000, 1000), (1050, 1000), (1090, 1090), (1150, 1090), (1195, 1200), (1250, 1250), (1350, 1300), (1450, 1390), (2000, 2000),
    ] as [(UInt64, UInt64)])
  func boundary(_ position: UInt64, _ expected: UInt64) { #expect(utterance().wordBoundary(before: position) == expected) }

  /// It closes once, with what was heard, and says so once.
  @Test func closesOnce() {
    let utterance = utterance()
    var over = 0
    utterance.whenOver = { over += 1 }
    #expect(utterance.contextText == "one two three four")
    utterance.close(playedUntil: 1195, cut: true)
    utterance.close(playedUntil: 9999, cut: false)
    #expect(over == 1)
    #expect(utterance.isCut)
    #expect(utterance.playedText == "one two")
    #expect(utterance.contextText == "one two")
  }

  // MARK: The chat context

  /// What is being said counts as planned, what was cut as heard; empty utterances do not appear.
  @Test func contextOfUtterances() {
    var context = ChatContext(instructions: "Be kind.")
    let cut = utterance()
    context.saying(cut)
    context.saying(Utterance(.reply, interruptible: true, turn: 1))
    context.heard("hello", confidence: 900)
    #expect(context.messages(for: "x").map(\.text) == ["Be kind.", "one two three four", "hello"])
    cut.close(playedUntil: 1100, cut: true)
    let messages = context.messages(for: "x")
    #expect(messages.map(\.text) == ["Be kind.", "one", "hello"])
    #expect(messages.map(\.interrupted) == [false, true, false])
    #expect(messages[2].confidence == 900)
  }

  /// What was said while tools ran stands before their calls: each call is followed by its result.
  @Test func callsAndResults() {
    var context = ChatContext(instructions: "")
    context.heard("book it", confidence: 0)
    context.called(id: "a", name: "book", arguments: .object([:]))
    context.called(id: "b", name: "mail", arguments: .object([:]))
    context.saying(utterance())
    context.answered(id: "a", content: "1", isError: false)
    context.answered(id: "b", content: "2", isError: true)
    context.saying(utterance())
    #expect(context.messages(for: "x").map(\.speaker) == [.user, .assistant, .assistant, .assistant, .tool, .tool, .assistant])
    #expect(context.messages(for: "x")[1].text == "one two three four")
  }

  /// The last thing heard can be taken back, what came before it stays.
  @Test func takeBack() {
    var context = ChatContext(instructions: "")
    context.heard("one", confidence: 0)
    context.saying(utterance())
    context.heard("two", confidence: 0)
    let taken = context.takeBackLastHeard()
    #expect(taken == "two")
    #expect(context.messages(for: "x").map(\.text) == ["one", "one two three four"])
    _ = context.takeBackLastHeard()
    let none = context.takeBackLastHeard()
    #expect(none == nil)
  }

  /// A plugin's own bytes go back to it alone.
  @Test func opaqueParts() {
    var context = ChatContext(instructions: "")
    context.opaque(plugin: "mine", data: "secret")
    #expect(context.messages(for: "mine").count == 1)
    #expect(context.messages(for: "other").isEmpty)
  }
}
