// Every documented error of the vendor becomes the class, scope and effects that its table says.

import DeepgramWire
import Foundation
import Loader
import PluginHarness
import ProviderHarness
import Testing
import Vox

/// One row of Tests/Emulators/errors/deepgram.json.
struct ErrorRow: CustomTestStringConvertible, Sendable {
  let json: JSONValue
  var name: String { json["name"]?.string ?? "" }
  var api: String { json["api"]?.string ?? "" }
  var phase: String { json["phase"]?.string ?? "" }
  var isFatal: Bool { json["expect"]?["fatal"]?.bool ?? true }
  var code: String { json["expect"]?["code"]?.string ?? "" }
  var testDescription: String { name }

  static let all: [ErrorRow] = {
    let file = URL(filePath: #filePath).resolvingSymlinksInPath().appending(path: "../../../Emulators/errors/deepgram.json")
      .standardizedFileURL
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return ((try? JSONValue(parsing: text))?["errors"]?.array ?? []).map(ErrorRow.init)
  }()

  static func of(_ apis: String..., fatal: Bool = true) -> [ErrorRow] {
    all.filter { apis.contains($0.api) && $0.isFatal == fatal }
  }

  /// The order that arms it, for requests to `path`.
  func order(_ path: String) -> JSONValue { (json["control"] ?? .null).merging(["path": .string(path)]) }

  func expect(_ error: ProviderError?, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let error = try #require(error, sourceLocation: sourceLocation)
    let expected = json["expect"] ?? .null
    #expect(error.cls.name == expected["class"]?.string?.lowercased(), sourceLocation: sourceLocation)
    #expect(error.scope.name == expected["scope"]?.string?.lowercased(), sourceLocation: sourceLocation)
    #expect(error.effects.name == expected["effects"]?.string?.lowercased(), sourceLocation: sourceLocation)
    #expect(Int(error.wireStatus) == expected["wire_status"]?.int, sourceLocation: sourceLocation)
    #expect(error.code == code, sourceLocation: sourceLocation)
    #expect(Int(error.retryAfterMs) == expected["retry_after_ms"]?.int, sourceLocation: sourceLocation)
    #expect(!error.message.isEmpty, sourceLocation: sourceLocation)
  }
}

struct ErrorTests {
  /// The table is there and has as many rows as the sheets have errors.
  @Test func tableIsRead() { #expect(ErrorRow.all.count >= 55) }

  /// An answer, a close code or a message maps to what the table says.
  @Test(arguments: ErrorRow.all) func maps(_ row: ErrorRow) throws {
    let wire = row.json["wire"] ?? .null
    switch row.phase {
    case "http":
      let headers = wire["headers"] ?? .null
      try row.expect(
        DeepgramError.answered(
          status: wire["status"]?.int ?? 0, body: Array((wire["body"] ?? .null).text.utf8), told: headers["dg-error"]?.string,
          retryAfter: headers["Retry-After"]?.string))
    case "event": try row.expect(DeepgramError.said(wire["message"] ?? .null, closedBy: wire["code"]?.int ?? 0))
    case "close": try row.expect(DeepgramError.closed(code: wire["code"]?.int ?? 1005, reason: wire["reason"]?.string ?? ""))
    default: try row.expect(DeepgramError.closed(code: 1006, reason: ""))
    }
  }

  /// Bodies that are no errors of the vendor's at all still become a classified error, with the header's sentence where there is one.
  @Test(arguments: ["", "null", "[]", "\"x\"", "{\"err_msg\":7,\"err_code\":[]}", "\u{0}\u{1}{{{{"])
  func foreignBodies(_ body: String) {
    let error = DeepgramError.answered(status: 500, body: Array(body.utf8), told: "Broken.", retryAfter: "soon", requestID: "r")
    #expect(error.cls == .unavailable && error.code == "http_500" && error.retryAfterMs == 0)
    #expect(error.message == "Broken." && error.requestID == "r")
  }

  /// Codes are found in any case, alone or in a link, and nowhere else.
  @Test func closeReasons() {
    let code = { DeepgramError.closed(code: 1011, reason: $0).code }
    #expect(code("see https://dpgr.am/NET0001.") == "NET-0001" && code("net-0003: late") == "NET-0003")
    #expect(code("internet0001") == "1011" && code("") == "1011")
  }
}

extension Emulated {
  struct Errors {
    let emulator: Emulator

    init() throws { emulator = try Emulated.emulator() }

    /// A refused upgrade fails the session that listens with the error that the table says.
    @Test(arguments: ErrorRow.of("any")) func refusesToListen(_ row: ErrorRow) throws {
      let lab = try Emulated.lab(emulator)
      try emulator.control(row.order("/v1/listen"))
      try row.expect(try lost(lab, .stt))
    }

