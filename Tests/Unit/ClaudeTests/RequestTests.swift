// What is asked of the vendor: its rules of who speaks when, caching, and what each setting puts into the body.

import ClaudeWire
import ProviderHarness
import Testing
import Vox

struct RequestTests {
  private func messages(_ messages: [ChatMessage], prefill: Bool = false) -> [JSONValue] {
    var request = MessagesRequest()
    request.prefill = prefill
    return request.body(ChatRequest(messages: messages))["messages"]?.array ?? []
  }

  private func text(_ role: String, _ text: String) -> JSONValue {
    ["role": .string(role), "content": [["type": "text", "text": .string(text)]]]
  }

  /// The agent may speak first, and a user message stands before it, as the vendor demands.
  @Test func userIsFirst() {
    let sent = messages([ChatMessage(.system, "S"), ChatMessage(.assistant, "Hello."), ChatMessage(.user, "Hi.")])
    #expect(sent.map { $0["role"]?.string } == ["user", "assistant", "user"])
    #expect(sent.suffix(2) == [text("assistant", "Hello."), text("user", "Hi.")])
  }

  /// A conversation in which nobody has spoken is one too.
  @Test func nobodyHasSpoken() { #expect(messages([]).count == 1) }

  /// Empty texts, which the vendor refuses, are left out; neighbours of one role become one message.
  @Test func emptyAndAdjacent() {
    let sent = messages([ChatMessage(.user, "a"), ChatMessage(.assistant, " \n"), ChatMessage(.user, "b")])
    #expect(sent == [["role": "user", "content": [["type": "text", "text": "a"], ["type": "text", "text": "b"]]]])
  }

  /// The beginning of an answer is given to models that take one, without the white space at its end; others are asked in words.
  @Test func prefill() {
    let begun = [ChatMessage(.user, "a"), ChatMessage(.assistant, "We are open ")]
    #expect(messages(begun, prefill: true).last == text("assistant", "We are open"))
    #expect(messages(begun).last?["role"]?.string == "user")
    var request = MessagesRequest()
    (request.prefill, request.thinking) = (true, "adaptive")
    #expect(!request.takesPrefill)
  }

  /// All results come first in the message behind the calls; an id of another vendor's is put into this one's letters on both sides.
  @Test func toolRound() {
    let sent = messages([
      ChatMessage(.user, "a"), ChatMessage(.assistant, [.text("One moment."), .toolCall(id: "x:1", name: "book", arguments: .null)]),
      ChatMessage(.assistant, [.toolCall(id: "y", name: "ask", arguments: ["q": 1])]),
      ChatMessage(.tool, [.toolResult(id: "x:1", content: "done", isError: false)]),
      ChatMessage(.tool, [.toolResult(id: "y", content: "", isError: true)]), ChatMessage(.user, "b"),
    ])
    #expect(
      sent.dropFirst() == [
        [
          "role": "assistant",
          "content": [
            ["type": "text", "text": "One moment."], ["type": "tool_use", "id": "x_1", "name": "book", "input": [:]],
            ["type": "tool_use", "id": "y", "name": "ask", "input": ["q": 1]],
          ],
        ],
        [
          "role": "user",
          "content": [
            ["type": "tool_result", "tool_use_id": "x_1", "content": "done"],
            ["type": "tool_result", "tool_use_id": "y", "content": "", "is_error": true], ["type": "text", "text": "b"],
          ],
        ],
      ])
  }

  private let thought = #"{"type":"thinking","thinking":"hm","signature":"S"}"#

  private func round(_ end: [ChatMessage]) -> [JSONValue] {
    messages(
      [
        ChatMessage(.user, "a"), ChatMessage(.assistant, "Let me see."),
        ChatMessage(.assistant, [.opaque(plugin: "claude", data: thought)]),
        ChatMessage(.assistant, [.toolCall(id: "t", name: "book", arguments: [:])]),
        ChatMessage(.tool, [.toolResult(id: "t", content: "done", isError: false)]),
      ] + end)
  }

  /// Within its tool round thinking is sent back as it came, before everything else of its message; later it is left out.
  @Test func thinkingInItsRound() throws {
    #expect(try round([])[1]["content"]?.array?.first == JSONValue(parsing: thought))
    let later = round([ChatMessage(.assistant, "Booked."), ChatMessage(.user, "b")])
    #expect(!later.contains { $0.text.contains("thinking") })
  }

