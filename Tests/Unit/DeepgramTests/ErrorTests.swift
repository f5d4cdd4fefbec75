// Every documented error of the vendor becomes the class, scope and effects that its table says.

import DeepgramWire
import Loader
import PluginHarness
import ProviderHarness
import Testing
import Vox

extension ErrorRow {
  static let all = read("deepgram")
  static func of(_ apis: String..., fatal: Bool = true) -> [ErrorRow] { all.filter { apis.contains($0.api) && $0.isFatal == fatal } }

  var isFatal: Bool { json["expect"]?["fatal"]?.bool ?? true }
}

struct ErrorTests {
  /// The table is there and has as many rows as the sheets have errors.
  @Test func tableIsRead() { #expect(ErrorRow.all.count >= 55) }

  /// An answer, a close code or a message maps to what the table says.
  @Test(arguments: ErrorRow.all) func maps(_ row: ErrorRow) throws {
    switch row.phase {
    case "http":
      try row.expect(
        DeepgramError.answered(
          status: row.status, body: Array(row.body.utf8), told: row.header("dg-error"), retryAfter: row.header("Retry-After")))
    case "event": try row.expect(DeepgramError.said(row.message, closedBy: row.wire["code"]?.int ?? 0))
    case "close": try row.expect(DeepgramError.closed(code: row.wire["code"]?.int ?? 1005, reason: row.wire["reason"]?.string ?? ""))
    default: try row.expect(DeepgramError.closed(code: 1006, reason: ""))
    }
  }

  /// Bodies that are no errors of the vendor's at all still become a classified error, with the header's sentence where there is one.
  @Test(arguments: ErrorRow.foreignBodies) func foreignBodies(_ body: String) {
    let error = DeepgramError.answered(status: 502, body: Array(body.utf8), told: "Broken.", retryAfter: "soon", requestID: "r")
    ErrorRow.expectForeign(error)
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
      try emulator.control(row.order(path: "/v1/listen"))
      try row.expect(try lost(lab, .stt))
    }

    /// The same of a voice's socket.
    @Test(arguments: ErrorRow.of("any")) func refusesToSpeak(_ row: ErrorRow) throws {
      let lab = try Emulated.lab(emulator)
      try emulator.control(row.order(path: "/v1/speak"))
      try row.expect(try lost(lab, .tts))
    }

    /// A refused request fails its text alone.
    @Test(arguments: ErrorRow.of("any", "speak.rest")) func refusesARequest(_ row: ErrorRow) throws {
      let lab = try Emulated.lab(emulator, ["transport": "rest"])
      let session = try lab.openWarm(.tts, on: emulator, connections: 2)
      try emulator.control(row.order(path: "/v1/speak"))
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
      try emulator.control(row.order())
      let session = lab.begin(.stt)
      if row.phase == "fault" {
        try lab.wait("the session") { session.isReady }
        let op = try session.start(OpKind.listen)
        _ = try session.say(WordCode.sound("w1 w2") + WordCode.silence(500), to: op, in: lab)
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
      try emulator.control(row.order())
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
      try emulator.control(row.order())
      let session = try lab.open(.stt)
      let op = try session.start(OpKind.listen)
      let end = try session.say(WordCode.sound("w1 w2") + WordCode.silence(500), to: op, in: lab)
      try lab.wait("the warning") { lab.log.contains { $0.contains(row.code) } }
      _ = try session.say(WordCode.sound("w3 w4") + WordCode.silence(500), to: op, at: end, in: lab)
      session.finalize(op)
      try lab.wait("the end") { session.terminal(op) != nil }
      #expect(session.terminal(op)?.kind == .completed && session.finals(op).joined(separator: " ").lowercased().contains("w3 w4"))
    }

    /// The same of a voice.
    @Test(arguments: ErrorRow.of("speak.v1", fatal: false)) func warnsAVoice(_ row: ErrorRow) throws {
      let lab = try Emulated.lab(emulator)
      try emulator.control(row.order())
      let session = try lab.open(.tts)
      let op = try session.start(OpKind.say, text: "w1 w2")
      try lab.wait("the end") { session.terminal(op) != nil }
      try lab.wait("the warning") { lab.log.contains { $0.contains(row.code) } }
      #expect(session.terminal(op)?.kind == .completed)
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
