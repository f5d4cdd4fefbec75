// Every documented error of the vendor and of its dialects becomes the class, scope and effects that its table says.

import OpenAIWire
import PluginABI
import PluginHarness
import ProviderHarness
import Testing
import Vox

extension ErrorRow {
  static let all = read("openai")
}

struct ErrorTests {
  /// The table is there and has as many rows as the sheet has errors.
  @Test func tableIsRead() { #expect(ErrorRow.all.count >= 30) }

  /// An answer with an error, or an error event, maps to what the table says.
  @Test(arguments: ErrorRow.all.filter { $0.phase != "fault" }) func maps(_ row: ErrorRow) throws {
    if row.phase == "event" { return try row.expect(OpenAIError.streamed(row.message, began: true)) }
    try row.expect(
      OpenAIError.answered(
        status: row.status, body: Array(row.body.utf8), retryAfter: row.header("retry-after"), retryAfterMs: row.header("retry-after-ms")))
  }

  /// Bodies that are no errors of anybody's still become a classified error.
  @Test(arguments: ErrorRow.foreignBodies) func foreignBodies(_ body: String) {
    ErrorRow.expectForeign(OpenAIError.answered(status: 502, body: Array(body.utf8), retryAfter: "soon", retryAfterMs: "-1e400"))
  }
}

extension Emulated {
  struct Errors {
    /// The plugin, on the host's own client, ends the work with the error that the table says: in each role that can meet it.
    @Test(arguments: ErrorRow.all) func arrives(_ row: ErrorRow) throws {
      let emulator = try Emulated.emulator()
      for (role, path, apis) in [
        (Role.llm, "/v1/chat", ["any", "chat.stream", "chat.dialect"]), (.tts, "/v1/audio/speech", ["any", "audio.dialect", "speech"]),
        (.stt, "/v1/audio/transcriptions", ["any", "audio.dialect", "transcriptions"]),
      ] where apis.contains(row.api) {
        let lab = try Emulated.lab(emulator)
        let session = try lab.openWarm(role, on: emulator)
        try emulator.control(row.order(path: path))
        let op = try session.start(16, text: "hello", body: role == .llm ? chat("hello") : [:])
        if role == .stt {
          Caller(session, op).says(ms: 600)
          session.finalize(op, mark: 1)
        }
        try lab.wait("the end") { session.terminal(op) != nil }
        try row.expect(session.error(op))
        try emulator.reset()
      }
    }
  }
}