  /// Who breaks into a tool round does not break its thinking off: the vendor demands it before the calls of the last answer.
  @Test func thinkingOfABrokenRound() throws {
    let broken: [ChatMessage] = [ChatMessage(.user, "No, wait."), ChatMessage(.assistant, [.opaque(plugin: "claude", data: thought)])]
    for end in [Array(broken.prefix(1)), broken] {
      let sent = round(end)
      #expect(try sent.count == 3 && sent[1]["content"]?.array?.first == JSONValue(parsing: thought))
      #expect(sent[2]["content"]?.array?.map { $0["type"]?.string } == ["tool_result", "text"])
    }
  }

  /// Thinking of an answer that called nothing is left out, and damaged data of it too.
  @Test func thinkingWithoutCall() {
    for data in [thought, "{", "[]", "7"] {
      let sent = messages([ChatMessage(.user, "a"), ChatMessage(.assistant, [.opaque(plugin: "claude", data: data)])])
      #expect(sent == [text("user", "a")] || sent.count == 2 && sent[1]["role"]?.string == "user", "\(sent)")
    }
  }

  /// A call with members that the host does not keep goes back as it came.
  @Test func wholeCallsGoBack() throws {
    let block = #"{"caller":{"type":"direct"},"id":"t","input":{},"name":"book","type":"tool_use"}"#
    let sent = messages([
      ChatMessage(.user, "a"), ChatMessage(.assistant, [.opaque(plugin: "claude", data: block)]),
      ChatMessage(.assistant, [.toolCall(id: "t", name: "book", arguments: [:])]),
      ChatMessage(.tool, [.toolResult(id: "t", content: "done", isError: false)]),
    ])
    #expect(try sent[1]["content"]?.array == [JSONValue(parsing: block)])
  }

  /// Tools and instructions end with a breakpoint each; the time, which is always another, stands behind them.
  @Test(arguments: [MessagesRequest.Cache.off, .fiveMinutes, .hour]) func cache(_ cache: MessagesRequest.Cache) {
    var request = MessagesRequest()
    request.cache = cache
    let chat = ChatRequest(
      messages: [ChatMessage(.system, "S"), ChatMessage(.user, "a")], tools: [.book, .ask], now: "2030-01-15T10:00:00+01:00")
    let body = request.body(chat)
    let mark: JSONValue? =
      switch cache {
      case .off: nil
      case .fiveMinutes: ["type": "ephemeral"]
      case .hour: ["type": "ephemeral", "ttl": "1h"]
      }
    #expect(body["tools"]?.array?.map { $0["cache_control"] } == [nil, mark])
    #expect(body["system"]?.array?.map { $0["cache_control"] } == [mark, nil])
    #expect(body["system"]?.array?.last?["text"]?.string?.contains("2030-01-15") == true)
    #expect(request.body(chat, caches: false).text.contains("cache_control") == false)
  }

  /// Sampling is left out from the version on that refuses it.
  @Test func sampling() {
    var request = MessagesRequest()
    request.sampling = ["temperature": 0.5]
    let chat = ChatRequest(messages: [ChatMessage(.user, "a")])
    #expect(request.body(chat)["temperature"] == nil)
    request.version = "2023-06-01"
    #expect(request.body(chat)["temperature"] == 0.5)
  }

  /// Settings that are at `default` are not sent at all, and the others as the vendor spells them.
  @Test func options() {
    var request = MessagesRequest()
    let chat = ChatRequest(messages: [ChatMessage(.user, "a")], tools: [.ask], maxTokens: 7)
    let plain = request.body(chat)
    for name in ["thinking", "output_config", "tool_choice", "stop_sequences", "system"] { #expect(plain[name] == nil) }
    #expect(plain["max_tokens"] == 7 && plain["stream"] == true)
    (request.thinking, request.effort, request.parallelTools, request.eagerTools) = ("enabled", "low", false, true)
    (request.stopSequences, request.extra) = (["END"], ["speed": "fast"])
    let full = request.body(chat)
    // The vendor refuses a budget that leaves nothing of the limit.
    #expect(full["thinking"] == ["type": "enabled", "budget_tokens": 1024] && full["max_tokens"] == 1031)
    #expect(full["output_config"] == ["effort": "low"] && full["speed"] == "fast" && full["stop_sequences"] == ["END"])
    #expect(full["tool_choice"] == ["type": "auto", "disable_parallel_tool_use": true])
    #expect(full["tools"]?.array?.first?["eager_input_streaming"] == true)
  }
}
