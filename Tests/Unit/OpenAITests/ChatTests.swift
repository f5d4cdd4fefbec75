// The model in the host's hands, against the emulator: what it can do, each dialect, and streams that are not as they should be.

import Loader
import PluginABI
import PluginHarness
import ProviderHarness
import Testing
import Vox

extension Emulated {
  struct Chats {
    let emulator: Emulator

    init() throws { emulator = try Emulated.emulator() }

    /// The models of the server are listed.
    @Test func models() throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.open(.llm)
      #expect(session.listed("models", try lab.finish(session, OpKind.models)).contains("gpt-6-luna"))
    }

    /// Text comes piece by piece as the model writes it, then usage to the token, then the end.
    @Test func answers() throws {
      let lab = try Emulated.lab(emulator, ["prompt_cache_key": "clinic"])
      let session = try lab.openWarm(.llm, on: emulator)
      let long = ChatRequest(messages: [ChatMessage(.system, String(repeating: "word ", count: 400)), ChatMessage(.user, "hello")]).json
      let op = try lab.ask(long, session)
      #expect(session.text(op) == "w1 w2 w3 w4. w5 w6 w7 w8.")
      #expect(session.events(.text, op: op).count == 8 && session.terminal(op)?.json["stop"]?.string == "end")
      // The emulator counts a word as a token of the answer, and caches a prompt by steps of 128 tokens.
      #expect(session.usage(op)["tokens_out"] == 8)
      #expect(session.usage(op)["tokens_cached"] == 384 && session.usage(op)["tokens_in"] ?? 0 > 100)
      #expect(session.events(.usage, op: op).allSatisfy { $0.flags & UInt16(VOX_USAGE_ESTIMATED) == 0 })
    }

    /// The first words leave when they come, long before the answer is whole.
    @Test func firstWordsAtOnce() throws {
      try emulator.control(["timing": ["token_ms": 300]])
      let lab = try Emulated.lab(emulator)
      let session = try lab.openWarm(.llm, on: emulator)
      let op = try session.start(OpKind.chat, body: chat("hello"))
      try lab.wait("the first words") { !session.events(.text, op: op).isEmpty }
      #expect(session.text(op).hasPrefix("w1") && session.terminal(op) == nil)
    }

    /// With every dialect: several calls at once with whole arguments, results taken back, thinking not said, and usage told.
    @Test(arguments: ["openai", "ollama", "llama", "vllm", "groq"]) func toolRound(_ dialect: String) throws {
      let arguments: JSONValue = ["day": "monday \"ü\"", "list": [1, 2]]
      try emulator.script(
        [
          "when": "monday", "on": "user", "say": "One moment.", "thinking": "hm hm",
          "tools": [["name": "book", "arguments": arguments], ["name": "ask"]],
        ], dialect: dialect)
      let lab = try Emulated.lab(emulator, ["dialect": .string(dialect)])
      let session = try lab.openWarm(.llm, on: emulator)
      var request = ChatRequest(json: chat("on monday", tools: [.book, .ask]))
      let op = try lab.ask(request.json, session)
      #expect(session.error(op) == nil && session.text(op) == "One moment.")
      #expect(session.events(.toolCall, op: op).map(\.name) == ["book", "ask"])
      #expect(session.events(.toolCall, op: op).map(\.json) == [arguments, [:]])
      #expect(session.usage(op)["tokens_out"] ?? 0 > 2)
      request.continue(session, op, plugin: "openai")
      let next = try lab.ask(request.json, session)
      #expect(session.text(next) == "The tool said done and done.")
    }

    /// A server that does not tell the tokens is billed by an estimate, which says that it is one.
    @Test func untoldUsage() throws {
      let lab = try Emulated.lab(emulator, ["stream_usage": false])
      let session = try lab.openWarm(.llm, on: emulator)
      let op = try lab.ask(chat("hello"), session)
      let usage = session.events(.usage, op: op)
      #expect(usage.map(\.name) == ["tokens_in", "tokens_out"])
      #expect(usage.allSatisfy { $0.flags & UInt16(VOX_USAGE_ESTIMATED) != 0 && $0.value > 0 })
    }

