// Every documented error of the vendor becomes the class, scope and effects that its table says.

import ClaudeWire
import Foundation
import PluginABI
import PluginHarness
import ProviderHarness
import Testing
import Vox

/// One row of Tests/Emulators/errors/claude.json.
struct ErrorRow: CustomTestStringConvertible, Sendable {
  let json: JSONValue
  var name: String { json["name"]?.string ?? "" }
  var phase: String { json["phase"]?.string ?? "" }
  var testDescription: String { name }

  static let all: [ErrorRow] = {
    let file = URL(filePath: #filePath).resolvingSymlinksInPath().appending(path: "../../../Emulators/errors/claude.json")
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
    // Of a date only that nobody is told to come at once too early.
    if name != "rate_limit_date" { #expect(Int(error.retryAfterMs) == expected["retry_after_ms"]?.int, sourceLocation: sourceLocation) }
    #expect(!error.message.isEmpty, sourceLocation: sourceLocation)
  }
}

struct ErrorTests {
  /// The table is there and has as many rows as the sheet has errors.
  @Test func tableIsRead() { #expect(ErrorRow.all.count >= 30) }

  /// An answer with an error, or an error event, maps to what the table says.
  @Test(arguments: ErrorRow.all.filter { $0.phase != "fault" }) func maps(_ row: ErrorRow) throws {
    let wire = row.json["wire"] ?? .null
    if row.phase == "event" {
      return try row.expect(ClaudeError.streamed(wire["message"] ?? .null, began: row.json["control"]?["after"] != nil))
    }
    let body = wire["body"]?.string ?? wire["body"]?.text ?? ""
    try row.expect(
      ClaudeError.answered(
        status: wire["status"]?.int ?? 0, body: Array(body.utf8), retryAfter: wire["headers"]?["retry-after"]?.string,
        retryAfterMs: wire["headers"]?["retry-after-ms"]?.string))
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
      let session = try Emulated.open(lab, emulator)
      var order = row.json["control"] ?? .null
      if order["script"] == nil { order = order.merging(["path": "/v1/messages"]) }
      try emulator.control(order)
      let op = try session.start(16, body: chat("hello"))
      try lab.wait("the end") { session.terminal(op) != nil }
      try row.expect(session.error(op))
    }
  }
}
