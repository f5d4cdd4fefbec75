// A text is cut where it is not heard, and nothing of it is lost.

import ChatterboxWire
import Testing

struct PassagesTests {
  /// The first passage ends with its first clause, later ones with a sentence; short sentences go together.
  @Test func cuts() {
    let text = "Thank you for calling the clinic on the hill, where we are glad to help. How are you? It is a fine day. Shall we begin?"
    #expect(
      Passages.of(text, first: 60, rest: 60) == [
        "Thank you for calling the clinic on the hill,", "where we are glad to help. How are you? It is a fine day.", "Shall we begin?",
      ])
  }

  /// A short form and an initial end no sentence, a tag is never cut, and a breathless text is cut between words.
  @Test func keepsTogether() {
    #expect(
      Passages.of("We saw Dr. Lee and Mr. P. Fox [clear throat] today. Good.", first: 24, rest: 52).first
        == "We saw Dr. Lee and Mr. P. Fox [clear throat] today.")
    #expect(Passages.of(String(repeating: "word ", count: 20), first: 12, rest: 12).allSatisfy { $0 == "word word" || $0 == "word" })
    #expect(Passages.of(String(repeating: "x", count: 25), first: 10, rest: 10).map(\.count) == [10, 10, 5])
  }

  /// Without a clause that is short enough the first passage may be as long as the others: words are not torn from each other.
  @Test func waitsForAnEnd() {
    let text = "This is a sentence without any pause until its very end. And another."
    #expect(Passages.of(text, first: 30, rest: 60).first == "This is a sentence without any pause until its very end.")
  }

  /// Whatever the text, every word is in a passage once, in order, and no passage is too long or empty.
  @Test(arguments: 0..<200) func losesNothing(_ seed: Int) {
    var state = UInt64(seed) &* 2_862_933_555_777_941_757 &+ 3_037_000_493
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let pieces = ["a", "word", "Dr.", "end.", "why?", "[laugh]", "[clear throat]", "—", "naïve,", "\n", "…", "[", "]", "10.5", "Zoë;", " "]
    let text = (0..<next(80)).map { _ in pieces[next(pieces.count)] }.joined(separator: " ")
    let passages = Passages.of(text, first: 20 + next(60), rest: 40 + next(100))
    func words(_ text: String) -> String { text.split(whereSeparator: \.isWhitespace).joined() }
    #expect(passages.map(words).joined() == words(text))
    #expect(passages.allSatisfy { !$0.isEmpty && $0.count <= 140 })
  }

  /// Tags go with the space they leave.
  @Test func stripsTags() {
    #expect(Tags.stripped("[laugh] Well, [clear throat] hello [sigh]. [later]") == "Well, hello. [later]")
  }
}
