// The plugin, on the host's own client, with webhooks of every kind.

import N8NWire
import PluginHarness
import ProviderHarness
import Testing
import Vox

extension Emulated {
  struct Webhooks {
    /// Every response mode ends with what its workflow said.
    @Test(arguments: [
      ("last", "did last"), ("all", "did all"), ("text", "did text"), ("vapi", "did nothing"), ("plain", "did nothing"),
      ("retell", "did retell"), ("told", "did told for you"),
    ]) func modes(_ tool: String, _ result: String) throws {
      let emulator = try Emulated.emulator()
      let lab = try Emulated.lab(emulator)
      let session = try Emulated.open(lab, emulator)
      let end = try Emulated.call(lab, session, tool)
      #expect(end.kind == .completed && end.json["result"]?.string == result, "\(end.text)")
      #expect(session.events(.usage).map(\.name) == ["requests"] && session.events(.usage).map(\.value) == [1])
    }

    /// Immediately, empty and without an answer: the model is told what there is.
    @Test func littleToSay() throws {
      let emulator = try Emulated.emulator()
      let lab = try Emulated.lab(emulator)
      let session = try Emulated.open(lab, emulator)
      #expect(try Emulated.call(lab, session, "received").json["result"]?["message"] != nil)
      #expect(try Emulated.call(lab, session, "empty").json["result"]?["message"] == "No item to return got found")
      #expect(try Emulated.call(lab, session, "unanswered").json["result"] == .null)
    }

    /// The request has our envelope, key, names and context, and goes out on the connection that was open before it.
    @Test func request() throws {
      let emulator = try Emulated.emulator()
      let lab = try Emulated.lab(emulator, ["header_prefix": "X-Clinic", "user_agent": "Clinic/2", "mcp_url": ""])
      let session = try Emulated.open(lab, emulator)
      let mark = try emulator.mark()
      try lab.staysWarm(emulator, requests: 1) {
        let end = try Emulated.call(lab, session, "last", ["day": "friday"], key: "c9/2/t3")
        #expect(end.json["result"] == "did last")
      }
      let body = try #require(try emulator.log("body", after: mark).first?["json"])
      #expect(body["id"] == "c9/2/t3" && body["type"] == "tool.call" && body["tool"] == ["name": "last", "arguments": ["day": "friday"]])
      #expect(body["call"]?["call"] == "c1" && body["call"]?["tenant"] == "clinic")
    }

