// What `vox.http/0` does with good and bad peers.

import Base
import PluginABI
import Synchronization
import Testing
import Vox

@testable import Services

struct HTTPTests {
  let services: Services
  init() throws { services = try Services.make() }

  private func plugin(_ peer: Peer) -> Plugin { Plugin(services, allowing: [peer.url]) }

  /// A request arrives as it was asked for, and its answer comes back as head, body and end.
  @Test func exchange() {
    let asked = Mutex("")
    let peer = Peer { line in
      let request = line.request()
      asked.withLock { $0 = request }
      line.say("HTTP/1.1 201 Created\r\nX-Id: 5\r\nContent-Length: 5\r\n\r\nhello")
    }
    let plugin = plugin(peer)
    let status = plugin.request(
      peer.url + "/a/b?c=d", method: "POST", headers: [("X-Api-Key", "k"), ("Content-Type", "text/plain"), ("X-Empty", "")],
      body: "question")
    #expect(status == vox_status(VOX_OK))
    #expect(plugin.end(7) == .done)
    #expect(plugin.events(7) == [.head(201, ["x-id": "5", "content-length": "5"]), .body(Array("hello".utf8)), .done])
    let text = asked.withLock { $0 }
    #expect(text.hasPrefix("POST /a/b?c=d HTTP/1.1\r\n"))
    for line in ["\r\nX-Api-Key: k\r\n", "\r\nContent-Type: text/plain\r\n", "\r\nX-Empty:\r\n", "\r\nUser-Agent: patchbay\r\n"] {
      #expect(text.contains(line))
    }
    #expect(!text.contains("Expect:"))
    #expect(text.hasSuffix("\r\n\r\nquestion"))
  }

