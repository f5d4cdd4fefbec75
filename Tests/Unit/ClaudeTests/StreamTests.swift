// The plugin in the host's hands, against the vendor's emulator: connections, cancelling, and streams that are not as they should be.

import PluginABI
import PluginHarness
import ProviderHarness
import Testing
import Vox

extension Emulated {
  struct Streams {
    let emulator: Emulator

    init() throws { emulator = try Emulated.emulator() }

    /// No name, TCP or TLS time stands in a turn: its connection was open before.
    @Test func connectionIsWarm() throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.openWarm(.llm, on: emulator)
      try lab.staysWarm(emulator, requests: 3) { for _ in 0..<3 { _ = try lab.ask(chat("hello"), session) } }
    }

    /// The models that the key may use are listed; a wrong key ends the question as it ends an answer.
    @Test func models() throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.open(.llm)
      #expect(session.listed("models", try lab.finish(session, OpKind.models)).contains("claude-sonnet-5-5"))
      let other = try Emulated.lab(emulator, key: "wrong")
      let refused = try other.open(.llm)
      #expect(refused.error(try other.finish(refused, OpKind.models))?.cls == .auth)
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
      let guesses = session.events(.usage, op: op).filter { $0.flags & UInt16(VOX_USAGE_ESTIMATED) != 0 }
      #expect(guesses.map(\.name) == ["tokens_out"])
    }

    /// However the bytes come, and whatever new kinds of events come between them, the answer is the same.
    @Test(arguments: ["split", "odd", "novelty", "invalid_utf8", "gzip"]) func harmless(_ fault: String) throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.openWarm(.llm, on: emulator)
      // Within the characters of a word, which is still text then.
      let settings: JSONValue = fault == "invalid_utf8" ? ["kind": .string(fault), "after": 1300] : ["kind": .string(fault)]
      try emulator.control(["fault": settings, "path": "/v1/messages"])
      let op = try lab.ask(chat("hello"), session)
      if fault == "invalid_utf8", let error = session.error(op) {
        #expect(error.cls == .unavailable)
      } else {
        #expect(session.text(op).hasPrefix("w1") && session.terminal(op)?.kind == .completed, "\(String(describing: session.error(op)))")
      }
    }

    /// What is no answer of the vendor's ends as a classified error, and the session goes on.
    @Test(arguments: [
      ("garbage", 600, ErrorClass.unavailable), ("oversize", 0, .unavailable), ("content_type", 0, .unavailable), ("redirect", 0, .invalid),
      ("stall", 700, .timeout), ("hang", 0, .timeout), ("truncate", 700, .unavailable), ("cut", 0, .unavailable),
    ])
    func harmful(_ kind: String, _ after: Int, _ cls: ErrorClass) throws {
      let lab = try Emulated.lab(emulator, WireFault.limits(kind))
      let session = try lab.openWarm(.llm, on: emulator)
      var fault: JSONValue = ["kind": .string(kind)]
      if after > 0 { fault = fault.merging(["after": .int(Int64(after))]) }
      try emulator.control(["fault": fault, "path": "/v1/messages"])
      let op = try lab.ask(chat("hello"), session)
      #expect(session.error(op)?.cls == cls, "\(String(describing: session.error(op)))")
      let next = try lab.ask(chat("hello"), session)
      #expect(session.terminal(next)?.kind == .completed)
    }

    /// A vendor that cannot be reached is unavailable, and nothing took effect there.
    @Test func refusedConnection() throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.open(.llm)
      try emulator.control(["fault": "refuse"])
      let op = try lab.ask(chat("hello"), session)
      #expect(session.error(op)?.cls == .unavailable)
      #expect(session.usage(op).isEmpty || session.error(op)?.effects == .maybe)
    }

    /// A success without content is an end without words; the host judges it.
    @Test func emptyAnswer() throws {
      let lab = try Emulated.lab(emulator)
      let session = try lab.openWarm(.llm, on: emulator)
      try emulator.control(["fault": "empty", "path": "/v1/messages"])
      let op = try lab.ask(chat("hello"), session)
      #expect(session.text(op).isEmpty && session.terminal(op)?.json["stop"]?.string == "end")
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

    /// A session that closes in the middle of an answer closes the vendor's stream as well.
    @Test func closeCancels() throws {
      try emulator.control(["timing": ["token_ms": 100]])
      let lab = try Emulated.lab(emulator)
      let session = try lab.openWarm(.llm, on: emulator)
      let op = try session.start(OpKind.chat, body: chat("hello"))
      try lab.wait("a word") { !session.events(.text, op: op).isEmpty }
      let mark = try emulator.mark()
      session.close()
      try lab.wait("the end") { session.isClosed }
      try lab.wait("the vendor's notice") { try emulator.log(after: mark).contains { ["aborted", "closed"].contains($0["kind"]?.string) } }
      #expect(session.terminal(op)?.kind == .cancelled)
    }
  }
}
