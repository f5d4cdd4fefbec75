// A call as a person reads it, while it happens and afterwards.

import Journal
import Terminal
import Testing

@testable import Commands

@Suite struct ConversationTests {
  private func lines(_ facts: [Fact]) -> [String] {
    var conversation = Conversation()
    return SampleCall.events(facts).compactMap { LiveFact(ServerEvent(data: $0)).flatMap { conversation.take($0) } }
  }

  /// Who said what and when, what the agent did, what failed, how long the caller waited: a line each, in the order of the facts.
  @Test func tellsTheCall() {
    #expect(
      lines(SampleCall.facts) == [
        "00:00.0  call    answered", "00:00.3  agent   You are talking to a computer.", "00:03.2  caller  book an appointment",
        "00:05.4          (tts other failed: it is away)", "         tool    book (appointments): done, 12 ms",
        "00:06.1  agent   Which day ...",
        "00:07.0          (the agent falls silent after 140 ms)",
        "                 [turn 1 answered after 1105 ms, 500 of them to be sure it was over]",
        "00:08.0  caller  monday·[2J  (unsure, the agent asks back)", "         caller  [key 5]", "00:09.4  agent   Did you say monday?",
        "                 [turn 2 answered after 913 ms, 510 of them to be sure it was over]",
        "         call    message taken: Call me back.",
        "01:05.0  call    ended: the caller hung up",
      ])
  }

  /// Facts of kinds that only a newer host knows, and events that are no facts, are passed over.
  @Test func passesOverTheUnknown() throws {
    var conversation = Conversation()
    #expect(LiveFact(ServerEvent(data: "no json")) == nil)
    #expect(LiveFact(ServerEvent(data: "{\"kind\":\"heard\"}")) == nil)
    for text in [#"{"kind":"telepathy","fact":{}}"#, #"{"kind":"heard","fact":{"text":5}}"#] {
      let fact = try #require(LiveFact(ServerEvent(data: text)))
      #expect(conversation.take(fact) == nil)
    }
  }

  /// A call whose line or providers failed is a failure; one that somebody ended is not.
  @Test func knowsWhatAFailureIs() {
    let failures = Fact.CallEnded.Cause.allCases.filter { !Conversation.isFine($0) }
    #expect(failures == [.notAnswered, .refused, .shutdown, .lineFailed, .noProvider, .hostFault])
  }

  /// The whole call on a page: head, turns with their waterfalls, who served, what it took.
  @Test func showsTheCall() throws {
    let record = try CallRecord.sample()
    let page = CallView(record).lines
    #expect(page[0] == "call     c_01hzy30000000000000000000a")
    #expect(page[2] == "line     wavphone, from +15•••••••99 to reception")
    #expect(page[3].hasSuffix("lasted 1:05, the caller hung up"))
    let turn = page.firstIndex(of: "turn 1 (speech), interrupted").map { Array(page[$0...].prefix(16)) } ?? []
    #expect(
      turn == [
        "turn 1 (speech), interrupted", "  00:03.2  caller  book an appointment  (83 % sure)", "  00:06.1  agent   Which day ...",
        "  00:07.0  (the agent falls silent)", "  tool     book by appointments: done, 12 ms", "  lost     tts by other: it is away",
        "  served   llm script", "  step           ms", "  eou delay     500  ██████████████████",
        "  transcript    200                    ███████", "  ttft          250                           █████████",
        "  first piece    30                                    █", "  ttfb          120                                     █████",
        "  to the line   5.0", "  e2e          1105  of which the host 4.0", "",
      ])
    #expect(page.contains("keys     5"))
    #expect(page.contains("message  Call me back., call back 5550100"))
    #expect(page.contains("tts flite  characters      40"))
  }

  /// The listing names a call's parties and how it ended, also when the host died in it.
  @Test func listsCalls() throws {
    var ended = try CallRecord.sample().summary
    let line = CallList.lines([ended])[1]
    #expect(line.hasPrefix("c_01hzy30000000000000000000a  2027-"))
    #expect(line.contains("demo/reception  +15•••••••99  reception      1:05      2  the caller hung up"))
    ended.state = .cutOff
    #expect(CallList.ending(ended) == "cut off when the host died")
  }
}