    /// The same of a voice's socket.
    @Test(arguments: ErrorRow.of("any")) func refusesToSpeak(_ row: ErrorRow) throws {
      let lab = try Emulated.lab(emulator)
      try emulator.control(row.order("/v1/speak"))
      try row.expect(try lost(lab, .tts))
    }

    /// A refused request fails its text alone.
    @Test(arguments: ErrorRow.of("any", "speak.rest")) func refusesARequest(_ row: ErrorRow) throws {
      let lab = try Emulated.lab(emulator, ["transport": "rest"])
      let before = try emulator.mark()
      let session = try lab.open(.tts)
      try lab.wait("the connections") { try emulator.log("opened", after: before).count >= 2 }
      try emulator.control(row.order("/v1/speak"))
      let op = try session.start(OpKind.say, text: "w1 w2")
      try lab.wait("the end") { session.terminal(op) != nil }
      try row.expect(session.error(op))
      let next = try session.start(OpKind.say, text: "w1 w2")
      try lab.wait("the next text") { session.terminal(next)?.kind == .completed }
    }

    /// A stream that the vendor closes fails its session with the error that the table says.
    @Test(arguments: ErrorRow.of("listen.v1", "listen.v2")) func closesTheStream(_ row: ErrorRow) throws {
      let isFlux = row.api == "listen.v2"
      let lab = try Emulated.lab(emulator, isFlux ? ["model": "flux-general-en"] : [:])
      try emulator.control(row.json["control"] ?? .null)
      let session = lab.begin(.stt)
      if row.phase == "fault" {
        try lab.wait("the session") { session.isReady }
        let op = try session.start(OpKind.listen)
        _ = try session.say(Sound.of("w1 w2") + Sound.silence(500), to: op, in: lab)
        try lab.wait("the end") { session.terminal(op) != nil }
        return try row.expect(session.terminal(op)?.error)
      }
      try lab.wait("the loss") { session.failure != nil }
      try row.expect(session.failure)
      // The vendor's support desk asks for it.
      #expect(session.failure?.requestID.isEmpty == false)
    }

    /// A voice's socket that the vendor closes fails what was being said, or the session when nothing was.
    @Test(arguments: ErrorRow.of("speak.v1")) func closesTheVoice(_ row: ErrorRow) throws {
      let lab = try Emulated.lab(emulator)
      try emulator.control(row.json["control"] ?? .null)
      let session = lab.begin(.tts)
      if row.phase == "fault" {
        try lab.wait("the session") { session.isReady }
        let op = try session.start(OpKind.say, text: "w1 w2 w3 w4 w5 w6 w7 w8")
        try lab.wait("the end") { session.terminal(op) != nil }
        return try row.expect(session.terminal(op)?.error)
      }
      try lab.wait("the loss") { session.failure != nil }
      try row.expect(session.failure)
    }

    /// What is no end of the stream is told to the operator, and the work goes on.
    @Test(arguments: ErrorRow.of("listen.v1", fatal: false)) func warnsAListener(_ row: ErrorRow) throws {
      let lab = try Emulated.lab(emulator)
      try emulator.control(row.json["control"] ?? .null)
      let session = try lab.open(.stt)
      let op = try session.start(OpKind.listen)
      let end = try session.say(Sound.of("w1 w2") + Sound.silence(500), to: op, in: lab)
      try lab.wait("the warning") { lab.log.contains { $0.contains(row.code) } }
      _ = try session.say(Sound.of("w3 w4") + Sound.silence(500), to: op, at: end, in: lab)
      session.finalize(op)
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(session.terminal(op)?.kind == .completed && session.finals(op).joined(separator: " ").lowercased().contains("w3 w4"))
    }

    /// The same of a voice.
    @Test(arguments: ErrorRow.of("speak.v1", fatal: false)) func warnsAVoice(_ row: ErrorRow) throws {
      let lab = try Emulated.lab(emulator)
      try emulator.control(row.json["control"] ?? .null)
      let session = try lab.open(.tts)
      let op = try session.start(OpKind.say, text: "w1 w2")
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(session.terminal(op)?.kind == .completed && lab.log.contains { $0.contains(row.code) })
    }

    /// A wrong key is the account's trouble, in both roles.
    @Test(arguments: [Role.stt, .tts]) func wrongKey(_ role: Role) throws {
      let error = try lost(try Emulated.lab(emulator, key: "wrong"), role)
      #expect(error?.cls == .auth && error?.scope == .account && error?.requestID.isEmpty == false)
    }

    private func lost(_ lab: VendorLab, _ role: Role) throws -> ProviderError? {
      let session = lab.begin(role)
      try lab.wait("the refusal") { session.failure != nil }
      return session.failure
    }
  }
}
