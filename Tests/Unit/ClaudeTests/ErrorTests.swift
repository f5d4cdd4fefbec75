// Every documented error of the vendor becomes the class, scope and effects that its table says.

import ClaudeWire
import PluginABI
import PluginHarness
import ProviderHarness
import Testing
import Vox

extension ErrorRow {
  static let all = read("claude")
}

struct ErrorTests {
  /// The table is there and has as many rows as the sheet has errors.
  @Test func tableIsRead() { #expect(ErrorRow.all.count >= 30) }

  /// An answer with an error, or an error event, maps to what the table says.
  @Test(arguments: ErrorRow.all.filter { $0.phase != "fault" }) func maps(_ row: ErrorRow) throws {
    if row.phase == "event" { return try row.expect(ClaudeError.streamed(row.message, began: row.order()["after"] != nil)) }
    try row.expect(
      ClaudeError.answered(
        status: row.status, body: Array(row.body.utf8), retryAfter: row.header("retry-after"), retryAfterMs: row.header("retry-after-ms")))
  }

  /// Bodies that are no errors of the vendor's at all still become a classified error.
  @Test(arguments: ["", "null", "[]", "\"x\"", "{\"error\":7}", "{\"error\":{\"type\":7,\"message\":[]}}", "\u{0}\u{1}{{{{"])
  func foreignBodies(_ body: String) {
    let error = ClaudeError.answered(status: 500, body: Array(body.utf8), retryAfter: "soon", retryAfterMs: "-1e400")
    #expect(error.cls == .unavailable && error.code == "http_500" && error.retryAfterMs == 0)
  }
}

extension ErrorTests {
  /// Whatever a stranger puts into an error, it stays small enough for an event.
  @Test func hugeErrors() {
    let huge = String(repeating: "x", count: 100_000)
    let json: JSONValue = [
      "error": ["type": .string(huge), "code": .string(huge), "message": .string(huge)], "request_id": .string(huge),
    ]
    for error in [ClaudeError.answered(status: 400, body: Array(json.text.utf8)), ClaudeError.streamed(json, began: true)] {
      #expect(error.code.utf8.count + error.message.utf8.count + error.requestID.utf8.count + error.detail.utf8.count < 2_000)
    }
  }
}

extension Emulated {
  struct Errors {
    /// The plugin, on the host's own client, ends the op with the error that the table says.
    @Test(arguments: ErrorRow.all) func arrives(_ row: ErrorRow) throws {
      let emulator = try Emulated.emulator()
      let lab = try Emulated.lab(emulator)
      let session = try lab.openWarm(.llm, on: emulator)
      try emulator.control(row.order(path: "/v1/messages"))
      try row.expect(session.error(try lab.ask(chat("hello"), session)))
    }
  }
}
