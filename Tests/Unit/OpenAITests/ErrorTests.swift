// Every documented error of the vendor and of its dialects becomes the class, scope and effects that its table says.

import Foundation
import OpenAIWire
import PluginABI
import PluginHarness
import ProviderHarness
import Testing
import Vox

/// One row of Tests/Emulators/errors/openai.json.
struct ErrorRow: CustomTestStringConvertible, Sendable {
  let json: JSONValue
  var name: String { json["name"]?.string ?? "" }
  var phase: String { json["phase"]?.string ?? "" }
  var api: String { json["api"]?.string ?? "" }
  var testDescription: String { name }

  static let all: [ErrorRow] = {
    let file = URL(filePath: #filePath).resolvingSymlinksInPath().appending(path: "../../../Emulators/errors/openai.json")
      .standardizedFileURL
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

  /// An answer with an error, or an error event, maps to what the table says.
  @Test(arguments: ErrorRow.all.filter { $0.phase != "fault" }) func maps(_ row: ErrorRow) throws {
    let wire = row.json["wire"] ?? .null
    if row.phase == "event" { return try row.expect(OpenAIError.streamed(wire["message"] ?? .null, began: true)) }
    let body = wire["body"]?.string ?? wire["body"]?.text ?? ""
    try row.expect(
      OpenAIError.answered(
        status: wire["status"]?.int ?? 0, body: Array(body.utf8), retryAfter: wire["headers"]?["retry-after"]?.string,
        retryAfterMs: wire["headers"]?["retry-after-ms"]?.string))
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
        let session = try Emulated.open(lab, emulator, role)
        var order = row.json["control"] ?? .null
        if order["script"] == nil { order = order.merging(["path": .string(path)]) }
        try emulator.control(order)
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
