// What is said of an answer that another model goes on with: nothing twice, nothing left out.

import Testing

@testable import Calls

@Suite struct ContinuationTests {
  /// What is said of an answer, in whatever pieces it comes.
  private func said(_ answer: String, after said: String) -> Set<String> {
    Set(
      (1...7).map { size in
        var continuation = Continuation(after: said)
        var heard = ""
        var rest = answer[...]
        while !rest.isEmpty {
          heard += continuation.take(String(rest.prefix(size)))
          rest = rest.dropFirst(size)
        }
        return heard + continuation.finish()
      })
  }

  /// A model that goes on is heard word for word, also where its words begin as those before them did.
  @Test(arguments: [
    ("We are open", " until five on weekdays."), ("We are open until five.", " On Sunday we are closed."), ("", "We are open."),
    ("I will book Friday at three.", " I will book it right away."),
    ("We are open Monday to Friday.", " We are open Saturday mornings too. Sundays not."),
  ])
  func goesOn(_ before: String, _ answer: String) { #expect(said(answer, after: before) == [answer]) }

  /// A model that says the same once more is followed silently, and heard from where it goes further.
  @Test(arguments: [
    ("We are open", "We are open until five.", " until five."), ("We are open until five.", "We are open until five.", ""),
    ("We are open, mostly.", "We are open mostly. Not on Sunday.", " Not on Sunday."),
  ])
  func repeats(_ before: String, _ answer: String, _ new: String) { #expect(said(answer, after: before) == [new]) }

  /// A model that begins again in other words is heard from the first sentence that says something new.
  @Test(arguments: [
    ("I can book you for Friday at three in the afternoon.", "I can book you in for Friday at three. Shall I?", " Shall I?"),
    ("We are open until five. On Sunday we", "We are open on weekdays until five. On Sunday we are closed.", " On Sunday we are closed."),
  ])
  func beginsAgain(_ before: String, _ answer: String, _ new: String) { #expect(said(answer, after: before) == [new]) }

  /// Only what ends with a sentence may be a whole answer.
  @Test func whole() {
    #expect(["We are open.", "Are you there?", "It says \"yes.\" ", "好的。"].allSatisfy { Continuation(after: $0).mayBeWhole })
    #expect(["We are open", "On Friday, ", "", "These days:"].allSatisfy { !Continuation(after: $0).mayBeWhole })
  }
}
