// The stream of a completion, as values: whole, in pieces, broken, and as each dialect has it.

import OpenAIWire
import PluginKit
import ProviderHarness
import Testing
import Vox

struct CompletionTests {
  private static let stream = """
    : keep-alive

    data: {"id":"c","model":"gpt-6-luna","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"finish_reason":null}]}

    data: {"choices":[{"index":0,"delta":{"content":"Grüß "}}]}

    data: {"choices":[],"moderation":{}}

    data: {"choices":[{"index":0,"delta":{"content":"Gott"}}],"obfuscation":"xx"}

    data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"book","arguments":""}}]}}]}

    data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"ask","arguments":""}}]}}]}

    data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"day\\":"}}]}}]}

    data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\\"monday\\"}"}},{"index":1,"function":{"arguments":"{}"}}]}}]}

    data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

    data: {"choices":[],"usage":{"prompt_tokens":20,"completion_tokens":9,"prompt_tokens_details":{"cached_tokens":8}}}

    data: [DONE]


    """

  private func read(_ bytes: [UInt8], by size: Int) throws -> (Completion, [String]) {
    var completion = Completion()
    var parser = SSEParser()
    var texts: [String] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      for event in try parser.feed(bytes[start..<min(start + size, bytes.count)]) { texts += try completion.take(event.data) }
    }
    return (completion, texts)
  }

  /// Wherever the stream is cut into pieces, and however its lines end, the same text, calls and usage come of it.
  @Test(arguments: [1, 2, 3, 7, 64, 1 << 20], ["\n", "\r\n"]) func anyPieces(size: Int, end: String) throws {
    let text = Self.stream.replacing("\n", with: end)
    let (completion, texts) = try read(Array(text.utf8), by: size)
    #expect(texts == ["Grüß ", "Gott"])
    #expect(
      completion.end()
        == .completed(
          stop: "tool", calls: [.init(id: "a", name: "book", arguments: ["day": "monday"]), .init(id: "b", name: "ask", arguments: [:])]))
    #expect(completion.usage.input == 12 && completion.usage.cached == 8 && completion.usage.output == 9)
    #expect(completion.label == "gpt-6-luna")
  }

  /// A stream that ends anywhere before its reason is an error, and never a call.
  @Test func cutAnywhere() throws {
    for cut in try Damage.cuts(of: Self.stream, before: "\"tool_calls\"}]}") {
      let (completion, _) = try read(cut, by: 4096)
      guard case .failed(let error) = completion.end(isCut: true) else { return #expect(Bool(false), "cut at \(cut.count)") }
      #expect(error.cls == .unavailable && error.code == "truncated")
    }
  }

  /// A byte gone wrong anywhere ends in an answer or in a classified error, never in a trap.
  @Test func wrongByteAnywhere() {
    Damage.wrongBytes(in: Self.stream) { _ = try read($0, by: 512).0.end(isCut: true) }
  }

  private func end(_ deltas: String..., finish: String = "stop") throws -> Completion.End? {
    var completion = Completion()
    for delta in deltas { _ = try completion.take(#"{"choices":[{"delta":\#(delta)}]}"#) }
    _ = try completion.take(#"{"choices":[{"delta":{},"finish_reason":"\#(finish)"}]}"#)
    return completion.end(isCut: true)
  }

  private func calls(_ calls: (String, String)...) -> Completion.End {
    .completed(stop: "tool", calls: calls.map { .init(id: $0.0, name: $0.1, arguments: [:]) })
  }

  /// Whole calls without an index, in one delta or in several, are told apart by their ids, or by their places.
  @Test func callsWithoutIndex() throws {
    let one = #"{"id":"a","function":{"name":"book","arguments":"{}"}}"#
    let two = #"{"id":"b","function":{"name":"ask","arguments":"{}"}}"#
    #expect(try end(#"{"tool_calls":[\#(one),\#(two)]}"#) == calls(("a", "book"), ("b", "ask")))
    #expect(try end(#"{"tool_calls":[\#(one)]}"#, #"{"tool_calls":[\#(two)]}"#) == calls(("a", "book"), ("b", "ask")))
    let piece = #"{"tool_calls":[{"id":"a","function":{"name":"book","arguments":"{"}}]}"#
    #expect(try end(piece, #"{"tool_calls":[{"function":{"arguments":"}"}}]}"#) == calls(("a", "book")))
  }

  /// Servers that number every call 0, repeat the id, leave it out, or give an object for the arguments are understood.
  @Test func oddCalls() throws {
    let one = #"{"tool_calls":[{"index":0,"id":"a","function":{"name":"book","arguments":"{}"}}]}"#
    let two = #"{"tool_calls":[{"index":0,"id":"b","function":{"name":"ask","arguments":"{}"}}]}"#
    #expect(try end(one, two) == calls(("a", "book"), ("b", "ask")))
    let open = #"{"tool_calls":[{"index":0,"id":"a","function":{"name":"book","arguments":"{"}}]}"#
    let rest = #"{"tool_calls":[{"index":0,"id":"a","function":{"name":"book","arguments":"}"}}]}"#
    #expect(try end(open, rest) == calls(("a", "book")))
    #expect(try end(#"{"tool_calls":[{"index":0,"function":{"name":"book","arguments":{}}}]}"#) == calls(("call_0", "book")))
    #expect(try end(#"{"tool_calls":[{"index":0,"function":{"name":"book"}}]}"#) == calls(("call_0", "book")))
  }

  /// An answer at its limit makes no call, even if what came of one is valid JSON.
  @Test func noCallAtTheLimit() throws {
    let call = #"{"tool_calls":[{"index":0,"id":"a","function":{"name":"book","arguments":"{}"}}]}"#
    #expect(try end(call, finish: "length") == .completed(stop: "length", calls: []))
  }

  /// Arguments that are not an object are an error of the provider, not a call without arguments.
  @Test(arguments: ["{\\\"a", "[]", "7"]) func brokenArguments(_ arguments: String) throws {
    let call = #"{"tool_calls":[{"index":0,"id":"a","function":{"name":"book","arguments":"\#(arguments)"}}]}"#
    guard case .failed(let error) = try end(call, finish: "tool_calls") else { return #expect(Bool(false)) }
    #expect(error.code == "bad_arguments")
  }

  /// Null content, thinking and unknown reasons are no trouble; thinking is not said.
  @Test func oddities() throws {
    var completion = Completion()
    for delta in [#"{"role":"assistant","content":null}"#, #"{"reasoning":"hm"}"#, #"{"reasoning_content":"hm"}"#, "null"] {
      #expect(try completion.take(#"{"choices":[{"delta":\#(delta)}]}"#) == [])
    }
    #expect(try completion.take(#"{"choices":[{"delta":{"content":"x"}}]}"#) == ["x"])
    #expect(try end(finish: "eos") == .completed(stop: "end", calls: []))
  }

  /// Groq tells the tokens in a place of its own; a null in the usual one does not hide it.
  @Test func usageOfGroq() throws {
    var completion = Completion()
    _ = try completion.take(#"{"choices":[],"usage":null,"x_groq":{"usage":{"prompt_tokens":5,"completion_tokens":3}}}"#)
    #expect(completion.usage.isTold && completion.usage.input == 5 && completion.usage.output == 3)
  }

  /// An endless answer is ended, not kept.
  @Test func endlessAnswer() throws {
    var completion = Completion()
    let piece = #"{"choices":[{"delta":{"content":"\#(String(repeating: "x", count: 100_000))"}}]}"#
    let error = #expect(throws: ProviderError.self) { for _ in 0..<20 { _ = try completion.take(piece) } }
    #expect(error?.code == "answer_too_long")
  }
}
