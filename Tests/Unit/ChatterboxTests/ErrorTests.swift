// Every documented error of the servers and of RunPod becomes the class, scope and effects that its table says.

import ChatterboxWire
import PluginHarness
import ProviderHarness
import Testing
import Vox

extension ErrorRow {
  static let all = read("chatterbox")

  /// How the plugin must be set up to meet it.
  var settings: JSONValue {
    switch api {
    case "devnen": ["dialect": "devnen-tts"]
    case "travisvn.sse": ["stream_mode": "sse"]
    case "runpod", "runpod.job": ["dialect": "runpod-queue", "endpoint_id": "ep", "poll_ms": 20, "cold_start_timeout_ms": 200]
    default: [:]
    }
  }

  var script: JSONValue { api.hasPrefix("travisvn") ? ["server": "travisvn"] : [:] }
}

struct ErrorTests {
  /// The table is there and has as many rows as the sheet has errors.
  @Test func tableIsRead() { #expect(ErrorRow.all.count >= 25) }

  /// A bad answer maps to what the table says.
  @Test(arguments: ErrorRow.all.filter { $0.phase == "http" }) func answered(_ row: ErrorRow) throws {
    try row.expect(ChatterboxError.answered(status: row.status, body: Array(row.body.utf8), retryAfter: row.header("Retry-After")))
  }

  /// A job that ended badly, or never began, maps to what the table says.
  @Test(arguments: ErrorRow.all.filter { $0.phase == "job" }) func job(_ row: ErrorRow) throws {
    try row.expect(ChatterboxError.job(row.wire["status"]?.string ?? "", row.wire["error"]?.string ?? ""))
  }

  /// Bodies that are no errors of anybody's still become a classified error.
  @Test(arguments: ErrorRow.foreignBodies) func foreignBodies(_ body: String) {
    ErrorRow.expectForeign(ChatterboxError.answered(status: 502, body: Array(body.utf8), retryAfter: "soon"))
  }
}

extension Emulated {
  struct Errors {
    /// The plugin, on the host's own client, ends the op with the error that the table says, and says the next text.
    @Test(arguments: ErrorRow.all) func arrives(_ row: ErrorRow) throws {
      let emulator = try Emulated.emulator(row.script)
      let (lab, session) = try Emulated.open(emulator, row.settings)
      try emulator.control(row.order(path: "/v1/audio/speech"))
      let op = try lab.say("w1 w2 w3.", session)
      try row.expect(session.error(op))
      let next = try lab.say("w4.", session)
      #expect(words(session.samples(next)) == [3])
    }
  }
}
