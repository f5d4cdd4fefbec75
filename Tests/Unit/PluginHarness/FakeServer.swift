// The services `vox.http_server` and `vox.socket` for plugin tests: routes answer, sockets carry messages, nothing leaves the process.

import Foundation
import PluginABI
import Vox

/// Routes that a plugin made, requests a test makes, and the sockets that come of them.
public final class FakeServer: @unchecked Sendable {
  public struct Response: Sendable {
    public let status: Int
    public let headers: [String: String]
    public let body: [UInt8]
    public var text: String { String(decoding: body, as: UTF8.self) }
  }

  unowned var host: FakeHost!
  private let lock = NSLock()
  private var routes: [(method: String, path: String, token: UInt64, account: vox_handle, isSocket: Bool, isControl: Bool)] = []
  private var responses: [vox_handle: Response] = [:]
  private var accepted: [vox_handle: FakeSocket] = [:]
  private var sockets: [FakeSocket] = []
  private let http = UnsafeMutablePointer<vox_http_server_v0>.allocate(capacity: 1)
  private let socket = UnsafeMutablePointer<vox_socket_v0>.allocate(capacity: 1)

  init() {
    let ctx = Unmanaged.passUnretained(self).toOpaque()
    http.initialize(
      to: vox_http_server_v0(
        struct_size: UInt32(MemoryLayout<vox_http_server_v0>.size), zero: 0, ctx: ctx,
        route: { FakeServer.at($0).route($1, $2.pointee) }, respond: { FakeServer.at($0).respond($1, $2.pointee) },
        accept: { FakeServer.at($0).accept($1, owner: $2, token: $3) }))
    socket.initialize(
      to: vox_socket_v0(
        struct_size: UInt32(MemoryLayout<vox_socket_v0>.size), zero: 0, ctx: ctx,
        send: { FakeServer.at($0).send($1, $2, how: $3, $4.pointee) },
        close: { FakeServer.at($0).close($1, $2, code: $3, reason: $4.pointee.string) },
        adopt: { FakeServer.at($0).adopt($1, $2, by: $3) }))
  }

  deinit {
    http.deallocate()
    socket.deallocate()
  }

  private static func at(_ ctx: UnsafeMutableRawPointer?) -> FakeServer {
    guard let ctx else { preconditionFailure("the plugin did not hand back the service's ctx") }
    return Unmanaged<FakeServer>.fromOpaque(ctx).takeUnretainedValue()
  }

  func table(_ id: String) -> UnsafeRawPointer? {
    switch id {
    case VOX_SERVICE_HTTP_SERVER: UnsafeRawPointer(http)
    case VOX_SERVICE_SOCKET: UnsafeRawPointer(socket)
    default: nil
    }
  }

  // MARK: what a test does

  /// The paths the plugin serves.
  public var paths: [String] { lock.withLock { routes.map(\.path) } }
  /// Those that only the host's own commands reach.
  public var controlPaths: [String] { lock.withLock { routes.filter(\.isControl).map(\.path) } }

  /// Makes a request and waits for its answer; nil when no route matches or none came.
  public func request(_ method: String, _ path: String, headers: [String: String] = [:], body: String = "") -> Response? {
    guard let request = deliver(method, path, headers: headers, body: body, isSocket: false) else { return nil }
    var found: Response?
    _ = host.wait { _ in
      found = lock.withLock { responses[request] }
      return found != nil
    }
    return found
  }

  /// Opens a WebSocket; nil when the plugin did not accept it.
  public func connect(_ path: String, headers: [String: String] = [:]) -> FakeSocket? {
    guard let request = deliver("GET", path, headers: headers, body: "", isSocket: true),
      let socket = lock.withLock({ accepted[request] })
    else { return nil }
    socket.deliver(.socketOpen, [])
    return socket
  }

  private func deliver(_ method: String, _ path: String, headers: [String: String], body: String, isSocket: Bool) -> vox_handle? {
    let matching = lock.withLock { routes.first { $0.path == path && $0.isSocket == isSocket && (isSocket || $0.method == method) } }
    guard let matching else { return nil }
    let request = host.handle()
    withView(method) { method in
      withView("http://127.0.0.1" + path) { url in
        withView(body) { body in
          withPairs(headers) { pairs in
            var event = vox_ev_route()
            event.h = Layout.head(vox_ev_route.self, .routeRequest, target: matching.account)
            event.token = matching.token
            event.request = request
            event.flags = isSocket ? UInt32(VOX_ROUTE_SOCKET) : 0
            event.nheaders = UInt32(pairs.count)
            event.method = method
            event.url = url
            event.body = body
            event.headers = pairs.baseAddress
            withUnsafePointer(to: event) { $0.withMemoryRebound(to: vox_event.self, capacity: 1) { host.deliver($0) } }
          }
        }
      }
    }
    return request
  }

  // MARK: the tables

  private func route(_ account: vox_handle, _ route: vox_route) -> vox_status {
    lock.withLock {
      routes.append(
        (
          route.method.string, route.path.string, route.token, account, route.flags & UInt32(VOX_ROUTE_SOCKET) != 0,
          route.flags & UInt32(VOX_ROUTE_CONTROL) != 0
        ))
    }
    return vox_status(VOX_OK)
  }

  private func respond(_ request: vox_handle, _ response: vox_response) -> vox_status {
    var headers: [String: String] = [:]
    for i in 0..<Int(response.nheaders) {
      guard let pair = response.headers?[i] else { break }
      headers[pair.name.string.lowercased()] = pair.value.string
    }
    let answer = Response(status: Int(response.status), headers: headers, body: Array(response.body.bytes))
    lock.withLock { responses[request] = answer }
    host.wakeUp()
    return vox_status(VOX_OK)
  }

  private func accept(_ request: vox_handle, owner: vox_handle, token: UInt64) -> vox_status {
    let socket = FakeSocket(host: host, owner: owner, token: token)
    lock.withLock {
      accepted[request] = socket
      sockets.append(socket)
    }
    return vox_status(VOX_OK)
  }

  private func find(_ owner: vox_handle, _ token: UInt64) -> FakeSocket? {
    lock.withLock { sockets.first { $0.owner == owner && $0.token == token && !$0.isClosed } }
  }

  private func send(_ owner: vox_handle, _ token: UInt64, how: UInt32, _ data: vox_view) -> vox_status {
    guard let socket = find(owner, token) else { return vox_status(VOX_STALE) }
    return socket.take(how: how, Array(data.bytes))
  }

  private func close(_ owner: vox_handle, _ token: UInt64, code: UInt32, reason: String) -> vox_status {
    guard let socket = find(owner, token) else { return vox_status(VOX_STALE) }
    socket.closed(code: Int(code), reason: reason)
    return vox_status(VOX_OK)
  }

  private func adopt(_ owner: vox_handle, _ token: UInt64, by newOwner: vox_handle) -> vox_status {
    guard let socket = find(owner, token) else { return vox_status(VOX_STALE) }
    socket.move(to: newOwner)
    return vox_status(VOX_OK)
  }
}
