// Every documented error of n8n becomes the class, scope and effects that its table says.

import N8NWire
import PluginABI
import PluginHarness
import ProviderHarness
import Testing
import Vox

extension ErrorRow {
  static let all = read("n8n")
}

struct ErrorTests {
  /// The table is there and has as many rows as the sheet has errors.
  @Test func tableIsRead() { #expect(ErrorRow.all.count >= 30) }

  /// An answer, a chunk of a stream, an error of JSON-RPC and a failed tool map to what the table says.
  @Test(arguments: ErrorRow.all.filter { $0.phase != "fault" }) func maps(_ row: ErrorRow) throws {
    switch row.phase {
    case "event": try row.expect(N8NError.streamed(row.message))
    case "rpc":
      if let error = row.wire["message"] { return try row.expect(N8NError.rpc(error)) }
      try row.expect(#expect(throws: ProviderError.self) { try MCP.outcome(row.wire["result"] ?? .null) })
    default:
      let body = Array(row.body.utf8)
      guard row.status != 200 else {
        var answer = WebhookAnswer(contentType: row.header("Content-Type") ?? "", streams: false, limit: 1000)
        #expect(try answer.feed(body) == "")
        return try row.expect(#expect(throws: ProviderError.self) { try answer.end(id: "") })
      }
      try row.expect(
        N8NError.answered(
          status: row.status, body: body, retryAfter: row.header("Retry-After"), isChallenge: row.header("WWW-Authenticate") != nil))
    }
  }

  /// Bodies that are no errors of n8n's at all still become a classified error with a sentence.
  @Test(arguments: ErrorRow.foreignBodies) func foreignBodies(_ body: String) {
    ErrorRow.expectForeign(N8NError.answered(status: 502, body: Array(body.utf8), retryAfter: "soon"))
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
      try emulator.control(row.order())
      // A request on a connection that is just being closed may have been read.
      if row.name == "refused" { try lab.wait("closed connections") { try !emulator.log("closed", after: mark).isEmpty } }
      let tool =
        switch row.api {
        case "mcp": "opening_hours"
        case "webhook.stream": "told"
        default: row.name == "test_not_registered" ? "rehearsed" : "last"
        }
      try row.expect(try Emulated.call(lab, session, tool).error)
    }
  }
}
