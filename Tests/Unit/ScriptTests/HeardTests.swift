// What of a reply was played decides what it means that the caller answered.

@testable import Dialogue
import Testing

@Suite struct HeardTests {
  private let reply = ["Monday, March second.", "What time would you like?"]

  /// Played text is compared by words: whole sentences, one broken off in a word, fillers around it.
  @Test(arguments: [
    ("Monday, March second. What time would you like?", 2, false), ("monday march second", 1, false),
    ("Monday, March second. What ti", 1, false),
    ("One moment please. Monday, March second. What time would you like? Are you still there?", 2, false), ("Mon", 0, false),
    ("Monday", 0, false), ("", 0, false), ("Sure, Monday works! Which hour?", 0, true), ("What time would you like?", 0, false),
  ])
  func heard(_ played: String, _ whole: Int, _ foreign: Bool) {
    let heard = Heard(reply, in: [played])
    #expect(heard.whole == whole && heard.foreign == foreign)
  }

  /// What the host says after the question is noticed, as a text of its own or joined to ours; what it says before is not.
  @Test func interjections() {
    #expect(Heard(reply, in: reply + ["Are you still there?"]).interjected)
    #expect(Heard(reply, in: ["Monday, March second. What time would you like? Are you still there?"]).interjected)
    #expect(Heard(reply, in: ["Monday, March", "Did you say: ten?"]).interjected)
    #expect(!Heard(reply, in: ["One moment please."] + reply).interjected)
    #expect(!Heard(reply, in: ["Monday, March"]).interjected)
    #expect(!Heard([], in: ["One moment please."]).interjected)
  }
}
