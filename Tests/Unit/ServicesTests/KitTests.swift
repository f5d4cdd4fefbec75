// The kit's clients over the real services: what a plugin writes is what is asked, and what comes is what it hears.

import Base
import CommonHarness
import Glibc
import PluginABI
import Synchronization
import Testing
import Vox

@testable import PluginKit
@testable import Services

/// A host whose service function answers real tables, and a session that keeps what it hears.
private final class KitHost: @unchecked Sendable {
  let host: Host
  let heard = Mutex<[String]>([])
  private let table = UnsafeMutablePointer<vox_host_v0>.allocate(capacity: 1)
  private var tables: ServiceTables?

  init(_ services: Services, allowing url: String) {
    table.initialize(to: vox_host_v0())
    table.pointee.struct_size = UInt32(MemoryLayout<vox_host_v0>.size)
    host = Host(table)
    let client = ServiceClient(
      name: "kit", account: 1, reach: Reach(manifest: [], operator: [url]),
      ports: ServiceClient.Ports(
        deliver: { [weak self] in self?.hear($0) ?? vox_status(VOX_STALE) }, owns: { _ in true }, settle: { $0() }, log: { _, _ in }))
    tables = services.tables(for: client)
    table.pointee.ctx = Unmanaged.passUnretained(self).toOpaque()
    table.pointee.service = { ctx, id in
      guard let ctx, let tables = Unmanaged<KitHost>.fromOpaque(ctx).takeUnretainedValue().tables else { return nil }
      switch id.pointee.string {
      case VOX_SERVICE_HTTP: return UnsafeRawPointer(tables.http)
      case VOX_SERVICE_WEBSOCKET: return UnsafeRawPointer(tables.webSocket)
      case VOX_SERVICE_SOCKET: return UnsafeRawPointer(tables.socket(incoming: nil))
      case VOX_SERVICE_STATE: return UnsafeRawPointer(tables.state)
      default: return nil
      }
    }
  }

  private func hear(_ e: UnsafePointer<vox_event>) -> vox_status {
    let line: String
    if let http = HTTPEvent(e) {
      line =
        switch http.what {
        case .head(let head): "head \(head.status) \(head.headers["X-A"] ?? "-") \(head.error("no").code)"
        case .body(let bytes): "body \(String(decoding: bytes, as: UTF8.self))"
        case .done: "done"
        case .failed(let error): "failed \(error.code)"
        }
    } else if let state = StateEvent(e) {
      line = "state \(state.token) \(state.key) \(state.what)"
    } else if EventKind(rawValue: e.pointee.kind) == .webSocketOpen, let head = e.whole(vox_ev_http_head.self) {
      line = "open \(SocketEvent(opened: head).head?.headers["x-a"] ?? "-")"
    } else if EventKind(rawValue: e.pointee.kind) == .webSocketRefused, let refused = e.whole(vox_ev_websocket_refused.self) {
      let refusal = WebSocketRefusal(refused)
      line = "refused \(refusal.status) \(refusal.error.cls) \(String(decoding: refusal.body, as: UTF8.self))"
    } else if let socket = e.whole(vox_ev_socket.self) {
      line = "socket \(SocketEvent(socket).what)"
    } else {
      return vox_status(VOX_UNSUPPORTED)
    }
    heard.withLock { $0.append(line) }
    return vox_status(VOX_OK)
  }

  /// What was heard once there are so many lines; fewer are an issue of the test.
  func wait(_ count: Int) -> [String] {
    var patience = Patience()
    while heard.withLock({ $0.count }) < count {
      guard patience.waits() else {
        Issue.record("only \(heard.withLock { $0 }) came in time, not \(count) of them")
        break
      }
    }
    return heard.withLock { $0 }
  }
}

struct KitTests {
  let services: Services
  init() throws { services = try Services.make() }

  /// A request by the kit: head, pieces, end; and a status that is classified.
  @Test func http() throws {
    let peer = Peer { line in
      let isPost = line.request().hasPrefix("POST /v1 ")
      line.say("HTTP/1.1 \(isPost ? 429 : 200) X\r\nX-A: b\r\nContent-Length: 2\r\n\r\nok")
    }
    let kit = KitHost(services, allowing: peer.url)
    let client = try #require(HTTPClient(kit.host))
    let exchange = try client.request(
      2, "POST", peer.url + "/v1", headers: [Header("X-Key", "k")], body: Array("{}".utf8), deadlines: .init(totalMs: 5000), credit: 1)
    #expect(kit.wait(2) == ["head 429 b http_429", "body o"])
    exchange.read(10)
    #expect(kit.wait(4).suffix(2) == ["body k", "done"])
    #expect(throws: ProviderError.self) { try client.request(2, "GET", "nonsense") }
  }

  /// A socket by the kit: open, echo, close; and one that is refused.
  @Test func webSocket() throws {
    let peer = Peer { line in ServerEnd(line, extra: "X-A: b\r\n").echo() }
    let kit = KitHost(services, allowing: peer.url)
    let client = try #require(WebSocketClient(kit.host))
    let socket = try #require(client.connect(2, peer.socketURL, headers: [Header("A", "b")]))
    #expect(socket.send("hi") == .ok)
    #expect(kit.wait(2) == ["open b", "socket text(\"hi\")"])
    let moved = try #require(socket.adopted(by: 3))
    moved.close(code: 1000)
    #expect(kit.wait(3).last == "socket closed(code: 1000, reason: \"\")")
    let other = Peer { line in
      _ = line.request()
      line.say("HTTP/1.1 401 X\r\nContent-Length: 2\r\n\r\nno")
    }
    let second = KitHost(services, allowing: other.url)
    _ = WebSocketClient(second.host)?.connect(2, other.socketURL)
    #expect(second.wait(1) == ["refused 401 auth no"])
  }

  /// An item and a lease by the kit.
  @Test func state() throws {
    let kit = KitHost(services, allowing: "https://x.example")
    var conf = vox_account_conf()
    conf.struct_size = UInt32(MemoryLayout<vox_account_conf>.size)
    let store = try #require(StateStore(try AccountPort(host: kit.host, handle: 1, conf: conf)))
    #expect(store.put("a", [1], expected: .absent, token: 1))
    #expect(store.put("a", [2], expected: .absent, token: 2))
    #expect(store.get("a", token: 3))
    #expect(store.lease("one", ttlMs: 5000))
    #expect(
      kit.wait(4) == [
        "state 1 a stored(version: 1)", "state 2 a conflict(version: 1, [1])", "state 3 a item(version: 1, [1])", "state 0 one held",
      ])
  }
}
