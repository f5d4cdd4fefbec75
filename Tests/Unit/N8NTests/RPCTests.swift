// JSON-RPC and the Model Context Protocol as values.

import N8NWire
import Testing
import Vox

struct RPCTests {
  private func read(_ text: String) throws -> [RPCMessage] { try RPCMessage.read(Array(text.utf8)) }

  /// Results, errors, questions of the server, notifications, and lists of them.
  @Test func messages() throws {
    #expect(try read(#"{"jsonrpc":"2.0","id":3,"result":{"a":1}}"#) == [.result(id: 3, ["a": 1])])
    #expect(try read(#"{"jsonrpc":"2.0","id":"x","method":"ping"}"#) == [.request(id: "x", method: "ping")])
    #expect(try read(#"{"jsonrpc":"2.0","method":"notifications/message"}"#) == [.notification(method: "notifications/message")])
    #expect(try read(#"[{"id":1,"result":1},{"id":2,"result":2},7]"#).count == 2)
    guard case .error(id: 4, let error)? = try read(#"{"id":4,"error":{"code":-32602,"message":"no"}}"#).first else {
      Issue.record("an error is no error")
      return
    }
    #expect(error.cls == .invalid && error.code == "-32602" && error.message == "no")
  }

  /// Nothing that is no message traps, and what is no JSON at all is said.
  @Test func garbage() throws {
    for text in ["{}", "[]", "7", #"{"id":{}}"#, #"{"id":1.5,"result":1}"#, #"{"id":1e300,"result":1}"#, #"{"method":7}"#] {
      #expect(try read(text).isEmpty)
    }
    for text in ["", "{", "\u{FFFD}"] {
      let error = #expect(throws: ProviderError.self) { try read(text) }
      #expect(error?.code == "garbled" && error?.cls == .unavailable)
    }
    #expect(try read(#"{"id":1,"error":7}"#).count == 1)
  }

  /// A ping of the server is answered, everything else it asks is declined.
  @Test func answers() {
    #expect(RPCMessage.answer("x", to: "ping")["result"] == [:])
    #expect(RPCMessage.answer(1, to: "sampling/createMessage")["error"]?["code"] == -32_601)
  }

  /// Schemas of a server are cut down to what the host can check, and always stay usable.
  @Test func schemas() throws {
    let rich: JSONValue = [
      "$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "$defs": ["x": [:]], "required": ["day"],
      "properties": [
        "day": ["type": "string", "pattern": "^.+$", "minLength": 1], "who": ["oneOf": [["type": "string"], ["type": "null"]]],
        "list": ["type": "array", "items": ["$ref": "#/$defs/x"]],
      ],
      "additionalProperties": false,
    ]
    let schema = try JSONSchema(MCP.reduced(rich))
    #expect(schema.problems(in: ["day": "friday", "who": .null, "list": [1]]).isEmpty)
    #expect(!schema.problems(in: ["day": ""]).isEmpty && !schema.problems(in: ["day": "x", "extra": 1]).isEmpty)
    for bad: JSONValue in [7, ["type": "novelty"], ["properties": ["a": ["minimum": "x"]]], [:], false] {
      _ = try JSONSchema(MCP.reduced(bad))
    }
  }

  /// Tools without a name are passed over; a further page is told.
  @Test func pages() {
    let page = MCP.tools([
      "tools": [["name": "a", "inputSchema": ["type": "object"]], ["description": "nameless"], 7, ["name": "b", "title": "B"]],
      "nextCursor": "2",
    ])
    #expect(page.tools.map(\.name) == ["a", "b"] && page.tools.last?.description == "B" && page.next == "2")
    #expect(MCP.tools(.null).tools.isEmpty && MCP.tools(.null).next == nil)
  }

  /// Text, structured content, pictures, nothing; and a failure that the tool tells.
  @Test func outcomes() throws {
    #expect(try MCP.outcome(["content": [["type": "text", "text": "done"]]]).result == "done")
    #expect(try MCP.outcome(["content": [["type": "text", "text": "a"], ["type": "text", "text": "b"]]]).result == "a\nb")
    #expect(
      try MCP.outcome(["content": [["type": "text", "text": #"{"result":1,"say":"Hm."}"#]]]).completed() == ["result": 1, "say": "Hm."])
    #expect(try MCP.outcome(["content": [["type": "text", "text": "x"]], "structuredContent": ["a": 1]]).result == ["a": 1])
    #expect(try MCP.outcome(["content": [["type": "image", "data": "AAAA"]]]).result == "(image left out)")
    #expect(try MCP.outcome([:]).result == .null)
    let error = #expect(throws: ProviderError.self) { try MCP.outcome(["content": [["type": "text", "text": "no"]], "isError": true]) }
    #expect(error?.message == "no" && error?.code == "isError")
  }
}
