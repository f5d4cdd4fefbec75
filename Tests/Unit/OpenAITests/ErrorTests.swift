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
  @Test(arguments: [
    "", "null", "[]", "\"x\"", "{\"error\":7}", "{\"error\":{\"type\":7,\"code\":[]}}", "{\"detail\":[]}", "\u{0}\u{1}{{{{",
  ])
  func foreignBodies(_ body: String) {
    let error = OpenAIError.answered(status: 500, body: Array(body.utf8), retryAfter: "soon", retryAfterMs: "-1e400")
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
    for error in [OpenAIError.answered(status: 400, body: Array(json.text.utf8)), OpenAIError.streamed(json, began: true)] {
      #expect(error.code.utf8.count + error.message.utf8.count + error.requestID.utf8.count + error.detail.utf8.count < 2_000)
    }
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
