// What is asked of the servers: messages, and what each setting and dialect puts into the body.

import OpenAIWire
import ProviderHarness
import Sound
import Testing
import Vox

struct RequestTests {
  private func messages(_ messages: [ChatMessage], _ change: (inout CompletionRequest) -> Void = { _ in }) -> [JSONValue] {
    var request = CompletionRequest()
    change(&request)
    return request.body(ChatRequest(messages: messages))["messages"]?.array ?? []
  }

  /// All calls of a round stand in one message with their arguments as text, and their results follow it.
  @Test func toolRound() {
    let sent = messages([
      ChatMessage(.system, "S"), ChatMessage(.user, "a"), ChatMessage(.assistant, "One moment."),
      ChatMessage(.assistant, [.toolCall(id: "x", name: "book", arguments: ["b": 1, "a": "ü"])]),
      ChatMessage(.assistant, [.opaque(plugin: "openai", data: "?"), .toolCall(id: "y", name: "ask", arguments: .null)]),
      ChatMessage(.tool, [.toolResult(id: "x", content: "done", isError: false), .toolResult(id: "y", content: "no", isError: true)]),
    ])
    #expect(
      sent == [
        ["role": "system", "content": "S"], ["role": "user", "content": "a"],
        [
          "role": "assistant", "content": "One moment.",
          "tool_calls": [
            ["id": "x", "type": "function", "function": ["name": "book", "arguments": #"{"a":"ü","b":1}"#]],
            ["id": "y", "type": "function", "function": ["name": "ask", "arguments": "{}"]],
          ],
        ], ["role": "tool", "tool_call_id": "x", "content": "done"], ["role": "tool", "tool_call_id": "y", "content": "Error: no"],
      ])
  }

  /// Empty messages are left out; a call without words has no content.
  @Test func emptyMessages() {
    let sent = messages([
      ChatMessage(.user, " "), ChatMessage(.user, "a"), ChatMessage(.assistant, [.toolCall(id: "x", name: "book", arguments: [:])]),
    ])
    #expect(sent.count == 2 && sent[1]["content"] == .null)
  }

  /// Templates that want users and assistants in turn get them so.
  @Test func strictTurns() {
    let said = [ChatMessage(.system, "S"), ChatMessage(.assistant, "Hello."), ChatMessage(.user, "a"), ChatMessage(.user, "b")]
    #expect(messages(said).map { $0["role"]?.string } == ["system", "assistant", "user", "user"])
    let strict = messages(said) { $0.strictTurns = true }
    #expect(strict.map { $0["role"]?.string } == ["system", "user", "assistant", "user"] && strict.last?["content"] == "a b")
  }

  /// The time stands at the end of the instructions, so that what is before it can be cached.
  @Test func time() {
    let body = CompletionRequest().body(ChatRequest(messages: [ChatMessage(.system, "S")], now: "2030-01-15T10:00:00+01:00"))
    #expect(body["messages"]?.array?.first?["content"] == "S\n\nIt is now 2030-01-15T10:00:00+01:00.")
  }

  /// Each dialect gets its own name of the limit, and only the vendor the switch that only it knows.
  @Test func dialects() {
    let chat = ChatRequest(messages: [ChatMessage(.user, "a")], tools: [.ask], maxTokens: 7)
    for dialect in [CompletionRequest.Dialect.openai, .ollama, .llama, .vllm, .lmstudio, .groq, .other] {
      var request = CompletionRequest()
      request.dialect = dialect
      let body = request.body(chat)
      let isNew = dialect == .openai || dialect == .groq
      #expect(body[isNew ? "max_completion_tokens" : "max_tokens"] == 7)
      #expect(body[isNew ? "max_tokens" : "max_completion_tokens"] == nil)
      #expect((body["stream_options"]?["include_obfuscation"] != nil) == (dialect == .openai))
      #expect(body["stream_options"]?["include_usage"] == true && body["tool_choice"] == nil && body["parallel_tool_calls"] == nil)
    }
  }

  /// Settings that are unset are not sent; the others as the API spells them.
  @Test func options() {
    var request = CompletionRequest()
    (request.dialect, request.streamsUsage, request.parallelTools, request.maxTokensMember) = (.llama, false, false, "n_predict")
    (request.options, request.extra) = (["temperature": 0.5], ["cache_prompt": true])
    let body = request.body(ChatRequest(messages: [ChatMessage(.user, "a")], tools: [.ask]))
    #expect(body["stream_options"] == nil && body["parallel_tool_calls"] == false && body["n_predict"] == 1024)
    #expect(body["temperature"] == 0.5 && body["cache_prompt"] == true)
    #expect(request.body(ChatRequest(messages: [ChatMessage(.user, "a")]))["parallel_tool_calls"] == nil)
  }

  /// vLLM must be told that the last message is to be gone on with.
  @Test func prefill() {
    let chat = ChatRequest(messages: [ChatMessage(.user, "a"), ChatMessage(.assistant, "We are")])
    var request = CompletionRequest()
    (request.dialect, request.prefill) = (.vllm, true)
    #expect(request.body(chat)["continue_final_message"] == true && request.body(chat)["add_generation_prompt"] == false)
    request.dialect = .llama
    #expect(request.body(chat)["continue_final_message"] == nil)
  }

  /// The form holds every field and the sound as a WAV file, byte for byte.
  @Test func transcriptionForm() throws {
    var request = TranscriptionRequest()
    (request.model, request.language, request.format, request.keywords) = ("m", "en", "verbose_json", ["k"])
    request.extra = ["a\"\r\nb": "c"]
    let body = request.body([1, -2, 300], rate: 8_000)
    let text = String(decoding: body, as: UTF8.self)
    for name in ["model", "language", "response_format", "timestamp_granularities[]", "keywords[]", "file"] {
      #expect(text.contains("name=\"\(name)\""))
    }
    #expect(text.contains("name=\"a__b\"") && text.hasSuffix("--\r\n"))
    let start = try #require(body.indices.first { body[$0...].starts(with: Array("RIFF".utf8)) })
    var file = WAVStream(rate: 8_000)
    #expect(try file.feed(body[start..<(start + 50)]) == [1, -2, 300] && file.sourceRate == 8_000)
  }
}
