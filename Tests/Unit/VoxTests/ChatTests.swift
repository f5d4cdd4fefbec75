// The conversation as JSON, and what the caller is expected to say.

import Testing
import Vox

struct ChatTests {
  /// Every kind of message and tool comes back from JSON as it went.
  @Test func roundTrip() throws {
    let request = ChatRequest(
      messages: [
        ChatMessage(.system, "Be kind."), ChatMessage(.user, "Hello", confidence: 812),
        ChatMessage(
          .assistant,
          [.text("One moment."), .toolCall(id: "t1", name: "book", arguments: ["day": "friday"]), .opaque(plugin: "p", data: "AAA=")],
          interrupted: true),
        ChatMessage(.tool, [.toolResult(id: "t1", content: "done", isError: false), .toolResult(id: "t2", content: "no", isError: true)]),
      ],
      tools: [ToolDescription(name: "book", description: "Books.", schema: ["type": "object"])], maxTokens: 99,
      now: "2030-01-15T10:00:00+01:00")
    #expect(ChatRequest(json: try JSONValue(parsing: request.text)) == request)
    #expect(request.text == request.json.text, "the same value is always the same text")
  }

  /// Parts of unknown types and messages of unknown roles are left out; nothing missing stops the rest.
  @Test func lenient() {
    let request = ChatRequest(json: [
      "messages": [
        ["role": "narrator", "parts": []],
        ["role": "user", "parts": [["type": "smell"], ["type": "text", "text": "a"], ["type": "text"]]], 7,
      ], "tools": [["description": "nameless"]], "surprise": true,
    ])
    #expect(request.messages == [ChatMessage(.user, [.text("a"), .text("")])])
    #expect(request.tools.isEmpty)
    #expect(request.maxTokens == 0)
    #expect(ChatRequest(json: nil) == ChatRequest(messages: []))
  }

  /// The text of a message is its text parts, joined.
  @Test func text() {
    let message = ChatMessage(.assistant, [.text("a"), .toolCall(id: "1", name: "n", arguments: [:]), .text("b")])
    #expect(message.text == "a b")
  }

  /// An expectation keeps its members; digits are kept within reason; an unknown kind is none.
  @Test func expectations() {
    for kind in Expectation.Kind.allCases {
      let expectation = Expectation(kind, digits: 4, grammar: "g")
      #expect(Expectation(json: expectation.json) == expectation)
    }
    #expect(Expectation(json: ["kind": "digits", "digits": 1_000_000])?.digits == 64)
    #expect(Expectation(json: ["kind": "digits", "digits": -1])?.digits == 0)
    #expect(Expectation(json: ["kind": "song"]) == nil)
    #expect(Expectation(json: [:]) == nil)
  }
}
