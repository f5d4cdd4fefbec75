// Cutting an answer into pieces that a voice can speak.

import Testing

@testable import Calls

@Suite struct SpeechChunkerTests {
  private func pieces(_ text: String, step: Int = .max, maxBytes: Int = 400, firstBytes: Int? = nil) -> [String] {
    var chunker = SpeechChunker(maxBytes: maxBytes, firstBytes: firstBytes)
    var found: [String] = []
    var rest = text[...]
    while !rest.isEmpty {
      let part = rest.prefix(step)
      rest = rest.dropFirst(part.count)
      found += chunker.append(String(part))
    }
    return found + [chunker.finish()].compactMap { $0 }
  }

  /// Sentences are pieces; what does not end a sentence does not end a piece.
  @Test(arguments: [
    ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
    ("Dr. Miller sees you at 3.30 p.m. today.", ["Dr. Miller sees you at 3.30 p.m. today."]),
    ("It costs 3.5 francs. J. S. Bach wrote it.", ["It costs 3.5 francs.", "J. S. Bach wrote it."]),
    ("First line\nsecond line", ["First line", "second line"]),
    ("  spaces   around.  ", ["spaces   around."]),
    ("", []), ("   \n ", []),
  ])
  func sentences(_ text: String, _ expected: [String]) { #expect(pieces(text) == expected) }

  /// However the text arrives, the pieces are the same.
  @Test(arguments: [1, 2, 3, 7]) func anySteps(_ step: Int) {
    let text = "Good morning, this is the clinic, how can I help? We are open until 6.30 today. Dr. Miller is in."
    #expect(pieces(text, step: step) == pieces(text))
  }

  /// A voice that can begin within a clause is given a few words at once, never a figure without what belongs to it, and however the
  /// text arrives.
  @Test(arguments: [
    ("I can certainly help you with this and more. Next one.", ["I can certainly help", "you with this and more.", "Next one."]),
    ("We meet on the 14 of March at 3 p.m. in room 5 as ever.", ["We meet on the 14 of March at 3 p.m. in room 5 as ever."]),
    ("Yes. I can certainly help you with this.", ["Yes.", "I can certainly help you with this."]),
    ("Certainly not, no.", ["Certainly not, no."]),
  ])
  func firstWords(_ text: String, _ expected: [String]) {
    for step in [1, 2, 5, .max] { #expect(pieces(text, step: step, firstBytes: 18) == expected, "in steps of \(step)") }
  }

  /// The first piece may be a clause, so that the voice can begin early; later ones are whole sentences.
  @Test func firstClause() {
    #expect(
      pieces("Well, let me have a look at that, it will take a moment. After that, and only after that, we go on.") == [
        "Well, let me have a look at that,", "it will take a moment.", "After that, and only after that, we go on.",
      ])
  }

  /// No piece is longer than the voice takes, also in scripts of many bytes, and no word is lost.
  @Test func limit() {
    let words = (0..<200).map { "wörd\($0)" }
    let found = pieces(words.joined(separator: " "), maxBytes: 64)
    #expect(found.allSatisfy { $0.utf8.count <= 64 })
    #expect(found.joined(separator: " ").split(separator: " ").map(String.init) == words)
    let unbroken = pieces(String(repeating: "漢", count: 100), maxBytes: 64)
    #expect(unbroken.allSatisfy { $0.utf8.count <= 64 })
    #expect(unbroken.joined().count == 100)
  }

  /// A sentence is given as soon as the next one begins, not at the end of the answer.
  @Test func early() {
    var chunker = SpeechChunker()
    let before = chunker.append("We are open.")
    #expect(before == [])
    let after = chunker.append(" Un")
    #expect(after == ["We are open."])
  }
}
