// WebSockets of plugins over the real server: handshake, messages, owners, room, and every way to end.

import API
import Base
import Foundation
import Loader
import Observe
import PluginABI
import PluginKit
import Synchronization
import Testing
import Vox

@Suite(.serialized) struct SocketTests {
  private static let routes: [JSONValue] = [
    ["path": "/public/talk", "socket": true], ["path": "/public/refuse", "socket": true],
    ["path": "/public/silent", "socket": true, "timeout_ms": 50], ["path": "/public/page"],
  ]

  private func run(_ test: (Rig, LobbyAccount) async throws -> Void) async throws {
    try await Rig.run(publicURL: "https://calls.example.com") { rig in
      let lobby = try await rig.lobby("lobby", grants: ["/talk", "/refuse", "/silent", "/page"], Self.routes)
      try await test(rig, lobby)
    }
  }

  /// What a socket's account heard, in words.
  private func heard(_ events: [SocketEvent]) -> [String] {
    events.map { event in
      switch event.what {
      case .open: "open"
      case .text(let text): "text \(text)"
      case .binary(let bytes): "binary \(bytes.count)"
      case .closed(let code, let reason): "closed \(code) \(reason)"
      }
    }
  }

  /// The handshake is answered as RFC 6455 says, messages go both ways, and a close is returned with its code.
  @Test func conversation() async throws {
    try await run { rig, lobby in
      let peer = try await rig.connect()
      let reply = try await peer.upgrade("/talk?from=me")
      #expect(reply.status == 101)
      #expect(reply.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
      #expect(lobby.state.withLock { $0.requests.first?.url } == "wss://calls.example.com/talk?from=me")
      try await peer.send(.text("hello"))
      #expect(await peer.frame() == .text("hello"))
      for count in [0, 125, 640, 5000, 60_000] {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        try await peer.send(.binary(bytes))
        #expect(await peer.frame() == .binary(bytes))
      }
      try await peer.send(Peer.Frame(opcode: 9, payload: [1, 2]))
      #expect(await peer.frame() == Peer.Frame(opcode: 10, payload: [1, 2]))
      try await peer.send(Peer.Frame(opcode: 1, payload: [UInt8(ascii: "a")], isFinal: false))
      try await peer.send(Peer.Frame(opcode: 0, payload: [UInt8(ascii: "b")]))
      #expect(await peer.frame() == .text("ab"))
      try await peer.send(.close(4000, "done"))
      #expect(await peer.frame()?.closeCode == 4000)
      #expect(await peer.isClosed())
      try await until("the account knows") { lobby.state.withLock { $0.events.count } == 9 }
      let events = heard(lobby.state.withLock { $0.events })
      #expect(
        events == [
          "open", "text hello", "binary 0", "binary 125", "binary 640", "binary 5000", "binary 60000", "text ab", "closed 4000 done",
        ])
      try await until("nothing is left") { rig.routes.openSockets == 0 }
      #expect(lobby.sockets.send(lobby.port.handle, 0, text: "late") == .stale)
    }
  }

  /// What a peer sends right behind its request, before it knows the answer, is read after the handshake.
  @Test func earlyFrames() async throws {
    try await run { rig, lobby in
      let peer = try await rig.connect()
      let early = (0..<20).flatMap { Peer.bytes(.text("early \($0)")) }
      #expect(try await peer.upgrade("/talk", then: early).status == 101)
      for n in 0..<20 { #expect(await peer.frame() == .text("early \(n)")) }
      try await peer.send(.text("later"))
      #expect(await peer.frame() == .text("later"))
    }
  }

  /// A peer that vanishes while the plugin decides leaves a socket that is told to have closed.
  @Test func goneBeforeTheHandshake() async throws {
    try await run { rig, lobby in
      for _ in 0..<20 {
        let peer = try await rig.connect()
        peer.post(
          Array(
            "GET /talk HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
              .utf8))
        await peer.close()
      }
      try await until("nothing is left") { rig.routes.openSockets == 0 && rig.metrics.gauge("host_sockets_open", "").value == 0 }
    }
  }

  /// The plugin may refuse with an answer of its own; what is no socket's path is answered as ever, and the connection ends.
  @Test func refusedUpgrade() async throws {
    try await run { rig, _ in
      let peer = try await rig.connect()
      let refused = try await peer.upgrade("/refuse")
      #expect(refused.status == 403 && refused.text == "no" && refused.headers["x-why"] == "closed")
      #expect(refused.headers["connection"] == "close")
      #expect(await peer.isClosed())
      for (path, status) in [("/silent", 503), ("/nowhere", 404), ("/page", 200)] {
        #expect(try await rig.connect().upgrade(path).status == status, "\(path)")
      }
      let plain = try await rig.connect().request("GET", "/talk")
      #expect(plain.status == 426 && plain.headers["upgrade"] == "websocket")
      #expect(try await rig.connect().upgrade("/talk", headers: ["sec-websocket-version": "8"]).status == 426)
    }
  }

  /// The plugin closes with a code, and is told what the peer answered.
  @Test func closedByThePlugin() async throws {
    try await run { rig, lobby in
      let peer = try await rig.socket("/talk")
      try await peer.send(.text("!close"))
      let close = await peer.frame()
      #expect(close == .close(4001, "as you wish"))
      #expect(lobby.sockets.send(lobby.port.handle, 0, text: "late") == .stale)
      try await peer.send(.text("still talking"))
      try await peer.send(.close(4001))
      #expect(await peer.isClosed())
      try await until("the account knows") { lobby.state.withLock { $0.events.count } == 3 }
      #expect(heard(lobby.state.withLock { $0.events }) == ["open", "text !close", "closed 4001 "])
    }
  }

  /// A peer that breaks the protocol is told the code and hung up on; one that vanishes reads as 1006.
  @Test func brokenPeers() async throws {
    try await run { rig, lobby in
      let breaches: [([UInt8], Int)] = [
        (Peer.bytes(Peer.Frame(opcode: 1, payload: [0xFF])), 1007), (Peer.bytes(.text("a"), mask: nil), 1002),
        ([0x82, 0xFF, 0, 0, 0, 0, 0, 0x10, 0, 1, 0, 0, 0, 0], 1009),
      ]
      for (bytes, code) in breaches {
        lobby.state.withLock { $0.events = [] }
        let peer = try await rig.socket("/talk")
        try await peer.send(bytes)
        #expect(await peer.frame()?.closeCode == code)
        await peer.close()
        try await until("the account knows") { heard(lobby.state.withLock { $0.events }).last?.hasPrefix("closed \(code)") == true }
      }
      lobby.state.withLock { $0.events = [] }
      let peer = try await rig.socket("/talk")
      try await peer.send(.text("x"))
      #expect(await peer.frame() == .text("x"))
      await peer.close()
      try await until("the account knows") { heard(lobby.state.withLock { $0.events }).last == "closed 1006 " }
      try await until("nothing is left") { rig.routes.openSockets == 0 }
    }
  }

  /// An adopted socket talks to its session, in order and without a gap; when the session ends, the peer is told 1001.
  @Test func adoption() async throws {
    try await run { rig, lobby in
      let session = try await rig.session()
      let peer = try await rig.socket("/talk")
      var burst = Peer.bytes(.text("!adopt"))
      for n in 0..<200 { burst += Peer.bytes(.text("\(n)")) }
      try await peer.send(burst)
      var replies: [String] = []
      while replies.count < 200, let frame = await peer.frame() { replies.append(frame.string) }
      // The account gets nothing behind the message that made it hand the socket over.
      #expect(replies == (0..<200).map { "session:\($0)" })
      try await peer.send(.text("after"))
      #expect(await peer.frame() == .text("session:after"))
      #expect(lobby.sockets.send(lobby.port.handle, 0, text: "mine no more") == .stale)
      #expect(lobby.sockets.send(session.port.handle, 0, text: "direct") == .ok)
      #expect(await peer.frame() == .text("direct"))
      rig.endSessions()
      try await until("the session is gone") { rig.table.liveSessions == 0 }
      try await peer.send(.text("anyone?"))
      var last = await peer.frame()
      while let frame = last, frame.opcode != 8 { last = await peer.frame() }
      #expect(last?.closeCode == 1001)
    }
  }

  /// A peer that does not read: sends are refused after 256 KiB, the owner is told when there is room, and nothing is lost.
  @Test func backPressure() async throws {
    try await run { rig, lobby in
      let session = try await rig.session()
      let peer = try await rig.socket("/talk")
      try await peer.send(.text("!adopt"))
      try await peer.send(.text("here?"))
      #expect(await peer.frame() == .text("session:here?"))
      try await peer.stopReading()
      let piece = Array(repeating: UInt8(7), count: 4000)
      var sent = 0
      var refused = false
      // The kernel's buffers take a few megabytes first.
      while !refused, sent < 20_000 {
        let result = piece.withUnsafeBytes { lobby.sockets.send(session.port.handle, 0, binary: $0) }
        if result == .ok { sent += 1 } else { refused = result == .wouldBlock }
        if sent % 16 == 0 { await Task.yield() }
      }
      #expect(refused)
      let before = session.resumes.withLock { $0 }
      try await peer.goOnReading()
      for _ in 0..<sent {
        guard let frame = await peer.frame() else {
          Issue.record("a message is missing")
          break
        }
        #expect(frame.payload.count == 4000)
      }
      try await until("the session is told") { session.resumes.withLock { $0 } > before }
      #expect(piece.withUnsafeBytes { lobby.sockets.send(session.port.handle, 0, binary: $0) } == .ok)
      #expect(await peer.frame()?.payload.count == 4000)
    }
  }

  /// While a session's loop takes nothing its peer waits; when it takes again, everything comes, in order.
  @Test func sessionWithoutRoom() async throws {
    try await run { rig, _ in
      let session = try await rig.session()
      let peer = try await rig.socket("/talk")
      try await peer.send(.text("!adopt"))
      try await peer.send(.text("here?"))
      #expect(await peer.frame() == .text("session:here?"))
      let gate = DispatchSemaphore(value: 0)
      rig.loop.submit { gate.wait() }
      let count = 4000
      peer.post((0..<count).flatMap { Peer.bytes(.text("\($0) " + String(repeating: "x", count: 1000))) })
      // A record takes 1,088 bytes, so three quarters of the ring of 2 MiB hold 1,445 of them, and the next one finds no room.
      let received = rig.metrics.counter("host_socket_messages_in_total", "")
      try await until("the ring is full") { received.value == 2 + 1446 }
      gate.signal()
      try await until("all have arrived") { session.events.withLock { $0.count } == count + 1 }
      let numbers = heard(session.events.withLock { $0 }).dropFirst().map { $0.split(separator: " ")[1] }
      #expect(numbers == (0..<count).map { Substring(String($0)) })
    }
  }

  /// A peer that sends faster than its owner reads is slowed down, and every message arrives in order.
  @Test(arguments: [false, true]) func floodFromThePeer(isAdopted: Bool) async throws {
    try await run { rig, lobby in
      let session = try await rig.session()
      let peer = try await rig.socket("/talk")
      if isAdopted { try await peer.send(.text("!adopt")) }
      let count = 5000
      peer.post((0..<count).flatMap { Peer.bytes(.text("\($0) " + String(repeating: "x", count: 1000))) })
      func events() -> [SocketEvent] { isAdopted ? session.events.withLock { $0 } : lobby.state.withLock { $0.events } }
      try await until("all have arrived") { events().count >= count + (isAdopted ? 0 : 1) }
      let numbers = heard(events()).filter { $0.hasPrefix("text") }.map { $0.split(separator: " ")[1] }
      #expect(numbers == (0..<count).map { Substring(String($0)) })
      await peer.close()
      try await until("its end is known") { heard(events()).last == "closed 1006 " }
    }
  }

  /// When the host stops, open sockets are told 1001.
  @Test func hostStops() async throws {
    var left: Peer?
    try await run { rig, _ in
      left = try await rig.socket("/talk")
    }
    let frame = await left?.frame()
    #expect(frame?.closeCode == 1001)
  }

  /// Messages that may not be sent are refused: text that is not UTF-8, more than 1 MiB, a close code nobody may send.
  @Test func refusedSends() async throws {
    try await run { rig, lobby in
      let peer = try await rig.socket("/talk")
      let big = Array(repeating: UInt8(0), count: (1 << 20) + 1)
      #expect(big.withUnsafeBytes { lobby.sockets.send(lobby.port.handle, 0, binary: $0) } == .invalid)
      let most = Array(big.dropLast())
      #expect(most.withUnsafeBytes { lobby.sockets.send(lobby.port.handle, 0, binary: $0) } == .ok)
      #expect(await peer.frame()?.payload.count == 1 << 20)
      lobby.sockets.close(lobby.port.handle, 0, code: 1006)
      // The far end may have all of the long message before its room is given back here.
      try await until("there is room again") { lobby.sockets.send(lobby.port.handle, 0, text: "still open") == .ok }
      #expect(await peer.frame() == .text("still open"))
      #expect(lobby.sockets.send(lobby.port.handle, 77, text: "") == .stale)
    }
  }
}
