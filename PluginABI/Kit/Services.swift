// Optional services of the host: routes on its HTTP server and the WebSockets that come in there.

public import PluginABI
import Vox

/// Routes of an account on the host's HTTP server (`vox.http_server/0`).
public struct HTTPServer: @unchecked Sendable {
  private let host: Host
  private let table: UnsafePointer<vox_http_server_v0>

  /// Nil when this host serves no routes. [provider]
  public init?(_ host: Host) {
    guard let table = host.service(VOX_SERVICE_HTTP_SERVER, as: vox_http_server_v0.self) else { return nil }
    self.host = host
    self.table = table
  }

  /// Serves `path` for the account until it closes. False when the path is taken, malformed or not granted (the log says which).
  /// - Parameter control: only for the host's own commands on this machine, never for the network.
  public func route(
    _ account: AccountPort, method: String = "GET", path: String, socket: Bool = false, control: Bool = false, maxBody: Int = 0,
    timeoutMs: Int = 0, token: UInt64
  ) -> Bool {
    let flags = (socket ? VOX_ROUTE_SOCKET : 0) | (control ? VOX_ROUTE_CONTROL : 0)
    return withView(method) { method in
      withView(path) { path in
        var route = vox_route(
          struct_size: UInt32(MemoryLayout<vox_route>.size), flags: UInt32(flags), method: method, path: path,
          max_body: UInt32(clamping: maxBody), timeout_ms: UInt32(clamping: timeoutMs), token: token)
        return host.reach(or: false) { _ in
          table.pointee.route?(table.pointee.ctx, account.handle, &route) == vox_status(VOX_OK)
        }
      }
    }
  }

  func respond(_ request: vox_handle, status: Int, headers: [(String, String)], body: UnsafeBufferPointer<UInt8>) {
    // Header texts are laid end to end in one buffer, so that all views are lent at once.
    var texts: [UInt8] = []
    for (name, value) in headers { texts += Array(name.utf8) + Array(value.utf8) }
    texts.withUnsafeBufferPointer { texts in
      var at = 0
      func take(_ s: String) -> vox_view {
        defer { at += s.utf8.count }
        return vox_view(ptr: texts.baseAddress.map { $0 + at }, len: UInt64(s.utf8.count))
      }
      let pairs = headers.map { vox_pair(name: take($0.0), value: take($0.1)) }
      pairs.withUnsafeBufferPointer { pairs in
        var response = vox_response(
          struct_size: UInt32(MemoryLayout<vox_response>.size), status: UInt32(clamping: status),
          nheaders: UInt32(pairs.count), zero: 0, headers: pairs.baseAddress,
          body: vox_view(ptr: body.baseAddress, len: UInt64(body.count)))
        host.reach(or: ()) { _ in _ = table.pointee.respond?(table.pointee.ctx, request, &response) }
      }
    }
  }

  func accept(_ request: vox_handle, owner: vox_handle, token: UInt64) -> Bool {
    host.reach(or: false) { _ in table.pointee.accept?(table.pointee.ctx, request, owner, token) == vox_status(VOX_OK) }
  }
}

/// A request on one of an account's routes. Answer it once, from any thread.
public struct RouteRequest: Sendable {
  /// The token of the route.
  public let token: UInt64
  public let method: String
  /// The public URL as the peer asked for it, query included.
  public let url: String
  public let headers: [(name: String, value: String)]
  public let body: [UInt8]
  /// The peer asks for a WebSocket.
  public let isSocket: Bool
  private let handle: vox_handle
  private let server: HTTPServer?

  init(_ host: Host, _ e: vox_ev_route) {
    token = e.token
    method = e.method.string
    url = e.url.string
    body = Array(e.body.bytes)
    isSocket = e.flags & UInt32(VOX_ROUTE_SOCKET) != 0
    handle = e.request
    server = HTTPServer(host)
    headers = (0..<Int(e.nheaders)).compactMap { i in
      e.headers.map { (name: $0[i].name.string, value: $0[i].value.string) }
    }
  }

