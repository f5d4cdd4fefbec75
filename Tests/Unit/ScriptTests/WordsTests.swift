// Normalising text, patterns, and how well they cover each other.

@testable import Dialogue
import Testing

@Suite struct WordsTests {
  /// What a transcript writes in digits and signs becomes what the caller said.
  @Test(arguments: [
    ("10:30 am", "ten thirty a.m."), ("10am.", "ten a.m."), ("3:00", "three o'clock"), ("9:05", "nine oh five"),
    ("the 21st", "the twenty first"),
    ("3/5", "march fifth"), ("415-555", "four one five five five five"), ("007", "zero zero seven"), ("25", "twenty five"),
    ("I’d like “that”, please!", "i'd like that please"), ("p.m.", "p.m."), ("well-known", "well known"), ("...", ""),
    ("99/99", "nine nine nine nine"),
  ])
  func spoken(_ text: String, _ words: String) { #expect(Words.spoken(text).joined(separator: " ") == words) }

  /// Two ways of writing the same thing compare equal.
  @Test(arguments: [
    ("I'd like", "i would like"), ("what's", "what is"), ("ten a m", "ten a.m."), ("can't", "can not"), ("o clock", "o'clock"),
    ("ok", "okay"),
  ])
  func tokens(_ one: String, _ other: String) { #expect(Words.tokens(one) == Words.tokens(other)) }

  /// A text without end costs no more than the longest that is used.
  @Test func bounded() {
    #expect(Words.tokens(String(repeating: "word ", count: 100_000)).count == Words.mostTokens)
  }

  /// A pattern that is not well formed is refused with what is wrong.
  @Test(arguments: [
    ("book [an", "lacks a \"]\""), ("book an]", "has a \"]\" that closes nothing"), ("(a|b", "lacks a \")\""), ("{day", "lacks a \"}\""),
    ("{a b}", "has the slot \"{a b}\""), ("on }", "has a \"}\" that closes nothing"), ("[]", "holds no word and no slot"),
    (String(repeating: "[", count: 9) + "a" + String(repeating: "]", count: 9), "more than eight deep"),
  ])
  func badPatterns(_ source: String, _ reason: String) {
    let problem = #expect(throws: FlowProblem.self) { try Pattern(source, file: "f.yaml", line: 7) }
    #expect(problem?.line == 7 && problem?.text.contains(reason) == true, "\(String(describing: problem))")
  }

  private func score(_ pattern: String, _ text: String) throws -> Double {
    try Automaton(Pattern(pattern, file: "", line: 0).root).align(Words.tokens(text), values: { _, _ in [] })?.score ?? 0
  }

  /// A sentence covers a pattern fully with any of its alternatives, with or without what may be left out.
  @Test(arguments: ["book an appointment", "i'd like to make an appointment", "please book appointment", "book an appointment please"])
  func covers(_ text: String) throws {
    #expect(try score("[i'd like to|i want to] (book|make) [an] appointment", text) > 0.98)
  }

  /// More words around a pattern weaken it, a missing word of content more so, and no common word leaves nothing.
  @Test func order() throws {
    let pattern = "book [an] appointment"
    let whole = try score(pattern, "book an appointment")
    let more = try score(pattern, "hi my name is bob and i would like to book an appointment with doctor brown")
    let less = try score(pattern, "appointment")
    let none = try score(pattern, "where is the station")
    #expect(whole == 1 && more > less && less > none && none == 0)
    #expect(more >= Matcher.perhaps && less < Matcher.sure)
  }
}
