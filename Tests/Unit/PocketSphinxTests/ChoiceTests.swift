// Which reading counts when a phrase and an expected answer compete.

@testable import PocketSphinxEngine
import Testing

@Suite struct ChoiceTests {
  private func read(_ text: String, acoustic: Double = -3, posterior: Double = 0) -> Hypothesis {
    let words = text.split(separator: " ").enumerated().map { i, word in
      Hypothesis.Word(text: String(word), first: i * 20, last: i * 20 + 19, posterior: posterior)
    }
    return Hypothesis(words: words, posterior: posterior * Double(max(words.count, 1)), acoustic: acoustic)
  }

  private func text(_ choice: Choice?) -> String? { choice.map { $0.words.map(\.text).joined(separator: " ") } }

  /// The answer counts when it sounds clearly better than the phrase, and is marked as not verified.
  @Test func answer() {
    let choice = Choice.between(phrase: read("five oh they", posterior: -0.1), answer: read("five oh eight", acoustic: -2.8))
    #expect(text(choice) == "five oh eight" && choice?.confidence == 700)
  }

  /// The phrase counts when the answer sounds no better: then something else was said.
  @Test func phrase() {
    let choice = Choice.between(phrase: read("a person please", posterior: -0.5), answer: read("one two three", acoustic: -2.9))
    #expect(text(choice) == "a person please" && choice?.confidence == 607)
  }

  /// When both say the same, the phrase's confidence is kept.
  @Test func agreement() {
    let choice = Choice.between(phrase: read("yes", posterior: -0.05), answer: read("yes", acoustic: -1))
    #expect(choice?.confidence == 951)
  }

  /// One reading alone counts; none is none; a reading without words is none.
  @Test func alone() {
    #expect(text(.between(phrase: nil, answer: read("yes"))) == "yes")
    #expect(text(.between(phrase: read("yes"), answer: nil)) == "yes")
    #expect(text(.between(phrase: read(""), answer: read("yes", acoustic: -9))) == "yes")
    #expect(text(.between(phrase: read(""), answer: read(""))) == nil)
  }

  /// A confidence is at least 1, because 0 means that none is told.
  @Test func confidenceIsNeverZero() {
    let choice = Choice.between(phrase: read("what", posterior: -40), answer: nil)
    #expect(choice?.confidence == 1)
  }
}