    /// Each authentication lets us in, and a wrong secret ends as an error of the account.
    @Test(arguments: ["basic", "header", "bearer", "jwt"]) func authentication(_ kind: String) throws {
      let emulator = try Emulated.emulator()
      let settings: JSONValue = [
        "auth": .string(kind), "user": "emulator", "header": "X-Emulator-Key", "mcp_url": "", "jwt_claims": ["iss": "clinic"],
        "tools": ["guarded": ["path": .string("\(kind)/last")]],
      ]
      for (secret, isGood) in [(emulator.key, true), ("wrong", false)] {
        let lab = try Emulated.lab(emulator, settings, secrets: ["credential": secret])
        let session = try Emulated.open(lab, emulator)
        let end = try Emulated.call(lab, session, "guarded")
        #expect((end.kind == .completed) == isGood)
        if !isGood { #expect(end.error?.cls == .auth && end.error?.scope == .account && end.error?.effects == SideEffects.none) }
        #expect(!lab.log.contains { $0.contains(secret) })
      }
    }

    /// A workflow that checks signatures takes ours, and refuses one made with another secret.
    @Test func signature() throws {
      let emulator = try Emulated.emulator()
      for (secret, isGood) in [("emulator-secret", true), ("other", false)] {
        let lab = try Emulated.lab(emulator, secrets: ["signing_secret": secret])
        let end = try Emulated.call(lab, try Emulated.open(lab, emulator), "signed")
        #expect((end.kind == .completed) == isGood)
      }
    }

    /// The same key is done once by a workflow that looks at it.
    @Test func idempotency() throws {
      let emulator = try Emulated.emulator()
      let lab = try Emulated.lab(emulator)
      let session = try Emulated.open(lab, emulator)
      let mark = try emulator.mark()
      for _ in 1...2 { #expect(try Emulated.call(lab, session, "once", key: "c1/5/t1").kind == .completed) }
      let runs = try emulator.log("executed", after: mark)
      #expect(
        runs.compactMap { $0["key"]?.string } == ["c1/5/t1", "c1/5/t1"] && runs.compactMap { $0["repeated"]?.bool } == [false, true])
    }

    /// A test URL serves once after somebody listens; a query reaches the workflow in place of a body.
    @Test func testURLAndQuery() throws {
      let emulator = try Emulated.emulator()
      let lab = try Emulated.lab(emulator)
      let session = try Emulated.open(lab, emulator)
      try emulator.control(["script": ["listening": ["last"]]])
      #expect(try Emulated.call(lab, session, "rehearsed").kind == .completed)
      #expect(try Emulated.call(lab, session, "rehearsed").error?.wireStatus == 404)
      let mark = try emulator.mark()
      #expect(try Emulated.call(lab, session, "got", ["day": "monday 1"]).kind == .completed)
      #expect(try emulator.log("request", after: mark).contains { $0["method"] == "GET" && $0.text.contains("monday") })
    }

    /// Arguments outside the schema, and tools that are not in the file, never leave.
    @Test func refusedHere() throws {
      let emulator = try Emulated.emulator()
      let lab = try Emulated.lab(emulator, ["mcp_url": ""])
      let session = try Emulated.open(lab, emulator)
      let mark = try emulator.mark()
      #expect(try Emulated.call(lab, session, "book", ["day": 7]).error?.code == "bad_arguments")
      #expect(try Emulated.call(lab, session, "../admin").error?.code == "unknown_tool")
      #expect(try Emulated.call(lab, session, "book", ["day": "friday"]).kind == .completed)
      #expect(try emulator.log("executed", after: mark).count == 1)
    }

    /// The sentences of a stream are told as they come, and the whole is the result.
    @Test func speaks() throws {
      let emulator = try Emulated.emulator()
      try emulator.control(["script": ["workflows": ["stream": ["mode": "stream", "answer": "One moment please. You are booked."]]]])
      let lab = try Emulated.lab(emulator)
      let session = try Emulated.open(lab, emulator)
      let end = try Emulated.call(lab, session, "spoken")
      #expect(session.events(.progress).map(\.text) == ["One moment please.", "You are booked."])
      #expect(end.json["result"] == "One moment please. You are booked.")
    }

    /// Whatever the pieces, whatever is packed: the answer is the same.
    @Test(arguments: ["split", "gzip", "slow", "novelty"]) func transport(_ fault: String) throws {
      let emulator = try Emulated.emulator()
      let lab = try Emulated.lab(emulator)
      let session = try Emulated.open(lab, emulator)
      let kind: JSONValue = fault == "slow" ? ["kind": "slow", "ms": 2] : ["kind": .string(fault)]
      try emulator.control(["fault": kind, "path": "/webhook/stream"])
      let end = try Emulated.call(lab, session, "told")
      #expect(end.json["result"] == "did told for you", "\(end.text) \(String(describing: end.error))")
    }

    /// Broken, foreign and endless answers end as a classified error, and the session serves on.
    @Test(arguments: ["garbage", "truncate", "invalid_utf8", "oversize", "redirect", "cut", "stall"]) func damaged(_ fault: String) throws {
      let emulator = try Emulated.emulator()
      let lab = try Emulated.lab(emulator, ["timeout_ms": 1000, "max_answer_bytes": 65536])
      let session = try Emulated.open(lab, emulator)
      var kind: [String: JSONValue] = ["kind": .string(fault)]
      if ["garbage", "truncate", "invalid_utf8", "cut", "stall"].contains(fault) { kind["after"] = 10 }
      if fault == "oversize" { kind["bytes"] = 200_000 }
      if fault == "redirect" { kind["location"] = "http://127.0.0.2:9/x" }
      try emulator.control(["fault": .object(kind), "path": "/webhook"])
      let end = try Emulated.call(lab, session, "last")
      #expect(end.kind == .failed, "\(end.text)")
      #expect(end.error.map { !$0.message.isEmpty } == true)
      try emulator.reset()
      #expect(try Emulated.call(lab, session, "last").kind == .completed)
    }

    /// A cancelled call closes its stream at once and asks for nothing more, and what it may have cost is told.
    @Test func cancels() throws {
      let emulator = try Emulated.emulator()
      try emulator.control(["timing": ["token_ms": 200]])
      let lab = try Emulated.lab(emulator)
      let session = try Emulated.open(lab, emulator)
      let mark = try emulator.mark()
      let op = try session.start(16, body: ["name": "told", "arguments": [:]])
      try lab.wait("the beginning") { !session.events(.accepted, op: op).isEmpty }
      let at = lab.nowMs
      session.cancel(op)
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(session.terminal(op)?.kind == .cancelled && session.usage(op)["requests"] == 1)
      try lab.wait("the closed stream") { try !emulator.log("aborted", after: mark).isEmpty }
      #expect(lab.isAtOnce(try emulator.log("aborted", after: mark).first?["t"]?.double, after: at))
    }

    /// A probe runs no workflow.
    @Test func probe() throws {
      let emulator = try Emulated.emulator()
      let lab = try Emulated.lab(emulator, ["mcp_url": ""])
      let session = try Emulated.open(lab, emulator)
      let mark = try emulator.mark()
      let op = try session.start(OpKind.probe)
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(session.terminal(op)?.kind == .completed && session.usage(op).isEmpty)
      #expect(try emulator.log("executed", after: mark).isEmpty)
    }

    /// A file that cannot work says so when its account opens: no address, no secret, a schema of unknown words.
    @Test func badFiles() throws {
      for (settings, secrets, word): (JSONValue, [String: String], String) in [
        (["tools": ["a": [:]]], [:], "base_url"),
        (["base_url": "http://127.0.0.1:9", "auth": "basic"], [:], "credential"),
        (["base_url": "http://127.0.0.1:9", "auth": "header", "header": "a b"], ["credential": "x"], "header"),
        (["base_url": "http://127.0.0.1:9", "tools": ["a": ["schema": ["$ref": "x"]]]], [:], "schema"),
      ] {
        let failure = #expect(throws: VendorLab.Failure.self) { try VendorLab("N8N", settings: settings, secrets: secrets) }
        #expect(failure?.description.contains(word) == true, "\(String(describing: failure))")
      }
    }
  }
}