  public func respond(status: Int, headers: [(String, String)] = [], body: [UInt8] = []) {
    body.withUnsafeBufferPointer { server?.respond(handle, status: status, headers: headers, body: $0) }
  }

  /// Accepts the WebSocket for the account; its events carry `token`.
  @discardableResult
  public func accept(_ account: AccountPort, token: UInt64) -> Bool {
    server?.accept(handle, owner: account.handle, token: token) ?? false
  }
}

/// What happened on a WebSocket.
public struct SocketEvent: Sendable {
  public enum What: Sendable {
    case open
    case text(String)
    case binary([UInt8])
    /// A close code of RFC 6455 and its reason; the last event.
    case closed(code: Int, reason: String)
  }

  public let token: UInt64
  public let what: What
  /// The answer to the handshake, with `.open` of a socket that the plugin opened itself.
  public let head: HTTPHead?

  init(opened e: vox_ev_http_head) {
    token = e.token
    what = .open
    head = HTTPHead(e)
  }

  init(_ e: vox_ev_socket) {
    token = e.token
    head = nil
    switch EventKind(rawValue: e.h.kind) {
    case .socketOpen: what = .open
    case .socketText: what = .text(e.data.string)
    case .socketBinary: what = .binary(Array(e.data.bytes))
    default: what = .closed(code: Int(e.code), reason: e.data.string)
    }
  }
}

/// Open WebSockets (`vox.socket/0`), named by their owner and token. Callable from any thread.
public struct Sockets: @unchecked Sendable {
  private let host: Host
  private let table: UnsafePointer<vox_socket_v0>

  /// Nil when this host has no sockets. [provider]
  public init?(_ host: Host) {
    guard let table = host.service(VOX_SERVICE_SOCKET, as: vox_socket_v0.self) else { return nil }
    self.host = host
    self.table = table
  }

  /// - Parameter mayWait: nobody waits for it yet: it may leave 10 ms later, together with others.
  @discardableResult
  public func send(_ owner: vox_handle, _ token: UInt64, text: String, mayWait: Bool = false) -> PushResult {
    withView(text) { send(owner, token, mayWait ? VOX_SOCKET_MAY_WAIT : 0, $0) }
  }

  /// - Parameter mayWait: as above.
  @discardableResult
  public func send(_ owner: vox_handle, _ token: UInt64, binary: UnsafeRawBufferPointer, mayWait: Bool = false) -> PushResult {
    let data = vox_view(ptr: binary.baseAddress?.assumingMemoryBound(to: UInt8.self), len: UInt64(binary.count))
    return send(owner, token, VOX_SOCKET_BINARY | (mayWait ? VOX_SOCKET_MAY_WAIT : 0), data)
  }

  private func send(_ owner: vox_handle, _ token: UInt64, _ how: Int, _ data: vox_view) -> PushResult {
    host.reach(or: .stale) { _ in
      withUnsafePointer(to: data) { data in
        PushResult(rawValue: table.pointee.send?(table.pointee.ctx, owner, token, UInt32(how), data) ?? vox_status(VOX_INVALID)) ?? .invalid
      }
    }
  }

  public func close(_ owner: vox_handle, _ token: UInt64, code: Int, reason: String = "") {
    withView(reason) { view in
      var view = view
      host.reach(or: ()) { _ in _ = table.pointee.close?(table.pointee.ctx, owner, token, UInt32(clamping: code), &view) }
    }
  }

  /// Moves a socket, e.g. from the account it came in on to the session it is the media of. False when either is gone, and while what a
  /// session has sent is still on its way.
  @discardableResult
  public func adopt(_ owner: vox_handle, _ token: UInt64, by newOwner: vox_handle) -> Bool {
    host.reach(or: false) { _ in table.pointee.adopt?(table.pointee.ctx, owner, token, newOwner) == vox_status(VOX_OK) }
  }
}
