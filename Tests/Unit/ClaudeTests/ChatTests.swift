// The plugin in the host's hands, against the vendor's emulator: what it can do.

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

    /// Text comes piece by piece as the model writes it, then usage to the token, then the end.
    @Test func answers() throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.openWarm(.llm, on: emulator)
      let op = try lab.ask(chat("hello"), session)
      #expect(session.text(op) == "w1 w2 w3 w4. w5 w6 w7 w8.")
      #expect(session.events(.text, op: op).count == 8)
      #expect(session.terminal(op)?.json["stop"]?.string == "end")
      #expect(session.events(op: op).first?.kind == .accepted)
      // The emulator counts four characters as a token.
      #expect(session.usage(op)["tokens_out"] == 6)
      #expect(session.usage(op)["tokens_in"] ?? 0 > 0)
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

    /// Several tools are called at once with whole arguments, and their results are taken back.
    @Test func toolRound() throws {
      let arguments: JSONValue = ["day": "monday \"ü\"", "list": [1, 2]]
      try emulator.script([
        "when": "monday", "on": "user", "say": "One moment.",
        "tools": [["name": "book", "arguments": arguments], ["name": "ask"]],
      ])
      let lab = try Emulated.lab(emulator)
      let session = try lab.openWarm(.llm, on: emulator)
      var request = ChatRequest(json: chat("on monday", tools: [.book, .ask]))
      let op = try lab.ask(request.json, session)
      #expect(session.terminal(op)?.json["stop"]?.string == "tool")
      #expect(session.events(.toolCall, op: op).map(\.name) == ["book", "ask"])
      #expect(session.events(.toolCall, op: op).map(\.json) == [arguments, [:]])
      request.continue(session, op, plugin: "claude")
      let next = try lab.ask(request.json, session)
      #expect(session.text(next) == "The tool said done and done.")
    }

    /// Within a tool round thinking goes back with its signature, which the emulator checks; with the next turn it does not.
    @Test func thinkingGoesBack() throws {
      try emulator.script(["when": "monday", "on": "user", "thinking": "Which monday?", "tools": [["name": "book"]]])
      let lab = try Emulated.lab(emulator, ["thinking": "adaptive"])
      let session = try lab.openWarm(.llm, on: emulator)
      var request = ChatRequest(json: chat("on monday", tools: [.book]))
      let op = try lab.ask(request.json, session)
      #expect(session.text(op).isEmpty && session.events(.opaque, op: op).count == 1)
      request.continue(session, op, plugin: "claude")
      let mark = try emulator.mark()
      let next = try lab.ask(request.json, session)
      #expect(session.error(next) == nil)
      #expect(try emulator.bodies(after: mark).last?.text.contains("Which monday?") == true)
      request.messages += [ChatMessage(.assistant, session.text(next)), ChatMessage(.user, "thanks")]
      let last = try lab.ask(request.json, session)
      #expect(session.error(last) == nil)
      #expect(try emulator.bodies(after: mark).last?.text.contains("Which monday?") == false)
    }

    /// With a budget for its thinking the model still has the host's whole limit to speak, however small that is.
    @Test func thinkingHasItsOwnBudget() throws {
      let lab = try Emulated.lab(emulator, ["thinking": "enabled"])
      let session = try lab.openWarm(.llm, on: emulator)
      for body in [chat("hello"), chat("hello").merging(["max_tokens": 1])] {
        let op = try lab.ask(body, session)
        #expect(session.text(op).hasPrefix("w1") && session.error(op) == nil, "\(String(describing: session.error(op)))")
      }
    }

    /// Instructions and tools are written to the cache once and read from there afterwards; each is told in its own meter.
    @Test(arguments: ["5m", "1h"]) func cache(ttl: String) throws {
      let lab = try Emulated.lab(emulator, ["prompt_cache": .string(ttl)])
      let session = try lab.openWarm(.llm, on: emulator)
      let body = chat("hello", instructions: String(repeating: "You are the reception. ", count: 300), tools: [.book])
      let first = session.usage(try lab.ask(body, session))
      #expect(first["tokens_cache_write_\(ttl)"] ?? 0 > 1_500 && first["tokens_cached"] == nil)
      let second = session.usage(try lab.ask(body, session))
      #expect(second["tokens_cached"] == first["tokens_cache_write_\(ttl)"] && second["tokens_cache_write_\(ttl)"] == nil)
      #expect(second["tokens_in"] == first["tokens_in"])
    }

    /// An answer that the vendor pauses for a tool of its own goes on without the host; all of it is billed.
    @Test func pauseIsContinued() throws {
      try emulator.script(
        ["when": "hello", "times": 1, "say": "w1 w2", "stop": "pause_turn"], ["when": "hello", "say": "w3 w4"])
      let lab = try Emulated.lab(emulator)
      let session = try lab.openWarm(.llm, on: emulator)
      let mark = try emulator.mark()
      let op = try lab.ask(chat("hello"), session)
      #expect(session.text(op) == "w1 w2w3 w4" && session.terminal(op)?.kind == .completed)
      let bodies = try emulator.bodies(after: mark)
      let sent = bodies.last?["messages"]?.array?.last
      #expect(bodies.count == 2 && sent?["role"]?.string == "assistant")
      #expect(sent?["content"]?.array?.map { $0["type"]?.string } == ["text", "server_tool_use"])
      #expect(session.events(.usage, op: op).count { $0.name == "tokens_out" } == 1)
      // One token of text in each, and the call of the vendor's tool in the first.
      #expect(session.usage(op)["tokens_out"] ?? 0 > 2)
    }

    /// A vendor that pauses for ever is given up.
    @Test func pausesAreBounded() throws {
      try emulator.script(["when": "hello", "say": "w1", "stop": "pause_turn"])
      let lab = try Emulated.lab(emulator, ["max_pauses": 2])
      let session = try lab.openWarm(.llm, on: emulator)
      let mark = try emulator.mark()
      let op = try lab.ask(chat("hello"), session)
      #expect(session.error(op)?.code == "pause_turn")
      #expect(try emulator.bodies(after: mark).count == 3)
    }

    /// A model that takes the beginning of its answer is given it, and the host is told so; any other is asked in words.
    @Test func prefill() throws {
      let begun = ChatRequest(messages: [ChatMessage(.user, "hello"), ChatMessage(.assistant, "We are ")]).json
      for (settings, takes) in [(JSONValue.object(["prefill": true, "model": "claude-haiku-4-5"]), true), ([:], false)] {
        let lab = try Emulated.lab(emulator, settings)
        let session = try lab.openWarm(.llm, on: emulator)
        let mark = try emulator.mark()
        let op = try lab.ask(begun, session)
        #expect(session.session.traits.bool("prefill") == takes)
        #expect(session.error(op) == nil)
        let last = try emulator.bodies(after: mark).last?["messages"]?.array?.last
        #expect(last?["role"]?.string == (takes ? "assistant" : "user"))
      }
    }

    /// The answer ends at the host's limit of tokens and says so.
    @Test func limit() throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.openWarm(.llm, on: emulator)
      let op = try lab.ask(chat("hello").merging(["max_tokens": 3]), session)
      #expect(session.text(op) == "w1 w2 w3" && session.terminal(op)?.json["stop"]?.string == "length")
    }

    /// Version, credential style, beta features and further headers go out as the settings say.
    @Test func headers() throws {
      let lab = try Emulated.lab(
        emulator, ["auth": "bearer", "version": "2023-06-01", "temperature": 0.5, "beta": ["a-1", "b-2"], "headers": ["x-more": "yes"]])
      let session = try lab.openWarm(.llm, on: emulator)
      let mark = try emulator.mark()
      let op = try lab.ask(chat("hello"), session)
      #expect(session.error(op) == nil)
      let headers = try emulator.log("request", after: mark).last?["headers"]?.object ?? [:]
      let sent = Dictionary(headers.map { ($0.key.lowercased(), $0.value.string ?? "") }, uniquingKeysWith: { $1 })
      #expect(sent["anthropic-version"] == "2023-06-01" && sent["anthropic-beta"] == "a-1,b-2" && sent["x-more"] == "yes")
      #expect(sent["authorization"] != nil && sent["x-api-key"] == nil)
      #expect(try emulator.bodies(after: mark).last?["temperature"] == 0.5)
    }

    /// A wrong key is the account's failure.
    @Test func wrongKey() throws {
      let lab = try Emulated.lab(emulator, key: "not-the-key")
      let session = try lab.openWarm(.llm, on: emulator)
      let op = try lab.ask(chat("hello"), session)
      #expect(session.error(op)?.cls == .auth && session.error(op)?.scope == .account)
    }

    /// A setting that cannot be used refuses the session and is named.
    @Test func badSetting() throws {
      let lab = try Emulated.lab(emulator)
      #expect(throws: ProviderError.self) { try lab.open(.llm, settings: ["thinking": "hard"]) }
      try lab.wait("the name of the setting") { lab.log.contains { $0.contains("'thinking'") } }
    }
  }
}
