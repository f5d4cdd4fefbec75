// What `vox.websocket/0` does with good and bad peers.

import Base
import Dispatch
import Glibc
import PluginABI
import Synchronization
import Testing
import Vox
import WebSocket

@testable import Services

/// The server's side of a WebSocket on a `Peer`'s line.
final class ServerEnd {
  let line: Peer.Line
  let request: String
  private var reader = MessageReader(.server, limit: 1 << 20)
  private var buffer: [UInt8] = []

  /// Answers the handshake with what is right, plus `extra` header lines.
  init(_ line: Peer.Line, extra: String = "", then frames: [UInt8] = []) {
    self.line = line
    request = line.request()
    let key = request.split(separator: "\r\n").first { $0.hasPrefix("Sec-WebSocket-Key: ") }.map { String($0.dropFirst(19)) } ?? ""
    line.say(
      Array(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: \(Handshake.accept(key))\r\n\(extra)\r\n"
          .utf8) + frames)
  }

  /// The next message or control frame; nil when the client is gone.
  func next() -> (MessageReader.Event, [UInt8])? {
    while true {
      var used = 0
      let event = buffer.withUnsafeBytes { bytes in
        var left = bytes
        let event = try? reader.next(&left)
        used = bytes.count - left.count
        return event
      }
      buffer.removeFirst(used)
      if let event { return (event, event == .ping || event == .pong ? reader.control : reader.message) }
      var piece = [UInt8](repeating: 0, count: 65536)
      let got = Glibc.read(line.descriptor, &piece, piece.count)
      guard got > 0 else { return nil }
      buffer += piece[..<got]
    }
  }

  @discardableResult
  func send(_ opcode: Opcode, _ payload: [UInt8]) -> Bool { line.say(Self.frame(opcode, payload)) }

  static func frame(_ opcode: Opcode, _ payload: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    payload.withUnsafeBytes { FrameWriter.append(opcode, $0, to: &bytes) }
    return bytes
  }

  /// Sends every message back until the client closes, then closes as it did.
  func echo() {
    while let (event, bytes) = next() {
      switch event {
      case .text: send(.text, bytes)
      case .binary: send(.binary, bytes)
      case .ping: send(.pong, bytes)
      case .pong: break
      case .close(let code, _): return _ = send(.close, CloseCode.payload(code, ""))
      }
    }
  }
}

struct WebSocketTests {
  let services: Services
  init() throws { services = try Services.make() }

  private func plugin(_ peer: Peer) -> Plugin { Plugin(services, allowing: [peer.url]) }
  private let ok = vox_status(VOX_OK)

