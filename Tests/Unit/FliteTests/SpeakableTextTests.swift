// How written text is made readable for flite, and that each word still knows where it came from.

import FliteEngine
import Testing

@Suite struct SpeakableTextTests {
  /// Dates, telephone numbers, ranges, money, addresses and codes are written as flite reads them right.
  @Test(arguments: [
    ("On 3/21 at 3:30 pm", "On March twenty first at 3:30 pm"), ("2025-03-02.", "March second, 2025."),
    ("by 12/31/26,", "by December thirty first, 2026,"), ("21.03.2025", "March twenty first, 2025"),
    ("call 4155552671", "call 4 1 5, 5 5 5, 2 6 7 1"), ("(415-555-2671)", "4 1 5, 5 5 5, 2 6 7 1"),
    ("+14155552671", "plus 1, 4 1 5, 5 5 5, 2 6 7 1"), ("code 90210", "code 9 0 2 1 0"), ("room 4B", "room 4 B"),
    ("1,250 people", "1,250 people"), ("9-5", "9 to 5"), ("9am–5pm", "9am to 5pm"), ("Mon-Fri", "Monday to Friday"),
    ("Jan 5", "January 5"), ("well-known", "well-known"), ("COVID-19", "COVID-19"), ("€45.50", "45 euros 50"), ("£5", "5 pounds"),
    ("$45.50", "$45.50"), ("bob@example.com.", "bob at example dot com."),
    ("https://www.a-b.org/x_y", "www dot a dash b dot org slash x underscore y"),
    ("e.g. this", "e.g. this"), ("24/7", "24 7"), ("1/2 cup", "1/2 cup"), ("and/or", "and or"), ("10% & more", "10% and more"),
    ("#5", "number 5"), ("5PM", "5PM"), ("*Bold* _it_ `x`", "Bold it x"),
  ])
  func readsAloud(written: String, spoken: String) {
    #expect(SpeakableText.tokens(of: written).map(\.text).joined(separator: " ") == spoken)
  }

  /// What is left for flite is printable ASCII, whatever comes in; what cannot be read aloud is left out.
  @Test func onlyPrintableASCII() {
    let text = "It’s Zoë’s “café” — naïve, Łódź, 你好 😀 \u{7}\u{0} ½ °C\u{2028}end…"
    let tokens = SpeakableText.tokens(of: text)
    #expect(tokens.map(\.text).joined(separator: " ") == "It's Zoe's cafe, naive, Lodz, 1/2 degrees C end.")
    #expect(tokens.allSatisfy { $0.text.utf8.allSatisfy { (0x20..<0x7F).contains($0) } })
    #expect(SpeakableText.tokens(of: "… — 😀 !!! ()").isEmpty)
  }

  /// Each token points at the bytes of its word, without the punctuation around it, also behind letters of several bytes.
  @Test func sourcesAreTheWords() {
    let text = "“Zoë” pays €45.50, (on 3/21)!"
    let bytes = Array(text.utf8)
    let words = SpeakableText.tokens(of: text).map { String(decoding: bytes[$0.source], as: UTF8.self) }
    #expect(words == ["Zoë", "pays", "€45.50", "on", "3/21"])
  }

  /// Sentences end at full stops, but not at short forms, initials and decimal points; lines end them too.
  @Test func sentences() {
    func cut(_ text: String) -> [String] { Sentence.sentences(of: SpeakableText.tokens(of: text)).map(\.text) }
    #expect(cut("Dr. Lee is in. Is it 3.5 km? Yes! J. Doe, e.g. Al.") == ["Dr. Lee is in.", "Is it 3.5 km?", "Yes!", "J. Doe, e.g. Al."])
    #expect(cut("at 10 a.m. please") == ["at 10 a.m. please"])
    #expect(cut("one\ntwo") == ["one", "two"])
  }

  /// A sentence without an end is cut, at a comma where there is one, and no word is lost.
  @Test func longSentencesAreCut() {
    let words = (0..<200).map { $0 % 20 == 19 ? "word," : "word" }
    let sentences = Sentence.sentences(of: SpeakableText.tokens(of: words.joined(separator: " ")))
    #expect(sentences.allSatisfy { $0.text.utf8.count <= 240 } && sentences.count > 3)
    #expect(sentences.dropLast().allSatisfy { $0.text.hasSuffix(",") })
    #expect(sentences.map(\.tokens.count).reduce(0, +) == words.count)
  }

  /// All that one written word became is one span, equal words are told apart, and time never runs backwards.
  @Test func spansJoinWhatBelongsTogether() throws {
    let text = "7 7 costs $45.50"
    let sentence = try #require(Sentence.sentences(of: SpeakableText.tokens(of: text)).first)
    let pieces = [("7", 0), ("7", 1), ("costs", 2), ("$45.50", 3), ("$45.50", 3), ("$45.50", 3)]
    let words = pieces.enumerated().map { i, piece in
      TimedWord(piece: piece.0, index: piece.1, start: Double(i), end: Double(i) + 1)
    }
    let spans = sentence.spans(of: words)
    let bytes = Array(text.utf8)
    #expect(spans.map { String(decoding: bytes[$0.source], as: UTF8.self) } == ["7", "7", "costs", "$45.50"])
    #expect(spans.map(\.source.lowerBound) == [0, 2, 4, 10])
    #expect(spans.map(\.start) == [0, 1, 2, 3] && spans.map(\.end) == [1, 2, 3, 6])
  }
}
