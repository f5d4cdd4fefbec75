// Every documented error of Resemble becomes the class, scope and effects that its table says.

import ResembleWire
import Foundation
import PluginHarness
import ProviderHarness
import Testing
import Vox

/// One row of Tests/Emulators/errors/resemble.json.
struct ErrorRow: CustomTestStringConvertible, Sendable {
  let json: JSONValue
  var name: String { json["name"]?.string ?? "" }
  var api: String { json["api"]?.string ?? "" }
  var phase: String { json["phase"]?.string ?? "" }
  var testDescription: String { name }

  static let all: [ErrorRow] = {
    let file = URL(filePath: #filePath).resolvingSymlinksInPath().appending(path: "../../../Emulators/errors/resemble.json")
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
    let wire = row.json["wire"] ?? .null
    switch row.phase {
    case "event":
      guard case .failed(let error) = try VoiceMessage(wire["message"]?.text ?? "") else { throw Missing() }
      try row.expect(error)
    case "close": try row.expect(Errors.closed(wire["code"]?.int ?? 0, wire["reason"]?.string ?? ""))
    default:
      try row.expect(
        Errors.answered(wire["status"]?.int ?? 0, wire["body"]?.text ?? "", retryAfter: wire["headers"]?["Retry-After"]?.string))
    }
  }

  struct Missing: Error {}

  /// Bodies that are no errors of anybody's still become a classified error.
  @Test(arguments: [
    "", "null", "[]", "\"x\"", "{\"error\":7}", "{\"error\":{\"type\":7,\"message\":[]}}", "{\"error_name\":7,\"message\":{}}", "\u{0}{{{",
  ])
  func foreignBodies(_ body: String) {
    let error = Errors.answered(500, body, retryAfter: "soon")
    #expect(error.cls == .unavailable && error.code == "http_500" && error.retryAfterMs == 0 && !error.message.isEmpty)
  }
}

extension Emulated {
  struct ErrorsOnTheWire {
    /// The plugin, on the host's own client, ends the op with the error that the table says, and says the next text.
    @Test(arguments: ErrorRow.all) func arrives(_ row: ErrorRow) throws {
      let emulator = try Emulated.emulator()
      let order = row.json["control"] ?? .null
      if row.phase == "handshake" {
        try emulator.control(order)
        let error = #expect(throws: ProviderError.self) { _ = try Emulated.open(emulator, row.settings) }
        return try row.expect(error)
      }
      // What a socket meets is armed before its handshake.
      if row.api == "socket" { try emulator.control(order) }
      let (lab, session) = try Emulated.open(emulator, row.settings)
      if row.api != "socket" { try emulator.control(order) }
      let op = try Emulated.say("w1 w2 w3.", lab, session)
      try row.expect(session.error(op))
      let next = try Emulated.say("w4.", lab, session)
      #expect(words(session.samples(next)) == [3], "\(String(describing: session.error(next)))")
    }
  }
}