  /// A socket opens with its headers, carries texts and bytes both ways in order, and closes with the code it was given.
  @Test func conversation() {
    let asked = Mutex("")
    let peer = Peer { line in
      let end = ServerEnd(line, extra: "X-Request-Id: r1\r\nSec-WebSocket-Protocol: token\r\n")
      asked.withLock { $0 = end.request }
      end.echo()
    }
    let plugin = plugin(peer)
    #expect(
      plugin.connect(peer.socketURL + "/v1/listen?a=b", headers: [("Authorization", "Token t"), ("Sec-WebSocket-Protocol", "token, t")])
        == ok)
    plugin.wait { !plugin.events(7).isEmpty }
    guard case .open(let headers) = plugin.events(7).first else { return _ = Issue.record("it did not open: \(plugin.events(7))") }
    #expect(headers["x-request-id"] == "r1")
    #expect(plugin.send("hällo") == ok)
    #expect(plugin.send("\u{1}\u{2}", isBinary: true) == ok)
    #expect(plugin.send(String(repeating: "x", count: 70_000)) == ok)
    #expect(plugin.send("") == ok)
    plugin.wait { plugin.events(7).count == 5 }
    #expect(plugin.close(code: 4001, reason: "enough") == ok)
    #expect(plugin.close() == vox_status(VOX_STALE))
    #expect(plugin.end(7) == .closed(4001, ""))
    #expect(Array(plugin.events(7)[1...4]) == [.text("hällo"), .binary([1, 2]), .text(String(repeating: "x", count: 70_000)), .text("")])
    let text = asked.withLock { $0 }
    #expect(text.hasPrefix("GET /v1/listen?a=b HTTP/1.1\r\nHost: 127.0.0.1:\(peer.port)\r\n"))
    #expect(text.contains("\r\nAuthorization: Token t\r\n"))
    #expect(plugin.send("late") == vox_status(VOX_STALE))
    plugin.wait { services.load.sockets == 0 }
  }

  /// What is sent before the handshake's answer is there leaves after it, in order.
  @Test func early() {
    let peer = Peer { line in ServerEnd(line).echo() }
    let plugin = plugin(peer)
    #expect(plugin.connect(peer.socketURL) == ok)
    for i in 0..<10 { #expect(plugin.send("\(i)") == ok) }
    plugin.wait { plugin.events(7).count == 11 }
    #expect(Array(plugin.events(7).dropFirst()) == (0..<10).map { .text("\($0)") })
  }

  /// The first message of a socket is not lost when another one is closed before the network's thread has seen the new one.
  @Test func earlyBesideAClose() {
    let peer = Peer { line in ServerEnd(line).echo() }
    let plugin = plugin(peer)
    #expect(plugin.connect(peer.socketURL, token: 7) == ok)
    plugin.wait { !plugin.events(7).isEmpty }
    let (isThere, goOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    plugin.beforeEvent.withLock {
      $0 = {
        isThere.signal()
        goOn.wait()
      }
    }
    #expect(plugin.send("echo", token: 7) == ok)
    isThere.wait()
    #expect(plugin.close(token: 7) == ok)
    #expect(plugin.connect(peer.socketURL, token: 8) == ok)
    #expect(plugin.send("first", token: 8) == ok)
    goOn.signal()
    plugin.wait { plugin.events(8).count == 2 }
    #expect(plugin.events(8).last == .text("first"))
  }

  /// Frames in the same packet as the handshake's answer, fragments, and pings between them are all read.
  @Test func fragments() {
    let pong = Mutex<[UInt8]>([])
    let peer = Peer { line in
      let end = ServerEnd(line, then: ServerEnd.frame(.text, Array("first".utf8)))
      line.say([0x01, 2, 0x61, 0x62, 0x89, 1, 0x70, 0x80, 1, 0x63])
      if let (event, bytes) = end.next(), event == .pong { pong.withLock { $0 = bytes } }
      end.send(.close, [])
      _ = end.next()
    }
    let plugin = plugin(peer)
    _ = plugin.connect(peer.socketURL)
    #expect(plugin.end(7) == .closed(1005, ""))
    #expect(Array(plugin.events(7)[1...2]) == [.text("first"), .text("abc")])
    #expect(pong.withLock { $0 } == [0x70])
  }

  /// Messages split at every byte are the same messages.
  @Test func everyByte() {
    let peer = Peer { line in
      let end = ServerEnd(line)
      for byte in ServerEnd.frame(.text, Array("zürich".utf8)) + ServerEnd.frame(.binary, [UInt8](repeating: 7, count: 200)) {
        line.say([byte])
      }
      end.send(.close, CloseCode.payload(1000, "bye"))
      _ = end.next()
    }
    let plugin = plugin(peer)
    _ = plugin.connect(peer.socketURL)
    #expect(plugin.end(7) == .closed(1000, "bye"))
    #expect(Array(plugin.events(7)[1...2]) == [.text("zürich"), .binary([UInt8](repeating: 7, count: 200))])
  }

  /// What breaks the protocol ends the socket, and the peer is told the code that says how.
  @Test(
    arguments: [
      ([0xF1, 1, 0x61], 1002), ([0x83, 0], 1002), ([0x81, 0x81, 1, 2, 3, 4, 5], 1002), ([0x81, 2, 0xC3, 0x28], 1007), ([0x80, 0], 1002),
      ([0x01, 1, 0x61, 0x81, 1, 0x62], 1002), ([0x89, 126, 0, 126], 1002), ([0x82, 127, 0x7F, 255, 255, 255, 255, 255, 255, 255], 1009),
      ([0x82, 126, 0xFF, 0xFF], 1009), ([0x88, 1, 3], 1002), ([0x88, 2, 0x03, 0xED], 1002), ([0x88, 4, 0x03, 0xE8, 0xC3, 0x28], 1007),
    ] as [([UInt8], Int)])
  func badFrames(bytes: [UInt8], code: Int) {
    let told = Mutex<MessageReader.Event?>(nil)
    let peer = Peer { line in
      let end = ServerEnd(line, then: bytes)
      told.withLock { $0 = end.next()?.0 }
    }
    let plugin = plugin(peer)
    _ = plugin.connect(peer.socketURL, maxMessage: 10_000)
    guard case .closed(code, _) = plugin.end(7) else { return _ = Issue.record("\(plugin.events(7))") }
    plugin.wait { told.withLock { $0 } != nil }
    guard case .close(code, _) = told.withLock({ $0 }) else {
      return _ = Issue.record("the peer was told \(String(describing: told.withLock { $0 }))")
    }
  }

  /// An answer that is no upgrade is a refusal with its status, headers and body, classified.
  @Test(arguments: [
    (401, ErrorClass.auth), (402, .quota), (429, .rate), (400, .invalid), (503, .overloaded), (500, .unavailable), (302, .invalid),
  ])
  func refused(status: Int, cls: ErrorClass) {
    let peer = Peer { line in
      _ = line.request()
      line.say("HTTP/1.1 \(status) No\r\nX-Why: because\r\nContent-Length: 4\r\n\r\nbody")
    }
    let plugin = plugin(peer)
    _ = plugin.connect(peer.socketURL)
    #expect(plugin.end(7) == .refused(status, cls, "http_\(status)", body: "body"))
    plugin.wait { services.load.sockets == 0 }
  }

  /// A handshake that is not one ends as a classified refusal.
  @Test(arguments: [
    ("", "connection_lost"), ("garbage\r\n\r\n", "protocol_error"), ("SSH-2.0-x\r\n", "protocol_error"),
    ("HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n", "protocol_error"),
    ("HTTP/1.1 101 X\r\n\r\n", "protocol_error"), ("HTTP/1.1 101 X\r\nX: " + String(repeating: "x", count: 40_000), "protocol_error"),
  ])
  func badHandshakes(answer: String, code: String) {
    let peer = Peer { line in
      _ = line.request()
      line.say(answer)
    }
    let plugin = plugin(peer)
    _ = plugin.connect(peer.socketURL)
    guard case .refused(_, .unavailable, code, _) = plugin.end(7) else { return _ = Issue.record("\(plugin.events(7))") }
  }

  /// An extension or subprotocol that nobody offered is no handshake.
  @Test(arguments: ["Sec-WebSocket-Extensions: permessage-deflate\r\n", "Sec-WebSocket-Protocol: other\r\n"])
  func notOffered(extra: String) {
    let peer = Peer { line in _ = ServerEnd(line, extra: extra).next() }
    let plugin = plugin(peer)
    _ = plugin.connect(peer.socketURL, headers: [("Sec-WebSocket-Protocol", "mine")])
    guard case .refused(101, .unavailable, "protocol_error", _) = plugin.end(7) else { return _ = Issue.record("\(plugin.events(7))") }
  }

  /// A peer that never answers the handshake is given up at the deadline.
  @Test func handshakeTimeout() {
    let peer = Peer { line in
      _ = line.request()
      _ = line.isClosed()
    }
    let plugin = plugin(peer)
    _ = plugin.connect(peer.socketURL, connectMs: 60)
    #expect(plugin.end(7) == .refused(0, .timeout, "handshake_timeout", body: ""))
  }

  /// A host that nobody granted is refused without a connection.
  @Test func notAllowed() {
    let peer = Peer { _ in }
    let plugin = Plugin(services, allowing: ["https://127.0.0.1:\(peer.port)"])
    #expect(plugin.connect(peer.socketURL) == ok)
    #expect(plugin.end(7) == .refused(0, .invalid, "host_not_allowed", body: ""))
    #expect(peer.connections.load(ordering: .relaxed) == 0)
  }

  /// A connection that just ends is told as 1006.
  @Test func vanished() {
    let peer = Peer { line in _ = ServerEnd(line, then: ServerEnd.frame(.text, [0x61])) }
    let plugin = plugin(peer)
    _ = plugin.connect(peer.socketURL)
    #expect(plugin.end(7) == .closed(1006, ""))
    #expect(plugin.events(7)[1] == .text("a"))
  }

  /// A peer that answers no ping for two intervals is given up; one that answers is kept.
  @Test func signsOfLife() {
    let peer = Peer { line in
      let end = ServerEnd(line)
      for _ in 0..<3 { if end.next()?.0 == .ping { end.send(.pong, []) } }
      // From here on it is deaf.
      while !line.isClosed() {}
    }
    let plugin = plugin(peer)
    let start = SystemClock().now
    _ = plugin.connect(peer.socketURL, pingMs: 250)
    #expect(plugin.end(7) == .closed(1006, ""))
    #expect(SystemClock().now.ms(since: start) >= 5 * 250)
  }

  /// Closing while the handshake is under way refuses it.
  @Test func closedWhileOpening() {
    let peer = Peer { line in
      _ = line.request()
      _ = line.isClosed()
    }
    let plugin = plugin(peer)
    _ = plugin.connect(peer.socketURL)
    #expect(plugin.close() == ok)
    #expect(plugin.end(7) == .refused(0, .caller, "closed", body: ""))
  }

  /// A peer that does not read makes sends wait: the owner is told when there is room again, and nothing is lost. One that has no room to be
  /// told is asked again every few milliseconds, and not all the time.
  @Test(arguments: [0, 200]) func backPressure(refusals: Int) {
    let mayRead = Atomic(false)
    let got = Atomic(0)
    let peer = Peer { line in
      let end = ServerEnd(line)
      while !mayRead.load(ordering: .acquiring) { usleepBriefly() }
      while let (event, bytes) = end.next(), event == .binary { got.add(bytes.count, ordering: .relaxed) }
    }
    let plugin = plugin(peer)
    _ = plugin.connect(peer.socketURL)
    plugin.wait { !plugin.events(7).isEmpty }
    let piece = String(repeating: "x", count: 10_000)
    var sent = 0
    plugin.wait {
      let status = plugin.send(piece, isBinary: true)
      if status == ok { sent += piece.utf8.count }
      return status == vox_status(VOX_WOULD_BLOCK)
    }
    plugin.refuse(Array(repeating: vox_status(VOX_WOULD_BLOCK), count: refusals))
    let clock = SystemClock()
    let firstAsked = Mutex(clock.now)
    plugin.beforeEvent.withLock { $0 = { firstAsked.withLock { $0 = clock.now } } }
    mayRead.store(true, ordering: .releasing)
    plugin.wait { plugin.events(0) == [.resume] }
    // Each write that makes room asks as well, a few dozen times.
    #expect(refusals == 0 || clock.now.ms(since: firstAsked.withLock { $0 }) > Double(refusals / 2 * Limits.retryMs))
    plugin.wait { got.load(ordering: .relaxed) == sent }
    #expect(plugin.send(piece, isBinary: true) == ok)
  }

  /// What an owner has no room for waits, the peer with it, and comes in order.
  @Test func ownerIsFull() {
    let peer = Peer { line in
      let end = ServerEnd(line)
      for i in 0..<200 { end.send(.text, Array("\(i) ".utf8) + [UInt8](repeating: 0x61, count: 3000)) }
      end.send(.close, CloseCode.payload(1000, ""))
      _ = end.next()
    }
    let plugin = plugin(peer)
    let full = vox_status(VOX_WOULD_BLOCK)
    plugin.refuse([ok, full, ok, ok, full, full, ok, ok, ok, full])
    _ = plugin.connect(peer.socketURL)
    #expect(plugin.end(7) == .closed(1000, ""))
    let texts = plugin.events(7).compactMap { if case .text(let text) = $0 { String(text.prefix { $0 != " " }) } else { nil } }
    #expect(texts == (0..<200).map { "\($0)" })
  }

  /// A socket moves from the account to a session: later messages come there, under the same token.
  @Test func adopted() {
    let peer = Peer { line in ServerEnd(line).echo() }
    let plugin = plugin(peer)
    _ = plugin.connect(peer.socketURL, owner: 1)
    plugin.wait { !plugin.events(7).isEmpty }
    #expect(plugin.adopt(owner: 1, by: 2) == ok)
    #expect(plugin.adopt(owner: 1, by: 3) == vox_status(VOX_STALE))
    #expect(plugin.adopt(owner: 2, by: 500) == vox_status(VOX_INVALID))
    #expect(plugin.send("x", owner: 1) == vox_status(VOX_STALE))
    #expect(plugin.send("x", owner: 2) == ok)
    plugin.wait { plugin.events(7).count == 2 }
    #expect(plugin.owners(7) == [1, 2])
  }

  /// A socket whose owner is gone is closed with 1001; so is every socket of a provider that stopped.
  @Test(arguments: [true, false])
  func ownerIsGone(isRetired: Bool) {
    let told = Mutex<MessageReader.Event?>(nil)
    let peer = Peer { line in
      let end = ServerEnd(line)
      while let (event, _) = end.next() {
        if event == .text { end.send(.text, []) }
        if case .close = event { return told.withLock { $0 = event } }
      }
    }
    let plugin = plugin(peer)
    _ = plugin.connect(peer.socketURL)
    plugin.wait { !plugin.events(7).isEmpty }
    if isRetired {
      services.retire(plugin.client)
    } else {
      _ = plugin.send("x")
      plugin.leave()
    }
    plugin.wait { told.withLock { $0 } != nil || plugin.events(7).count > 1 }
    if told.withLock({ $0 }) == nil {
      // The echo was faster than the owner left.
      _ = plugin.send("y")
      plugin.wait { told.withLock { $0 } != nil }
    }
    guard case .close(1001, _) = told.withLock({ $0 }) else { return _ = Issue.record("\(String(describing: told.withLock { $0 }))") }
    plugin.wait { services.load.sockets == 0 }
  }
}
