// A provider as a client of the host's HTTP server: the two C tables it calls, with its identity behind them.

import Loader
import PluginABI
import Vox
import WebSocket

/// One per provider that asked for a service; it lives as long as the process, because a plugin's thread may call at any time.
final class PluginClient: @unchecked Sendable {
  let provider: Provider
  private let table: RouteTable
  let http = UnsafeMutablePointer<vox_http_server_v0>.allocate(capacity: 1)
  let socket = UnsafeMutablePointer<vox_socket_v0>.allocate(capacity: 1)

  /// Names this client among the sockets.
  var id: UInt { UInt(bitPattern: ObjectIdentifier(self)) }

  init(_ provider: Provider, _ table: RouteTable) {
    self.provider = provider
    self.table = table
    let ctx = Unmanaged.passUnretained(self).toOpaque()
    http.initialize(
      to: vox_http_server_v0(
        struct_size: UInt32(MemoryLayout<vox_http_server_v0>.size), zero: 0, ctx: ctx, route: Self.route, respond: Self.respond,
        accept: Self.accept))
    socket.initialize(
      to: vox_socket_v0(
        struct_size: UInt32(MemoryLayout<vox_socket_v0>.size), zero: 0, ctx: ctx, send: Self.send, close: Self.close,
        adopt: Self.adopt))
  }

  private static func at(_ ctx: UnsafeMutableRawPointer) -> PluginClient {
    Unmanaged<PluginClient>.fromOpaque(ctx).takeUnretainedValue()
  }

  // MARK: vox.http_server/0

  private static let route: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UnsafePointer<vox_route>) -> vox_status = {
    ctx, account, route in
    guard let ctx else { return vox_status(VOX_INVALID) }
    let client = at(ctx)
    return client.table.route(client, account, route.pointee)
  }

  private static let respond: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UnsafePointer<vox_response>) -> vox_status = {
    ctx, request, response in
    guard let ctx else { return vox_status(VOX_INVALID) }
    let client = at(ctx)
    return client.table.respond(client, request, response.pointee)
  }

  private static let accept: @convention(c) (UnsafeMutableRawPointer?, vox_handle, vox_handle, UInt64) -> vox_status = {
    ctx, request, owner, token in
    guard let ctx else { return vox_status(VOX_INVALID) }
    let client = at(ctx)
    return client.table.accept(client, request, owner: owner, token: token)
  }

  // MARK: vox.socket/0

  private static let send: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UInt64, UInt32, UnsafePointer<vox_view>) -> vox_status = {
    ctx, owner, token, how, data in
    guard let ctx else { return vox_status(VOX_INVALID) }
    return Unmanaged<PluginClient>.fromOpaque(ctx)._withUnsafeGuaranteedRef {
      $0.table.sockets.send(
        $0.id, owner, token, how & UInt32(VOX_SOCKET_BINARY) != 0 ? .binary : .text, data.pointee,
        mayWait: how & UInt32(VOX_SOCKET_MAY_WAIT) != 0)
    }
  }

  private static let close: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UInt64, UInt32, UnsafePointer<vox_view>) -> vox_status = {
    ctx, owner, token, code, reason in
    guard let ctx else { return vox_status(VOX_INVALID) }
    return at(ctx).table.sockets.close(at(ctx).id, owner, token, code: Int(code), reason: reason.pointee)
  }

  private static let adopt: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UInt64, vox_handle) -> vox_status = {
    ctx, owner, token, newOwner in
    guard let ctx else { return vox_status(VOX_INVALID) }
    let client = at(ctx)
    guard client.provider.owns(newOwner) else { return vox_status(VOX_INVALID) }
    return client.table.sockets.adopt(client.id, owner, token, by: newOwner)
  }
}