  /// A second request uses the open connection, so that none of its time goes into name, TCP and TLS.
  @Test func reuse() {
    let peer = Peer { line in while !line.request().isEmpty { line.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") } }
    let plugin = plugin(peer)
    for token in 1...2 {
      #expect(plugin.request(peer.url, token: UInt64(token)) == vox_status(VOX_OK))
      #expect(plugin.end(UInt64(token)) == .done)
    }
    #expect(peer.connections.load(ordering: .relaxed) == 1)
    #expect(plugin.flags == [0, UInt16(VOX_HTTP_REUSED)])
    #expect(Array(plugin.times[1][..<3]) == [0, 0, 0])
  }

  /// A warmed connection carries the first request; the warming carries no credential.
  @Test func warm() {
    let requests = Mutex<[String]>([])
    let peer = Peer { line in
      while true {
        let request = line.request()
        guard !request.isEmpty else { return }
        requests.withLock { $0.append(request) }
        line.say("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
      }
    }
    let plugin = plugin(peer)
    #expect(plugin.warm(peer.url + "/v1", 2) == vox_status(VOX_OK))
    // One is to spare.
    plugin.wait { requests.withLock { $0.count } == 3 }
    #expect(peer.connections.load(ordering: .relaxed) == 3)
    #expect(requests.withLock { $0[0] }.hasPrefix("HEAD /v1 "))
    // The client reads the answers on its own time; a request made before that would open a fourth connection.
    plugin.wait {
      let token = UInt64(plugin.times.count + 100)
      guard plugin.request(peer.url, token: token, headers: [("X-Api-Key", "k")]) == vox_status(VOX_OK) else { return false }
      return plugin.end(token) == .done && plugin.flags.last == UInt16(VOX_HTTP_REUSED)
    }
    #expect(requests.withLock { $0[0] + $0[1] }.contains("X-Api-Key") == false)
  }

  /// Sessions may ask in the same moment: each has a connection opened for it although the others' stand idle, and one is to spare.
  @Test func warmForEachSession() {
    let heads = Atomic(0)
    let peer = Peer { line in
      while case let request = line.request(), !request.isEmpty {
        if request.hasPrefix("HEAD") { heads.add(1, ordering: .relaxed) }
        line.say("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
      }
    }
    let plugin = plugin(peer)
    for session in 1...3 {
      plugin.openSessions(session)
      #expect(plugin.warm(peer.url) == vox_status(VOX_OK))
      plugin.wait { services.load.warming == 0 }
      #expect(peer.connections.load(ordering: .relaxed) == session + 1)
    }
    // A call that follows another one finds its connection; it is only looked after.
    plugin.openSessions(2)
    #expect(plugin.warm(peer.url) == vox_status(VOX_OK))
    plugin.wait { heads.load(ordering: .relaxed) == 5 && services.load.warming == 0 }
    #expect(peer.connections.load(ordering: .relaxed) == 4)
  }

  /// However many connections are in use, an idle one stays open for the next request.
  @Test func idleBesideMany() {
    let peer = Peer { line in
      while case let request = line.request(), !request.isEmpty {
        if request.hasPrefix("GET /hang") { return _ = line.isClosed() }
        line.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
      }
    }
    let plugin = plugin(peer)
    for owner in 2...10 {
      for one in 1...60 { _ = plugin.request(peer.url + "/hang", token: UInt64(owner * 1000 + one), owner: vox_handle(owner)) }
      plugin.wait { peer.connections.load(ordering: .relaxed) == (owner - 1) * 60 }
    }
    for token in UInt64(1)...2 {
      _ = plugin.request(peer.url, token: token)
      #expect(plugin.end(token) == .done)
    }
    #expect(plugin.flags == [0, UInt16(VOX_HTTP_REUSED)])
    plugin.leave()
  }

  /// With HTTP/1.1 a request that is cancelled takes its connection with it. The one that follows at once finds the spare one, and another
  /// is opened in its place.
  @Test func warmAfterCancel() {
    let peer = Peer { line in
      while case let request = line.request(), !request.isEmpty {
        let isHanging = request.hasPrefix("GET /hang")
        line.say("HTTP/1.1 200 OK\r\nContent-Length: \(isHanging ? 5 : 0)\r\n\r\n")
      }
    }
    let plugin = plugin(peer)
    #expect(plugin.warm(peer.url) == vox_status(VOX_OK))
    plugin.wait { services.load.warming == 0 }
    for token in UInt64(7)...9 {
      _ = plugin.request(peer.url + "/hang", token: token)
      plugin.wait { !plugin.events(token).isEmpty }
      plugin.cancel(token: token)
      _ = plugin.request(peer.url, token: token + 10)
      #expect(plugin.end(token + 10) == .done)
      plugin.wait { peer.connections.load(ordering: .relaxed) == token - 4 && services.load.warming == 0 }
    }
    #expect(plugin.flags == Array(repeating: UInt16(VOX_HTTP_REUSED), count: 6))
  }

  /// Cancelling closes the stream: the peer sees the end of its connection, and the owner hears nothing more.
  @Test func cancel() {
    let isClosed = Atomic(false)
    let peer = Peer { line in
      _ = line.request()
      line.say("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nfirst")
      isClosed.store(line.isClosed(), ordering: .relaxed)
    }
    let plugin = plugin(peer)
    _ = plugin.request(peer.url)
    plugin.wait { plugin.events(7).count == 2 }
    #expect(plugin.cancel() == vox_status(VOX_OK))
    #expect(plugin.cancel() == vox_status(VOX_STALE))
    plugin.wait { isClosed.load(ordering: .relaxed) }
    #expect(plugin.events(7).count == 2)
    plugin.wait { services.load.requests == 0 }
  }

  /// With credit no more of the body comes than was asked for, and the peer is held back.
  @Test func credit() {
    let sent = Atomic(0)
    let peer = Peer { line in
      _ = line.request()
      line.say("HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n")
      let piece = [UInt8](repeating: 1, count: 100_000)
      for _ in 0..<200 where line.say(piece) { sent.add(piece.count, ordering: .relaxed) }
    }
    let plugin = plugin(peer)
    _ = plugin.request(peer.url, stallMs: 200, credit: 1000)
    plugin.wait { plugin.body(7).count == 1000 }
    var asked = 1000
    for _ in 0..<5 {
      plugin.read(20_000)
      asked += 20_000
      plugin.wait { plugin.body(7).count == asked }
    }
    // Kernel buffers on loopback take some megabytes; the rest waits at the peer.
    #expect(sent.load(ordering: .relaxed) < 15_000_000)
    #expect(plugin.events(7).allSatisfy { if case .body(let bytes) = $0 { bytes.count <= 16384 } else { true } })
    plugin.read(20_000_000)
    #expect(plugin.end(7) == .done)
    #expect(plugin.body(7).count == 20_000_000)
  }

  /// What the owner has no room for is kept and delivered later, in order.
  @Test func ownerIsFull() {
    let peer = Peer { line in
      _ = line.request()
      line.say("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + String(repeating: "0123456789", count: 30_000))
    }
    let plugin = plugin(peer)
    let full = vox_status(VOX_WOULD_BLOCK)
    plugin.refuse([full, full, vox_status(VOX_OK), full, vox_status(VOX_OK), full, full, full])
    _ = plugin.request(peer.url)
    #expect(plugin.end(7) == .done)
    #expect(plugin.body(7) == Array(String(repeating: "0123456789", count: 30_000).utf8))
  }

  /// An owner that is gone costs its request: the stream is closed.
  @Test func ownerIsGone() {
    let isClosed = Atomic(false)
    let peer = Peer { line in
      _ = line.request()
      line.say("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
      while line.say("more") {}
      isClosed.store(true, ordering: .relaxed)
    }
    let plugin = plugin(peer)
    _ = plugin.request(peer.url)
    plugin.wait { plugin.events(7).count > 1 }
    plugin.leave()
    plugin.wait { isClosed.load(ordering: .relaxed) }
    plugin.wait { services.load.requests == 0 }
    #expect(plugin.request(peer.url, token: 8) == vox_status(VOX_STALE))
  }

  /// A vendor that has not answered yet is let go soon after its owner's end, so that it stops working.
  @Test func ownerIsGoneBeforeTheAnswer() {
    let closedAt = Atomic<UInt64>(0)
    let peer = Peer { line in
      _ = line.request()
      if line.isClosed() { closedAt.store(SystemClock().now.ns, ordering: .releasing) }
    }
    let plugin = plugin(peer)
    _ = plugin.request(peer.url)
    plugin.wait { peer.connections.load(ordering: .relaxed) == 1 }
    let leftAt = SystemClock().now
    plugin.leave()
    plugin.wait { closedAt.load(ordering: .acquiring) != 0 }
    #expect(Instant(ns: closedAt.load(ordering: .acquiring)).ms(since: leftAt) < 2000)
    #expect(plugin.events(7).isEmpty)
  }

  /// A compressed body arrives plain, also where none was asked for; one that is no gzip fails.
  @Test(
    arguments: [(true, Plugin.Event.done), (false, .failed(.unavailable, "bad_encoding", .maybe))],
    [[], [("Accept", "text/event-stream")], [("Accept-Encoding", "identity")]])
  func gzip(_ answer: (isGood: Bool, end: Plugin.Event), headers: [(String, String)]) {
    let (isGood, end) = answer
    // "hello" by gzip -n.
    let hello: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 7, 0, 0x86, 0xA6, 0x10, 0x36, 5, 0, 0, 0]
    let asked = Mutex("")
    let peer = Peer { line in
      let request = line.request()
      asked.withLock { $0 = request }
      line.say("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(hello.count)\r\n\r\n")
      line.say(isGood ? hello : hello.map { $0 ^ 0x55 })
    }
    let plugin = plugin(peer)
    _ = plugin.request(peer.url, headers: headers)
    #expect(plugin.end(7) == end)
    #expect(plugin.body(7) == (isGood ? Array("hello".utf8) : []))
    let offered = asked.withLock { $0 }.split(separator: "\r\n").filter { $0.hasPrefix("Accept-Encoding:") }
    #expect(offered == [headers.isEmpty ? "Accept-Encoding: gzip, deflate" : "Accept-Encoding: identity"])
  }

  /// Whatever a peer says that is no answer ends as a classified failure.
  @Test(arguments: [
    ("", "connection_lost"), ("garbage\r\n\r\n", "protocol_error"), ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "truncated"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "connection_lost"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "truncated"),
    ("HTTP/1.1 307 Moved\r\nLocation: http://other.example/\r\nContent-Length: 0\r\n\r\n", "redirect"),
    ("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", "redirect"),
    ("HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: 40_000) + "\r\n\r\n", "protocol_error"),
    ("HTTP/1.1 200 OK\r\n" + String(repeating: "X: y\r\n", count: 200) + "\r\n", "protocol_error"),
  ])
  func badAnswers(answer: String, code: String) {
    let peer = Peer { line in
      _ = line.request()
      line.say(answer)
    }
    let plugin = plugin(peer)
    _ = plugin.request(peer.url)
    guard case .failed(let cls, let seen, _) = plugin.end(7) else { return _ = Issue.record("it did not fail: \(plugin.events(7))") }
    #expect(seen == code)
    #expect(cls == (code == "redirect" ? .invalid : .unavailable))
    plugin.wait { services.load.requests == 0 }
  }

  /// Each deadline ends a peer that is too slow, with its own code.
  @Test(arguments: ["first_byte_timeout", "stalled", "total_timeout"])
  func deadlines(code: String) {
    let peer = Peer { line in
      _ = line.request()
      if code != "first_byte_timeout" { line.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx") }
      while code == "total_timeout", line.say("y") { usleepBriefly() }
      _ = line.isClosed()
    }
    let plugin = plugin(peer)
    _ = plugin.request(
      peer.url, firstByteMs: code == "first_byte_timeout" ? 60 : 0, stallMs: code == "stalled" ? 60 : 0,
      totalMs: code == "total_timeout" ? 80 : 0)
    #expect(plugin.end(7) == .failed(.timeout, code, .maybe))
  }

  /// Nobody listens there: the request had no effect, so it may be tried elsewhere.
  @Test func nobodyThere() {
    var peer: Peer? = Peer { _ in }
    let url = peer?.url ?? ""
    peer = nil
    let plugin = Plugin(services, allowing: [url])
    plugin.wait {
      let token = UInt64(plugin.events(7).count + 10)
      _ = plugin.request(url, token: token)
      return plugin.end(token) == .failed(.unavailable, "connect_failed", .none)
    }
  }

  /// A host that nobody granted is refused by name, without a connection.
  @Test func notAllowed() {
    let peer = Peer { _ in }
    let plugin = Plugin(services, allowing: ["http://127.0.0.1:1"])
    #expect(plugin.request(peer.url) == vox_status(VOX_OK))
    #expect(plugin.end(7) == .failed(.invalid, "host_not_allowed", .none))
    #expect(peer.connections.load(ordering: .relaxed) == 0)
  }

  /// What breaks the contract is refused at once.
  @Test(arguments: [
    ("nonsense", "GET", "X", "y"), ("ftp://127.0.0.1/", "GET", "X", "y"), ("http://u:p@127.0.0.1/", "GET", "X", "y"),
    ("http://127.0.0.1/ x", "GET", "X", "y"), ("http://127.0.0.1/", "G T", "X", "y"), ("http://127.0.0.1/", "GET", "X:", "y"),
    ("http://127.0.0.1/", "GET", "X", "y\r\nZ: 1"), ("http://127.0.0.1/", "GET", "Host", "y"),
    ("http://127.0.0.1/", "GET", "content-length", "1"),
  ])
  func malformed(url: String, method: String, name: String, value: String) {
    let plugin = Plugin(services, allowing: ["http://127.0.0.1"])
    #expect(plugin.request(url, method: method, headers: [(name, value)]) == vox_status(VOX_INVALID))
    plugin.wait { services.load.requests == 0 }
  }

  /// A token names one request at a time, and an owner has 64 of them at most.
  @Test func tokens() {
    let peer = Peer { line in
      _ =
        line.isClosed() || line.isClosed()
        || {
          while !line.request().isEmpty {}; return true
        }()
    }
    let plugin = plugin(peer)
    #expect(plugin.request(peer.url, token: 1) == vox_status(VOX_OK))
    #expect(plugin.request(peer.url, token: 1) == vox_status(VOX_INVALID))
    for token in 2...64 { #expect(plugin.request(peer.url, token: UInt64(token)) == vox_status(VOX_OK)) }
    #expect(plugin.request(peer.url, token: 65) == vox_status(VOX_WOULD_BLOCK))
    #expect(plugin.request(peer.url, token: 1, owner: 3) == vox_status(VOX_OK))
    services.retire(plugin.client)
    plugin.wait { services.load.requests == 0 }
  }

  /// The proxy that the operator named carries the request.
  @Test func proxy() {
    let asked = Mutex("")
    let proxy = Peer { line in
      let request = line.request()
      asked.withLock { $0 = request }
      line.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    }
    let plugin = Plugin(services, proxy: proxy.url, allowing: ["http://vendor.example"])
    _ = plugin.request("http://vendor.example/x")
    #expect(plugin.end(7) == .done)
    #expect(asked.withLock { $0 }.hasPrefix("GET http://vendor.example/x HTTP/1.1\r\n"))
  }
}
