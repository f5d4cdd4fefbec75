// Whole conversations in text: what the agent says, word for word.

import Dialogue
import FoundationEssentials
import Testing

@Suite struct GoldenTests {
  /// The recorded conversations are there.
  @Test func present() { #expect(Place.golden.count >= 26) }

  /// The demo's agent leads every recorded conversation exactly as it stands in the file.
  @Test(arguments: Place.golden)
  func conversation(_ name: String) throws {
    let text = try Place.text("Golden/" + name)
    let dialogue = Dialogue(try Place.demo())
    #expect(try Script(text).replayed(dialogue).joined(separator: "\n") == text)
  }

  /// A reply with the memory of earlier turns is the reply without it.
  @Test(arguments: Place.golden)
  func memoryChangesNothing(_ name: String) throws {
    let dialogue = Dialogue(try Place.demo())
    let turns = try Script(try Place.text("Golden/" + name)).chats(dialogue)
    #expect(turns.count > 1)
    var memory = Dialogue.Memory()
    for (chat, moment) in turns {
      #expect(dialogue.reply(to: chat, at: moment, remembering: &memory) == dialogue.reply(to: chat, at: moment))
    }
  }
}
