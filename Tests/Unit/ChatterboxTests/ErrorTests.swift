// Every documented error of the servers and of RunPod becomes the class, scope and effects that its table says.

import ChatterboxWire
import Foundation
import PluginHarness
import ProviderHarness
import Testing
import Vox

/// One row of Tests/Emulators/errors/chatterbox.json.
struct ErrorRow: CustomTestStringConvertible, Sendable {
  let json: JSONValue
  var name: String { json["name"]?.string ?? "" }
  var api: String { json["api"]?.string ?? "" }
  var phase: String { json["phase"]?.string ?? "" }
  var testDescription: String { name }

  static let all: [ErrorRow] = {
    let file = URL(filePath: #filePath).resolvingSymlinksInPath().appending(path: "../../../Emulators/errors/chatterbox.json")
    let text = (try? String(contentsOf: file.standardizedFileURL, encoding: .utf8)) ?? ""
    return ((try? JSONValue(parsing: text))?["errors"]?.array ?? []).map(ErrorRow.init)
  }()

  func expect(_ error: ProviderError?, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let error = try #require(error, sourceLocation: sourceLocation)
    let expected = json["expect"] ?? .null
    #expect(error.cls.name == expected["class"]?.string?.lowercased(), sourceLocation: sourceLocation)
    #expect(error.scope.name == expected["scope"]?.string?.lowercased(), sourceLocation: sourceLocation)
    #expect(error.effects.name == expected["effects"]?.string?.lowercased(), sourceLocation: sourceLocation)
    #expect(Int(error.wireStatus) == expected["wire_status"]?.int, sourceLocation: sourceLocation)
    #expect(Int(error.retryAfterMs) == expected["retry_after_ms"]?.int, sourceLocation: sourceLocation)
    // A row without a code leaves it to whoever noticed.
    if let code = expected["code"]?.string, !code.isEmpty { #expect(error.code == code, sourceLocation: sourceLocation) }
    #expect(!error.message.isEmpty, sourceLocation: sourceLocation)
  }

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
    let wire = row.json["wire"] ?? .null
    let body = wire["body"]?.string ?? wire["body"]?.text ?? ""
    try row.expect(
      Errors.answered(
        wire["status"]?.int ?? 0, body, retryAfter: wire["headers"]?["Retry-After"]?.string, isRunPod: row.api.hasPrefix("runpod")))
  }

  /// A job that ended badly, or never began, maps to what the table says.
  @Test(arguments: ErrorRow.all.filter { $0.phase == "job" }) func job(_ row: ErrorRow) throws {
    try row.expect(Errors.job(row.json["wire"]?["status"]?.string ?? "", row.json["wire"]?["error"]?.string ?? ""))
  }

  /// Bodies that are no errors of anybody's still become a classified error.
  @Test(arguments: [
    "", "null", "[]", "\"x\"", "{\"error\":7}", "{\"error\":{\"type\":7,\"message\":[]}}", "{\"detail\":[1,{}]}", "\u{0}{{{",
  ])
  func foreignBodies(_ body: String) {
    let error = Errors.answered(500, body, retryAfter: "soon", isRunPod: false)
    #expect(error.cls == .unavailable && error.code == "http_500" && error.retryAfterMs == 0 && !error.message.isEmpty)
  }
}

extension Emulated {
  struct ErrorsOnTheWire {
    /// The plugin, on the host's own client, ends the op with the error that the table says, and says the next text.
    @Test(arguments: ErrorRow.all) func arrives(_ row: ErrorRow) throws {
      let emulator = try Emulated.emulator(row.script)
      let (lab, session) = try Emulated.open(emulator, row.settings)
      var order = row.json["control"] ?? .null
      if order["path"] == nil { order = order.merging(["path": "/v1/audio/speech"]) }
      try emulator.control(order)
      let op = try Emulated.say("w1 w2 w3.", lab, session)
      try row.expect(session.error(op))
      let next = try Emulated.say("w4.", lab, session)
      #expect(words(session.samples(next)) == [3])
    }
  }
}
