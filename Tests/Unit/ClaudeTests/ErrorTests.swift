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
  @Test(arguments: ErrorRow.foreignBodies) func foreignBodies(_ body: String) {
    ErrorRow.expectForeign(ClaudeError.answered(status: 502, body: Array(body.utf8), retryAfter: "soon", retryAfterMs: "-1e400"))
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
