// Every documented error of n8n becomes the class, scope and effects that its table says.

import Foundation
import N8NWire
import PluginABI
import PluginHarness
import ProviderHarness
import Testing
import Vox

/// One row of Tests/Emulators/errors/n8n.json.
struct ErrorRow: CustomTestStringConvertible, Sendable {
  let json: JSONValue
  var name: String { json["name"]?.string ?? "" }
  var phase: String { json["phase"]?.string ?? "" }
  var api: String { json["api"]?.string ?? "" }
  var testDescription: String { name }

  static let all: [ErrorRow] = {
    let file = URL(filePath: #filePath).resolvingSymlinksInPath().appending(path: "../../../Emulators/errors/n8n.json").standardizedFileURL
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return ((try? JSONValue(parsing: text))?["errors"]?.array ?? []).map(ErrorRow.init)
  }()

  func expect(_ error: ProviderError?, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let error = try #require(error, sourceLocation: sourceLocation)
    let expected = json["expect"] ?? .null
    #expect(error.cls.name == expected["class"]?.string?.lowercased(), sourceLocation: sourceLocation)
    #expect(error.scope.name == expected["scope"]?.string?.lowercased(), sourceLocation: sourceLocation)
    #expect(error.effects.name == expected["effects"]?.string?.lowercased(), sourceLocation: sourceLocation)
    #expect(Int(error.wireStatus) == expected["wire_status"]?.int, sourceLocation: sourceLocation)
    if let code = expected["code"]?.string, !code.isEmpty { #expect(error.code == code, sourceLocation: sourceLocation) }
    #expect(Int(error.retryAfterMs) == expected["retry_after_ms"]?.int, sourceLocation: sourceLocation)
    #expect(!error.message.isEmpty, sourceLocation: sourceLocation)
  }
}

struct ErrorTests {
  /// The table is there and has as many rows as the sheet has errors.
  @Test func tableIsRead() { #expect(ErrorRow.all.count >= 30) }

  /// An answer, a chunk of a stream, an error of JSON-RPC and a failed tool map to what the table says.
  @Test(arguments: ErrorRow.all.filter { $0.phase != "fault" }) func maps(_ row: ErrorRow) throws {
    let wire = row.json["wire"] ?? .null
    switch row.phase {
    case "event": try row.expect(N8NError.streamed(wire["message"] ?? .null))
    case "rpc":
      if let error = wire["message"] { return try row.expect(N8NError.rpc(error)) }
      try row.expect(#expect(throws: ProviderError.self) { try MCP.outcome(wire["result"] ?? .null) })
    default:
      let body = Array((wire["body"]?.string ?? wire["body"]?.text ?? "").utf8)
      guard wire["status"] != 200 else {
        var answer = WebhookAnswer(contentType: wire["headers"]?["Content-Type"]?.string ?? "", streams: false, limit: 1000)
        #expect(try answer.feed(body) == "")
        return try row.expect(#expect(throws: ProviderError.self) { try answer.end(id: "") })
      }
      try row.expect(
        N8NError.answered(
          status: wire["status"]?.int ?? 0, body: body, retryAfter: wire["headers"]?["Retry-After"]?.string,
          isChallenge: wire["headers"]?["WWW-Authenticate"] != nil))
    }
  }

  /// Bodies that are no errors of n8n's at all still become a classified error with a sentence.
  @Test(arguments: ["", "null", "[]", "\"x\"", "{\"error\":7}", "{\"message\":[],\"code\":{}}", "\u{0}\u{1}{{{{", "<html></html>"])
  func foreignBodies(_ body: String) {
    let error = N8NError.answered(status: 502, body: Array(body.utf8), retryAfter: "soon")
    #expect(error.cls == .unavailable && error.code == "http_502" && error.retryAfterMs == 0 && !error.message.isEmpty)
  }

  /// Bytes that are no UTF-8, and a text of a megabyte, become a short sentence.
  @Test func hostileText() {
    #expect(!N8NError.answered(status: 400, body: [0xFF, 0xFE, 0xC0]).message.isEmpty)
    #expect(N8NError.answered(status: 400, body: Array(repeating: 0x61, count: 1 << 20)).message.utf8.count <= 500)
  }
}

extension Emulated {
  struct Errors {
    /// The plugin, on the host's own client, ends the op with the error that the table says.
    @Test(arguments: ErrorRow.all) func arrives(_ row: ErrorRow) throws {
      let emulator = try Emulated.emulator()
      let lab = try Emulated.lab(emulator, ["timeout_ms": 700])
      let session = try Emulated.open(lab, emulator)
      if row.api == "mcp" {
        // A first call sees to it that the armed error is met by the second, not by the greeting.
        _ = try Emulated.call(lab, session, "opening_hours")
      }
      let mark = try emulator.mark()
      try emulator.control(row.json["control"] ?? .null)
      // A request on a connection that is just being closed may have been read.
      if row.name == "refused" { try lab.wait("closed connections") { try !emulator.log("closed", after: mark).isEmpty } }
      let tool =
        switch row.api {
        case "mcp": "opening_hours"
        case "webhook.stream": "told"
        default: row.name == "test_not_registered" ? "rehearsed" : "last"
        }
      let op = try session.start(16, body: ["name": .string(tool), "arguments": [:]])
      try lab.wait("the end") { session.terminal(op) != nil }
      try row.expect(session.error(op))
    }
  }
}
