// Every documented error of Resemble becomes the class, scope and effects that its table says.

import ResembleWire
import PluginHarness
import ProviderHarness
import Testing
import Vox

extension ErrorRow {
  static let all = read("resemble")

  /// How the plugin must be set up to meet it.
  var settings: JSONValue {
    switch api {
    case "socket": ["transport": "websocket", "websocket_fallback": false]
    case "stream": ["transport": "stream"]
    default: ["transport": "sync"]
    }
  }
}

struct ErrorTests {
  /// The table is there and has as many rows as the sheet has errors.
  @Test func tableIsRead() { #expect(ErrorRow.all.count >= 25) }

  /// A bad answer, a message of the socket and a close map to what the table says.
  @Test(arguments: ErrorRow.all.filter { $0.phase != "fault" }) func maps(_ row: ErrorRow) throws {
    switch row.phase {
    case "event":
      guard case .failed(let error) = try VoiceMessage(row.message.text) else { throw Missing() }
      try row.expect(error)
    case "close": try row.expect(ResembleError.closed(row.wire["code"]?.int ?? 0, row.wire["reason"]?.string ?? ""))
    default: try row.expect(ResembleError.answered(status: row.status, body: Array(row.body.utf8), retryAfter: row.header("Retry-After")))
    }
  }

  struct Missing: Error {}

  /// Bodies that are no errors of anybody's still become a classified error.
  @Test(arguments: ErrorRow.foreignBodies) func foreignBodies(_ body: String) {
    ErrorRow.expectForeign(ResembleError.answered(status: 502, body: Array(body.utf8), retryAfter: "soon"))
  }
}

extension Emulated {
  struct Errors {
    /// The plugin, on the host's own client, ends the op with the error that the table says, and says the next text.
    @Test(arguments: ErrorRow.all) func arrives(_ row: ErrorRow) throws {
      let emulator = try Emulated.emulator()
      let order = row.order()
      if row.phase == "handshake" {
        try emulator.control(order)
        let error = #expect(throws: ProviderError.self) { _ = try Emulated.open(emulator, row.settings) }
        return try row.expect(error)
      }
      // What a socket meets is armed before its handshake.
      if row.api == "socket" { try emulator.control(order) }
      let (lab, session) = try Emulated.open(emulator, row.settings)
      if row.api != "socket" { try emulator.control(order) }
      let op = try lab.say("w1 w2 w3.", session)
      try row.expect(session.error(op))
      let next = try lab.say("w4.", session)
      #expect(words(session.samples(next)) == [3], "\(String(describing: session.error(next)))")
    }
  }
}
