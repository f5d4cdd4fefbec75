// Questions find their answers by the words that matter.

@testable import Dialogue
import Testing

@Suite struct AnswerIndexTests {
  private let index: AnswerIndex
  private let flow: Flow

  init() throws {
    flow = try Place.demo()
    index = AnswerIndex(flow.answers)
  }

  private func answer(_ question: String) -> String? {
    index.answer(to: Words.tokens(question)).map { flow.answers[$0.answer].questions[0] }
  }

  /// Other words than the flow's, endings and fillers included, lead to the right answer.
  @Test(arguments: [
    ("hours", "what are your opening hours"), ("until when are you open on saturdays", "what are your opening hours"),
    ("is there any parking nearby", "is there parking"), ("does my insurance cover the visit", "do you take my insurance"),
    ("where are you", "where are you located"), ("what would a visit cost me", "how much does a visit cost"),
    ("are my results in yet please", "can i get my test results"), ("do you have flu shots", "do you give flu shots"),
  ])
  func finds(_ question: String, _ entry: String) { #expect(answer(question) == entry) }

  /// What the flow does not know is not answered.
  @Test(arguments: [
    "do you sell bicycles", "who won the game last night", "what is the capital of france", "is the doctor married", "", "what is it",
  ])
  func admits(_ question: String) { #expect(answer(question) == nil) }

  /// Stems join the forms of a word and keep different words apart.
  @Test func stems() {
    #expect(
      ["appointments", "closing", "closed", "close", "stopped", "parties"].map(Stem.key)
        == ["appointment", "clos", "clos", "clos", "stop", "party"])
    #expect(Stem.key("bus") == "bus" && Stem.key("address") == "address" && Stem.key("thing") == "thing")
  }
}
