// The C tables of the services for one provider, with its identity behind them.

public import PluginABI
import Vox
import WebSocket

/// Constant tables that live as long as the process, because a plugin's thread may call at any time.
public final class ServiceTables: @unchecked Sendable {
  let client: ServiceClient
  let services: Services
  private let httpTable = UnsafeMutablePointer<vox_http_v0>.allocate(capacity: 1)
  private let webSocketTable = UnsafeMutablePointer<vox_websocket_v0>.allocate(capacity: 1)
  private let socketTable = UnsafeMutablePointer<vox_socket_v0>.allocate(capacity: 1)
  private let stateTable = UnsafeMutablePointer<vox_state_v0>.allocate(capacity: 1)
  /// Where sockets live that came in; asked when a name is not among those that went out.
  private var incoming: UnsafePointer<vox_socket_v0>?

  public var http: UnsafePointer<vox_http_v0> { UnsafePointer(httpTable) }
  public var webSocket: UnsafePointer<vox_websocket_v0> { UnsafePointer(webSocketTable) }
  public var state: UnsafePointer<vox_state_v0> { UnsafePointer(stateTable) }

  /// `vox.socket/0` for the sockets this provider opened and for those that came in.
  ///
  /// - Parameter incoming: the table of the HTTP server's sockets; nil when the provider serves no routes. The first call decides.
  public func socket(incoming: UnsafePointer<vox_socket_v0>?) -> UnsafePointer<vox_socket_v0> {
    if self.incoming == nil { self.incoming = incoming }
    return UnsafePointer(socketTable)
  }

  init(_ client: ServiceClient, _ services: Services) {
    self.client = client
    self.services = services
    let me = Unmanaged.passUnretained(self).toOpaque()
    httpTable.initialize(
      to: vox_http_v0(
        struct_size: UInt32(MemoryLayout<vox_http_v0>.size), zero: 0, ctx: me, request: Self.request, read: Self.read,
        cancel: Self.cancel, warm: Self.warm))
    webSocketTable.initialize(
      to: vox_websocket_v0(struct_size: UInt32(MemoryLayout<vox_websocket_v0>.size), zero: 0, ctx: me, connect: Self.connect))
    socketTable.initialize(
      to: vox_socket_v0(
        struct_size: UInt32(MemoryLayout<vox_socket_v0>.size), zero: 0, ctx: me, send: Self.send, close: Self.close, adopt: Self.adopt))
    stateTable.initialize(
      to: vox_state_v0(
        struct_size: UInt32(MemoryLayout<vox_state_v0>.size), zero: 0, ctx: me, get: Self.get, put: Self.put, lease: Self.lease,
        release: Self.release))
  }

  private static func at(_ ctx: UnsafeMutableRawPointer?, _ body: (ServiceTables) -> vox_status) -> vox_status {
    guard let ctx else { return vox_status(VOX_INVALID) }
    return Unmanaged<ServiceTables>.fromOpaque(ctx)._withUnsafeGuaranteedRef(body)
  }

  // MARK: vox.http/0

  private static let request: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UInt64, UnsafePointer<vox_http_request>) -> vox_status =
    {
      ctx, owner, token, request in at(ctx) { $0.services.http.request($0.client, owner, token, request.pointee) }
    }

  private static let read: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UInt64, UInt32) -> vox_status = {
    ctx, owner, token, bytes in at(ctx) { $0.services.http.read($0.client, owner, token, Int(bytes)) }
  }

  private static let cancel: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UInt64) -> vox_status = { ctx, owner, token in
    at(ctx) { $0.services.http.cancel($0.client, owner, token) }
  }

  private static let warm: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<vox_view>, UInt32) -> vox_status = { ctx, url, count in
    at(ctx) { $0.services.http.warm($0.client, url.pointee.string, connections: Int(count)) }
  }

  // MARK: vox.websocket/0 and vox.socket/0

  private static let connect:
    @convention(c) (UnsafeMutableRawPointer?, vox_handle, UInt64, UnsafePointer<vox_websocket_request>) -> vox_status = {
      ctx, owner, token, request in at(ctx) { $0.services.sockets.connect($0.client, owner, token, request.pointee) }
    }

  private static let send: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UInt64, UInt32, UnsafePointer<vox_view>) -> vox_status = {
    ctx, owner, token, binary, data in
    at(ctx) { tables in
      let status = tables.services.sockets.send(tables.client, owner, token, binary != 0 ? .binary : .text, data.pointee)
      guard status == vox_status(VOX_STALE), let incoming = tables.incoming?.pointee else { return status }
      return incoming.send?(incoming.ctx, owner, token, binary, data) ?? status
    }
  }

  private static let close: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UInt64, UInt32, UnsafePointer<vox_view>) -> vox_status = {
    ctx, owner, token, code, reason in
    at(ctx) { tables in
      let status = tables.services.sockets.close(tables.client, owner, token, code: Int(code), reason: reason.pointee)
      guard status == vox_status(VOX_STALE), let incoming = tables.incoming?.pointee else { return status }
      return incoming.close?(incoming.ctx, owner, token, code, reason) ?? status
    }
  }

  private static let adopt: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UInt64, vox_handle) -> vox_status = {
    ctx, owner, token, newOwner in
    at(ctx) { tables in
      guard tables.client.owns(newOwner) else { return vox_status(VOX_INVALID) }
      let status = tables.services.sockets.adopt(tables.client, owner, token, by: newOwner)
      guard status == vox_status(VOX_STALE), let incoming = tables.incoming?.pointee else { return status }
      return incoming.adopt?(incoming.ctx, owner, token, newOwner) ?? status
    }
  }

  // MARK: vox.state/0

  private static let get: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UInt64, UnsafePointer<vox_view>) -> vox_status = {
    ctx, account, token, key in at(ctx) { $0.services.state.get($0.client, account, token, key.pointee) }
  }

  private static let put:
    @convention(c) (
      UnsafeMutableRawPointer?, vox_handle, UInt64, UnsafePointer<vox_view>, UnsafePointer<vox_view>, UInt64
    ) -> vox_status = { ctx, account, token, key, value, expected in
      at(ctx) { $0.services.state.put($0.client, account, token, key.pointee, value.pointee, expected: expected) }
    }

  private static let lease: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UnsafePointer<vox_view>, UInt32) -> vox_status = {
    ctx, account, name, ttlMs in at(ctx) { $0.services.state.lease($0.client, account, name.pointee, ttlMs: Int(ttlMs)) }
  }

  private static let release: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UnsafePointer<vox_view>) -> vox_status = {
    ctx, account, name in at(ctx) { $0.services.state.release($0.client, account, name.pointee) }
  }
}
