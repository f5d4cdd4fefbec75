// The plugin as a client of the MCP server trigger, over both transports.

import Loader
import PluginHarness
import ProviderHarness
import Testing
import Vox

extension Emulated {
  struct ModelContextProtocol {
    private static let transports: [JSONValue] = [["mcp_transport": "http"], ["mcp_transport": "sse"], ["answers": "json"]]

    private func lab(_ emulator: Emulator, _ transport: JSONValue, _ more: JSONValue = [:], secrets: [String: String] = [:]) throws
      -> VendorLab
    {
      if transport["answers"] != nil { try emulator.control(["script": ["answers": "json"]]) }
      let isSSE = transport["mcp_transport"] == "sse"
      let settings: JSONValue = [
        "mcp_url": .string(emulator.url + "/mcp/tools" + (isSSE ? "/sse" : "")), "mcp_transport": isSSE ? "sse" : "http",
      ]
      return try Emulated.lab(emulator, settings.merging(more), secrets: secrets)
    }

    /// The tools are asked for when the account opens, and the session that was opened for it is ended.
    @Test func announced() throws {
      let emulator = try Emulated.emulator()
      let mark = try emulator.mark()
      let lab = try Emulated.lab(emulator)
      #expect(lab.provider.traits(.tool)?.strings("tools") == ["opening_hours", "book_appointment"])
      try lab.wait("the end of the session") { try emulator.log("request", after: mark).contains { $0["method"] == "DELETE" } }
      let methods = try emulator.log("body", after: mark).compactMap { $0["json"]?["method"]?.string }
      #expect(methods == ["initialize", "notifications/initialized", "tools/list"])
    }

    /// LIST names webhooks and the server's tools, with schemas the host can compile.
    @Test(arguments: transports) func lists(_ transport: JSONValue) throws {
      let emulator = try Emulated.emulator()
      let lab = try lab(emulator, transport, ["mcp_tools": ["book_appointment"]])
      let session = try Emulated.open(lab, emulator)
      let op = try session.start(OpKind.listTools)
      try lab.wait("the list") { session.terminal(op) != nil }
      let tools = try #require(session.terminal(op)?.json["tools"]?.array).compactMap(ToolDescription.init)
      #expect(tools.count == Emulated.tools.object?.count.advanced(by: 1) && tools.last?.name == "book_appointment")
      for tool in tools { _ = try JSONSchema(tool.schema) }
    }

    /// A tool is called and answers; one that fails tells why; one that there is not is invalid.
    @Test(arguments: transports) func calls(_ transport: JSONValue) throws {
      let emulator = try Emulated.emulator()
      let lab = try lab(emulator, transport)
      let session = try Emulated.open(lab, emulator)
      let good = try Emulated.call(lab, session, "book_appointment", ["day": "friday"])
      #expect(good.json["result"] == ["did": "book_appointment", "with": ["day": "friday"]], "\(String(describing: good.error))")
      #expect(session.events(.usage).last?.name == "requests" && session.events(.usage).last?.value == 1)
      let failed = try Emulated.call(lab, session, "book_appointment")
      #expect(failed.error?.code == "isError" && failed.error?.message == "Missing day")
      #expect(try Emulated.call(lab, session, "nothing").error?.code == "-32602")
    }

    /// A call after the first needs no greeting any more, and closing ends the session at the server.
    @Test func oneSession() throws {
      let emulator = try Emulated.emulator()
      let lab = try Emulated.lab(emulator)
      let session = try Emulated.open(lab, emulator)
      _ = try Emulated.call(lab, session, "opening_hours")
      let mark = try emulator.mark()
      try lab.staysWarm(emulator, requests: 1) { _ = try Emulated.call(lab, session, "opening_hours") }
      #expect(try emulator.log("body", after: mark).compactMap { $0["json"]?["method"]?.string } == ["tools/call"])
      session.close()
      try lab.wait("the end") { session.isClosed }
      try lab.wait("the goodbye") { try emulator.log("request", after: mark).contains { $0["method"] == "DELETE" } }
    }