    /// The answer ends at the host's limit of tokens and says so.
    @Test func limit() throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.openWarm(.llm, on: emulator)
      let op = try lab.ask(chat("hello").merging(["max_tokens": 3]), session)
      #expect(session.text(op) == "w1 w2 w3" && session.terminal(op)?.json["stop"]?.string == "length")
    }

    /// A wrong key is the account's failure; a server that asks for none is given none.
    @Test func keys() throws {
      for (key, header) in [("not-the-key", true), ("", false)] {
        let lab = try Emulated.lab(emulator, key: key)
        let session = try lab.openWarm(.llm, on: emulator)
        let mark = try emulator.mark()
        let op = try lab.ask(chat("hello"), session)
        #expect(session.error(op)?.cls == .auth && session.error(op)?.scope == .account)
        let headers = try emulator.log("request", after: mark).last?["headers"]?.object ?? [:]
        #expect(headers.keys.contains { $0.lowercased() == "authorization" } == header)
      }
    }

    /// The model goes on from the beginning of its own answer only where the operator says that it can.
    @Test func prefill() throws {
      for takes in [true, false] {
        let lab = try Emulated.lab(emulator, ["prefill": .bool(takes)])
        let session = try lab.openWarm(.llm, on: emulator)
        #expect(session.session.traits.bool("prefill") == takes)
      }
    }

    /// No name, TCP or TLS time stands in a turn: its connection was open before.
    @Test func connectionIsWarm() throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.openWarm(.llm, on: emulator)
      try lab.staysWarm(emulator, requests: 3) { for _ in 0..<3 { _ = try lab.ask(chat("hello"), session) } }
    }

    /// After a barge-in the stream is closed at once, nothing more is asked for, and what was written so far is told as an estimate.
    @Test func cancelCloses() throws {
      try emulator.control(["timing": ["token_ms": 100]])
      let lab = try Emulated.lab(emulator)
      let session = try lab.openWarm(.llm, on: emulator)
      let op = try session.start(OpKind.chat, body: chat("hello"))
      try lab.wait("two words") { session.events(.text, op: op).count >= 2 }
      try lab.closesInTime(session, op, on: emulator)
      #expect(session.usage(op)["tokens_out"] ?? 0 > 0 && session.usage(op)["tokens_in"] ?? 0 > 0)
      #expect(session.events(.usage, op: op).allSatisfy { $0.flags & UInt16(VOX_USAGE_ESTIMATED) != 0 })
    }

    /// However the bytes come, and whatever new kinds of chunks come between them, the answer is the same.
    @Test(arguments: ["split", "odd", "novelty", "gzip"]) func harmless(_ fault: String) throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.openWarm(.llm, on: emulator)
      try emulator.control(["fault": ["kind": .string(fault)], "path": "/v1/chat"])
      let op = try lab.ask(chat("hello"), session)
      #expect(session.error(op) == nil && session.text(op) == "w1 w2 w3 w4. w5 w6 w7 w8.")
    }

    /// What is no answer ends as a classified error, and the session goes on.
    @Test(arguments: [
      ("garbage", 600, ErrorClass.unavailable), ("oversize", 0, .unavailable), ("content_type", 0, .unavailable), ("redirect", 0, .invalid),
      ("stall", 700, .timeout), ("hang", 0, .timeout), ("truncate", 700, .unavailable), ("cut", 0, .unavailable),
    ])
    func harmful(_ kind: String, _ after: Int, _ cls: ErrorClass) throws {
      let lab = try Emulated.lab(emulator, WireFault.limits(kind))
      let session = try lab.openWarm(.llm, on: emulator)
      var fault: JSONValue = ["kind": .string(kind)]
      if after > 0 { fault = fault.merging(["after": .int(Int64(after))]) }
      try emulator.control(["fault": fault, "path": "/v1/chat"])
      let op = try lab.ask(chat("hello"), session)
      #expect(session.error(op)?.cls == cls, "\(String(describing: session.error(op)))")
      let next = try lab.ask(chat("hello"), session)
      #expect(session.terminal(next)?.kind == .completed)
    }

    /// One piece of text that is longer than an event may be comes in several, and arguments that are too long are a failure that says so.
    @Test func hugePieces() throws {
      let lab = try Emulated.lab(emulator, ["max_tokens": 64_000])
      try lab.takesHugePieces(try lab.openWarm(.llm, on: emulator), on: emulator)
    }

    /// More words than the host has room for at once: none is lost, none comes twice.
    @Test func longAnswer() throws {
      let lab = try Emulated.lab(emulator, ["max_tokens": 64_000])
      try lab.losesNoWord(try lab.openWarm(.llm, on: emulator), on: emulator)
    }
  }
}
