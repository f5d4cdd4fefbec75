// The host's own routes: what machines and commands are answered, and by which door.

import API
import Base
import Foundation
import Synchronization
import Testing
import Vox

@Suite(.serialized) struct APITests {
  private func json(_ reply: Peer.Reply) throws -> JSONValue { try JSONValue(parsing: reply.text) }

  /// Health is 200 while all is well; readiness is 503 with its reasons when something is not.
  @Test func health() async throws {
    try await Rig.run { rig in
      let peer = try await rig.connect()
      let alive = try await peer.request("GET", "/healthz")
      #expect(alive.status == 200)
      #expect(alive.headers["content-type"] == "application/json")
      #expect(try json(alive)["status"]?.string == "ok")
      #expect(try await peer.request("GET", "/readyz").status == 200)
      rig.view.state.withLock { $0.checks[1] = Check("telephony", problem: "no line is up") }
      let unready = try await peer.request("GET", "/readyz")
      #expect(unready.status == 503)
      #expect(
        try json(unready) == [
          "status": "not ready",
          "checks": [["name": "journal", "ok": true], ["name": "telephony", "ok": false, "reason": "no line is up"]],
        ])
    }
  }

  /// Figures are shown to this machine, and to the world only when the operator wants it.
  @Test func metrics() async throws {
    try await Rig.run { rig in
      let reply = try await rig.connect().request("GET", "/metrics")
      #expect(reply.status == 200)
      #expect(reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
      #expect(reply.text.contains("\nhost_calls_live 3\n") && reply.text.contains("\nhost_sockets_open 0\n"))
      let passedOn = try await rig.connect().request("GET", "/metrics", headers: ["x-forwarded-for": "203.0.113.9"])
      #expect(passedOn.status == 404)
    }
    try await Rig.run(change: { $0.metricsArePublic = true }) { rig in
      let passedOn = try await rig.connect().request("GET", "/metrics", headers: ["x-forwarded-for": "203.0.113.9"])
      #expect(passedOn.status == 200)
    }
  }

  /// `/v1` answers at the control socket alone; elsewhere it is as unknown as anything unknown.
  @Test func controlRoutes() async throws {
    try await Rig.run { rig in
      rig.view.state.withLock { $0.calls = [["id": "c_2"], ["id": "c_1"]] }
      let command = try await rig.command()
      #expect(try await command.request("GET", "/v1/host").text == "{\"version\":\"1\"}\n")
      #expect(try json(await command.request("GET", "/v1/plugins"))["plugins"] == [["name": "lobby"]])
      #expect(try json(await command.request("GET", "/v1/plugins/lobby"))["state"]?.string == "ready")
      #expect(try json(await command.request("GET", "/v1/calls")) == ["calls": [["id": "c_2"], ["id": "c_1"]], "next": nil])
      #expect(try json(await command.request("GET", "/v1/calls?limit=1&before=c_9"))["next"]?.string == "c_2")
      #expect(rig.view.state.withLock { $0.asked } == ["50 -", "1 c_9"])
      #expect(try json(await command.request("GET", "/v1/calls/c_1")) == ["id": "c_1"])
      for asked in ["", "?tenant=clinic", "?agent=reception", "?tenant=clinic&agent=reception"] {
        #expect(try json(await command.request("GET", "/v1/chains\(asked)"))["chains"]?.array?.count == 1, "\(asked)")
      }
      #expect(try await command.request("POST", "/v1/calls/c_1/hangup", body: []).status == 202)
      #expect(rig.view.state.withLock { $0.ended } == ["c_1"])
      #expect(try await command.request("POST", "/v1/drain").status == 202)
      #expect(rig.view.state.withLock { $0.isDraining })
      #expect(try await command.request("GET", "/healthz").status == 200)

      let unknown = try await command.request("GET", "/nothing")
      #expect(unknown.status == 404)
      #expect(try json(unknown)["error"]?["class"]?.string == "invalid")
      let world = try await rig.connect()
      for (peer, method, path) in [
        (command, "GET", "/v1/calls/c_3"), (command, "POST", "/v1/calls/c_3/hangup"), (command, "GET", "/v1/plugins/other"),
        (command, "GET", "/v1/calls/c_3/events"), (command, "GET", "/v1"), (command, "GET", "/v1/chains?tenant=other"),
        (command, "GET", "/v1/chains?agent=other"), (command, "DELETE", "/v1/host"),
        (world, "GET", "/v1/host"), (world, "GET", "/v1/calls/c_1"), (world, "GET", "/v1/events"), (world, "POST", "/v1/drain"),
        (world, "GET", "/nothing"),
      ] {
        let reply = try await peer.request(method, path)
        #expect(reply.status == 404 && reply.body == unknown.body, "\(method) \(path)")
      }
    }
  }

  /// A wrong parameter and a journal that cannot be read are told as errors with their class.
  @Test func errors() async throws {
    try await Rig.run { rig in
      let command = try await rig.command()
      for limit in ["0", "1001", "x", "-1"] {
        let reply = try await command.request("GET", "/v1/calls?limit=\(limit)")
        #expect(reply.status == 400)
        #expect(try json(reply)["error"]?["class"]?.string == "invalid")
      }
      let broken = try await command.request("GET", "/v1/calls?before=broken")
      #expect(broken.status == 503)
      #expect(try json(broken) == ["error": ["class": "unavailable", "message": "the journal cannot be read"]])
      #expect(try await command.request("GET", "/v1/events?after=x").status == 400)
    }
  }

  /// Facts come as they happen; who lost the connection goes on behind the last one it saw, and the host notices who is gone.
  @Test func facts() async throws {
    try await Rig.run { rig in
      func fact(_ n: UInt64) -> LiveFact { LiveFact(sequence: n, kind: "heard", json: ["text": .string("line\n\(n)")]) }
      rig.view.happens(fact(1))
      let first = try await rig.command()
      try await first.send("GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n")
      #expect(await first.head()?.headers["content-type"] == "text/event-stream")
      try await until("the stream is open") { rig.view.state.withLock { $0.readers.count } == 1 }
      rig.view.happens(fact(2))
      #expect(await first.take(through: "id: 2\nevent: heard\ndata: {\"text\":\"line\\n2\"}\n\n") != nil)
      await first.close()
      try await until("the host noticed") { rig.view.state.withLock { $0.gone } == 1 }

      rig.view.happens(fact(3))
      let second = try await rig.command()
      try await second.send("GET /v1/events HTTP/1.1\r\nhost: x\r\nlast-event-id: 1\r\n\r\n")
      #expect(await second.take(through: "id: 2\n") != nil)
      #expect(await second.take(through: "id: 3\n") != nil)
    }
  }

  /// One call's facts begin with its first and end with its last.
  @Test func factsOfOneCall() async throws {
    try await Rig.run { rig in
      rig.view.state.withLock { $0.calls = [["id": "c_1"]] }
      rig.view.happens(LiveFact(sequence: 7, kind: "callEnded", json: ["cause": "hangUp"]))
      let reply = try await rig.command().request("GET", "/v1/calls/c_1/events")
      #expect(reply.status == 200)
      #expect(reply.text == ": facts\n\nid: 7\nevent: callEnded\ndata: {\"cause\":\"hangUp\"}\n\n")
    }
  }

  /// A port that another program holds is one sentence that names it.
  @Test func portInUse() async throws {
    try await Rig.run { rig in
      let problem = await #expect(throws: Problem.self) {
        try await Rig.run(change: { $0.port = rig.port }) { _ in Issue.record("two servers on one port") }
      }
      #expect(problem?.code == "port_in_use")
      #expect(problem?.message.contains("\(rig.port)") == true)
    }
  }

  /// An address that is not this machine's is one sentence too.
  @Test(arguments: ["203.0.113.7", "no.such.name.invalid"]) func unknownAddress(address: String) async throws {
    let problem = await #expect(throws: Problem.self) {
      try await Rig.run(change: { $0.address = address }) { _ in Issue.record("listening at \(address)") }
    }
    #expect(problem?.code == "address_unknown" && problem?.message.contains(address) == true)
  }

  /// The control socket belongs to its user alone, is removed at the end, and a left-over one is taken over, but not one at
  /// which somebody answers and nothing that is no socket.
  @Test func controlSocket() async throws {
    try await Rig.run { rig in
      let mode = try FileManager.default.attributesOfItem(atPath: rig.control)[.posixPermissions] as? Int
      #expect(mode == 0o600)
      let second = await #expect(throws: Problem.self) {
        try await Rig.run(change: { $0.controlSocket = rig.control }) { _ in Issue.record("two hosts on one socket") }
      }
      #expect(second?.code == "already_running")
      #expect(try await rig.command().request("GET", "/healthz").status == 200)

      let leftOver = rig.folder + "/old.sock"
      makeDeadSocket(leftOver)
      try await Rig.run(change: { $0.controlSocket = leftOver }) { _ in
        let reply = try await Peer.connect(unix: leftOver).request("GET", "/v1/host")
        #expect(reply.status == 200)
      }
      #expect(!FileManager.default.fileExists(atPath: leftOver))

      let file = rig.folder + "/file"
      try "precious".write(toFile: file, atomically: true, encoding: .utf8)
      let inTheWay = await #expect(throws: Problem.self) { try await Rig.run(change: { $0.controlSocket = file }) { _ in } }
      #expect(inTheWay?.message.contains(file) == true)
      #expect(try String(contentsOfFile: file, encoding: .utf8) == "precious")
      let long = "/tmp/" + String(repeating: "x", count: 120)
      await #expect(throws: Problem.self) { try await Rig.run(change: { $0.controlSocket = long }) { _ in } }
    }
  }

  private func makeDeadSocket(_ path: String) {
    let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    _ = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    close(file)
  }

  /// A connection that has asked for nothing, and a reader of facts, do not hold up the end of the host.
  @Test(.timeLimit(.minutes(1))) func stopsInPeace() async throws {
    var left: [Peer] = []
    try await Rig.run { rig in
      left.append(try await rig.connect())
      let reader = try await rig.command()
      try await reader.send("GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n")
      #expect(await reader.head()?.status == 200)
      left.append(reader)
    }
    // The host has ended though nobody had left; now both are at the end of what it sent.
    for peer in left { while !(await peer.isClosed()) {} }
  }

  /// What is no HTTP is answered 400 and hung up on.
  @Test func malformedRequests() async throws {
    try await Rig.run { rig in
      for garbage in ["\u{1}\u{2}\u{3}\r\n\r\n", "GET /healthz HTTP/1.1\r\nbad header\r\n\r\n"] {
        let peer = try await rig.connect()
        try await peer.send(garbage)
        #expect(await peer.reply()?.status == 400)
        #expect(await peer.isClosed())
      }
      let long = try await rig.connect()
      try await long.send("GET / HTTP/1.1\r\nhost: x\r\nx: \(String(repeating: "a", count: 100_000))\r\n\r\n")
      #expect(await long.reply()?.status == 400)
    }
  }
}