    /// A cancelled call closes its stream at once, and the server is told that nobody waits for it.
    @Test(arguments: transports) func cancels(_ transport: JSONValue) throws {
      let emulator = try Emulated.emulator()
      let lab = try lab(emulator, transport)
      let session = try Emulated.open(lab, emulator)
      _ = try Emulated.call(lab, session, "opening_hours")
      try emulator.control(["timing": ["work_ms": 2000]])
      let mark = try emulator.mark()
      let op = try session.start(16, body: ["name": "opening_hours", "arguments": [:]])
      try lab.wait("the call") { try !emulator.log("body", after: mark).isEmpty }
      let call = try #require(try emulator.log("body", after: mark).first?["json"]?["id"])
      let at = lab.nowMs
      session.cancel(op)
      try lab.wait("the notification") {
        try emulator.log("body", after: mark).contains {
          $0["json"]?["method"] == "notifications/cancelled" && $0["json"]?["params"]?["requestId"] == call
        }
      }
      #expect(session.terminal(op)?.kind == .cancelled)
      guard transport["mcp_transport"] != "sse" else { return }
      try lab.wait("the closed stream") { try !emulator.log("aborted", after: mark).isEmpty }
      #expect(lab.isAtOnce(try emulator.log("aborted", after: mark).first?["t"]?.double, after: at))
    }

    /// A server that does not answer in time fails the call as possibly done, and the session serves on.
    @Test(arguments: transports) func timesOut(_ transport: JSONValue) throws {
      let emulator = try Emulated.emulator()
      let lab = try lab(emulator, transport, ["timeout_ms": 1_500])
      let session = try Emulated.open(lab, emulator)
      _ = try Emulated.call(lab, session, "opening_hours")
      try emulator.control(["timing": ["work_ms": 3000]])
      let late = try Emulated.call(lab, session, "opening_hours")
      #expect(late.error?.cls == .timeout && late.error?.effects == .maybe)
      try emulator.control(["timing": ["work_ms": 0]])
      #expect(try Emulated.call(lab, session, "opening_hours").kind == .completed)
    }

    /// A server that has forgotten the session, as after a restart, is greeted anew by the next call.
    @Test func greetsAnew() throws {
      let emulator = try Emulated.emulator()
      let lab = try Emulated.lab(emulator)
      let session = try Emulated.open(lab, emulator)
      _ = try Emulated.call(lab, session, "opening_hours")
      try emulator.reset()
      let lost = try Emulated.call(lab, session, "opening_hours")
      #expect(lost.error?.cls == .unavailable && lost.error?.effects == SideEffects.none && lost.error?.code == "-32001")
      #expect(try Emulated.call(lab, session, "opening_hours").kind == .completed)
    }

    /// A credential is asked for by the trigger and given; without it the account tells, and only where nothing else works it fails.
    @Test func authentication() throws {
      let emulator = try Emulated.emulator()
      try emulator.control(["script": ["auth": "bearer"]])
      let good = try Emulated.lab(emulator, ["mcp_auth": "bearer"], secrets: ["mcp_credential": emulator.key])
      #expect(good.provider.accountState == .ready)
      let session = try Emulated.open(good, emulator)
      #expect(try Emulated.call(good, session, "opening_hours").kind == .completed)
      let half = try Emulated.lab(emulator, ["mcp_auth": "bearer"], secrets: ["mcp_credential": "wrong"])
      #expect(half.provider.accountState != .ready && half.provider.accountState.isUsable)
      #expect(throws: VendorLab.Failure.self) { try VendorLab("N8N", settings: ["mcp_url": .string(emulator.url + "/mcp/tools")]) }
    }

    /// Damaged answers end as classified errors, over either transport, and the session serves on.
    @Test(arguments: transports, ["garbage", "cut", "split", "oversize", "gzip"]) func damaged(_ transport: JSONValue, _ fault: String)
      throws
    {
      let emulator = try Emulated.emulator()
      let lab = try lab(emulator, transport, ["timeout_ms": 1000, "max_answer_bytes": 65536])
      let session = try Emulated.open(lab, emulator)
      _ = try Emulated.call(lab, session, "opening_hours")
      var kind: [String: JSONValue] = ["kind": .string(fault)]
      if fault == "garbage" || fault == "cut" { kind["after"] = 10 }
      if fault == "oversize" { kind["bytes"] = 200_000 }
      try emulator.control(["fault": .object(kind), "path": "/mcp"])
      let end = try Emulated.call(lab, session, "opening_hours")
      #expect(end.kind == .completed || end.error.map { !$0.message.isEmpty } == true)
      try emulator.control(["script": transport["answers"] == nil ? [:] : ["answers": "json"]])
      let after = try Emulated.call(lab, session, "opening_hours")
      #expect(after.kind == .completed || after.error?.effects == SideEffects.none, "\(String(describing: after.error))")
    }
  }
}
