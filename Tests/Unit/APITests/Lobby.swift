// A plugin with routes and sockets, linked into the tests.

import Loader
import PluginABI
import PluginKit
import Synchronization
import Vox

/// What it serves stands in its settings: `{"key", "routes": [{"path", "method", "socket", "control", "max_body", "timeout_ms"}]}`.
/// Pages answer what they were asked; the path's last part chooses what else happens.
final class Lobby {
  static let manifest = """
    {"id": "lobby", "version": "1", "routes": true, "roles": {"vox.tool/0": {}},
     "settings": {"type": "object", "properties": {"key": {"type": "string"}, "routes": {"type": "array"}}}}
    """

  static func library() throws -> Library { try Library.adopt(LobbyTable.entry, path: "lobby") }

  /// Accounts by the `key` of their settings, for tests that act as the plugin would on a thread of its own.
  private static let accounts = Mutex<[String: LobbyAccount]>([:])
  static func account(_ key: String) -> LobbyAccount? { accounts.withLock { $0[key] } }

  let host: Host
  private let settings: JSONValue

  init(_ host: Host, _ settings: JSONValue) {
    self.host = host
    self.settings = settings
  }

  func open(_ port: AccountPort) throws -> LobbyAccount {
    let account = try LobbyAccount(port, settings)
    Self.accounts.withLock { $0[settings["key"]?.string ?? ""] = account }
    return account
  }
}

final class LobbyAccount: @unchecked Sendable {
  struct State {
    /// Whether each route was granted.
    var granted: [String: Bool] = [:]
    var events: [SocketEvent] = []
    var requests: [RouteRequest] = []
    var session: LobbySession?
    var timers = 0
  }

  let port: AccountPort
  let server: HTTPServer
  let sockets: Sockets
  let state = Mutex(State())

  init(_ port: AccountPort, _ settings: JSONValue) throws {
    self.port = port
    guard let server = HTTPServer(port.host), let sockets = Sockets(port.host) else {
      throw ProviderError(.unavailable, "no server")
    }
    self.server = server
    self.sockets = sockets
    for (token, route) in (settings["routes"]?.array ?? []).enumerated() {
      let path = route["path"]?.string ?? ""
      let isGranted = server.route(
        port, method: route["method"]?.string ?? "GET", path: path, socket: route["socket"]?.bool ?? false,
        control: route["control"]?.bool ?? false, maxBody: route["max_body"]?.int ?? 0, timeoutMs: route["timeout_ms"]?.int ?? 0,
        token: UInt64(token))
      state.withLock { $0.granted[path] = isGranted }
    }
    port.ready()
  }

  func open(_ port: SessionPort) -> LobbySession {
    let session = LobbySession(port, sockets)
    state.withLock { $0.session = session }
    port.ready()
    return session
  }

  func request(_ request: RouteRequest) {
    state.withLock { $0.requests.append(request) }
    if request.url.hasSuffix("/silent") { return }
    if request.url.hasSuffix("/refuse") { return request.respond(status: 403, headers: [("x-why", "closed")], body: Array("no".utf8)) }
    if request.isSocket {
      request.accept(port, token: request.token)
      return
    }
    let seen = request.headers.first { $0.name == "x-test" }?.value ?? ""
    request.respond(
      status: 200, headers: [("content-type", "text/plain"), ("x-seen", seen), ("connection", "upgrade")],
      body: Array("\(request.method) \(request.url) ".utf8) + request.body)
  }

  /// Sends back what it gets; a text beginning with `!` is an order.
  func socket(_ event: SocketEvent) {
    state.withLock { $0.events.append(event) }
    switch event.what {
    case .text("!close"): sockets.close(port.handle, event.token, code: 4001, reason: "as you wish")
    case .text("!adopt"):
      guard let session = state.withLock({ $0.session }) else { return }
      sockets.adopt(port.handle, event.token, by: session.port.handle)
    case .text(let text): sockets.send(port.handle, event.token, text: text)
    case .binary(let bytes): _ = bytes.withUnsafeBytes { sockets.send(port.handle, event.token, binary: $0) }
    case .open, .closed: break
    }
  }

  func timer() { state.withLock { $0.timers += 1 } }

  func close() { state.withLock { $0.session = nil } }
}

/// Sends back what it gets with `session:` before it.
final class LobbySession: @unchecked Sendable {
  let port: SessionPort
  private let sockets: Sockets
  let events = Mutex<[SocketEvent]>([])
  let resumes = Mutex(0)

  init(_ port: SessionPort, _ sockets: Sockets) {
    self.port = port
    self.sockets = sockets
  }

  func resume() { resumes.withLock { $0 += 1 } }

  func socket(_ event: SocketEvent) {
    events.withLock { $0.append(event) }
    if case .text(let text) = event.what { sockets.send(port.handle, event.token, text: "session:" + text) }
    if case .binary(let bytes) = event.what { _ = bytes.withUnsafeBytes { sockets.send(port.handle, event.token, binary: $0) } }
  }
}
