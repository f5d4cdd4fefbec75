// The C functions of the validating host and of the services it offers.

import PluginABI
import Vox

/// What a plugin under test gets as `vox_host_v0`.
enum HostTable {
  private static func host(_ ctx: UnsafeMutableRawPointer?) -> ValidatingHost? {
    ctx.map { Unmanaged<ValidatingHost>.fromOpaque($0).takeUnretainedValue() }
  }

  static let emit: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<vox_event>) -> vox_status = {
    host($0)?.emit($1) ?? vox_status(VOX_INVALID)
  }

  static let now: @convention(c) (UnsafeMutableRawPointer?) -> vox_time = { _ in monotonicNow() }

  static let log: @convention(c) (UnsafeMutableRawPointer?, vox_handle, Int32, UnsafePointer<vox_view>) -> Void = {
    host($0)?.write($3.pointee.string)
  }

  static let timer: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UInt64, vox_time) -> vox_status = {
    host($0)?.timer($1, $2, $3) ?? vox_status(VOX_INVALID)
  }

  static let service: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<vox_view>) -> UnsafeRawPointer? = {
    host($0)?.service($1.pointee.string)
  }
}

/// Optional services: those that bring calls in accept what they are asked, and no request ever comes, no socket ever opens; those that
/// reach out are whoever runs the cases' own.
///
/// The tables live as long as the process, because a plugin may keep them as long as its provider.
struct ServiceTables {
  private let tables: [String: UnsafeRawPointer]
  private let incoming: UnsafePointer<vox_socket_v0>
  private let offered: (any OfferedServices)?

  init(_ offered: (any OfferedServices)?) {
    self.offered = offered
    let server = UnsafeMutablePointer<vox_http_server_v0>.allocate(capacity: 1)
    server.initialize(
      to: vox_http_server_v0(
        struct_size: UInt32(MemoryLayout<vox_http_server_v0>.size), zero: 0, ctx: nil,
        route: { _, _, _ in vox_status(VOX_OK) }, respond: { _, _, _ in vox_status(VOX_STALE) },
        accept: { _, _, _, _ in vox_status(VOX_STALE) }))
    let socket = UnsafeMutablePointer<vox_socket_v0>.allocate(capacity: 1)
    socket.initialize(
      to: vox_socket_v0(
        struct_size: UInt32(MemoryLayout<vox_socket_v0>.size), zero: 0, ctx: nil,
        send: { _, _, _, _, _ in vox_status(VOX_STALE) }, close: { _, _, _, _, _ in vox_status(VOX_STALE) },
        adopt: { _, _, _, _ in vox_status(VOX_STALE) }))
    incoming = UnsafePointer(socket)
    tables = [VOX_SERVICE_HTTP_SERVER: UnsafeRawPointer(server), VOX_SERVICE_SOCKET: UnsafeRawPointer(socket)]
  }

  subscript(id: String) -> UnsafeRawPointer? { offered?.table(id, incoming: incoming) ?? tables[id] }

  func retire() { offered?.retire() }
}
