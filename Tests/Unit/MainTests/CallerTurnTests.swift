// The synthetic caller's turns.

import Testing
import Vox

@testable import Commands

@Suite struct CallerTurnTests {
  /// Turns of different kinds keep the order of the command line, written with a space or with an equals sign.
  @Test func keepsTheOrder() {
    let arguments = ["patchbay", "call", "--say", "one", "--wav=a.wav", "--out", "x.wav", "--dtmf", "12", "--say=--wav", "--wav", "b.wav"]
    let turns = CallerTurn.inOrder(of: arguments, say: ["one", "--wav"], wav: ["a.wav", "b.wav"], keys: ["12"])
    #expect(turns == [.say("one"), .wav("a.wav"), .keys("12"), .say("--wav"), .wav("b.wav")])
  }

  /// A turn that the command line does not show is done last, not lost.
  @Test func losesNothing() {
    #expect(CallerTurn.inOrder(of: ["call"], say: ["a"], wav: [], keys: ["1"]) == [.say("a"), .keys("1")])
  }

  /// The order for the line holds what is played and pressed, and where it is recorded.
  @Test func describesTheCall() {
    let order = CallOrder(turns: [.wav("/a.wav"), .keys("12#")], to: "+1555", from: "+1666", record: "/out.wav")
    #expect(
      order.json == ["to": "+1555", "from": "+1666", "turns": [["file": "/a.wav"], ["dtmf": "12#"]], "record": "/out.wav"])
  }

  /// Every word of a long text is spoken once, in pieces that end at a sentence where one ends in time.
  @Test func cutsLongTexts() {
    let text = "One two three. Four five six seven. Eight nine ten eleven twelve"
    #expect(Pieces.of(text, atMost: 40) == ["One two three. Four five six seven.", "Eight nine ten eleven twelve"])
    #expect(Pieces.of(text, atMost: 16) == ["One two three.", "Four five six", "seven.", "Eight nine ten", "eleven twelve"])
    #expect(Pieces.of("short", atMost: 40) == ["short"])
    #expect(Pieces.of(String(repeating: "x", count: 40), atMost: 16).joined() == String(repeating: "x", count: 40))
    #expect(Pieces.of("ääääääääää ä", atMost: 16).allSatisfy { $0.utf8.count <= 16 })
  }
}
