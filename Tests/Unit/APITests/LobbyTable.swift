// The C tables of the lobby. PluginKit keeps one plugin per program, and other tests of this one link theirs.

import PluginABI
import Vox

@testable import PluginKit

enum LobbyTable {
  static let entry: @convention(c) (UInt32, UInt32, UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer? = { _, _, _ in
    UnsafeRawPointer(LobbyTable.plugin)
  }

  nonisolated(unsafe) private static let plugin: UnsafeMutablePointer<vox_plugin_v0> = {
    let table = UnsafeMutablePointer<vox_plugin_v0>.allocate(capacity: 1)
    table.initialize(
      to: vox_plugin_v0(
        struct_size: UInt32(MemoryLayout<vox_plugin_v0>.size), abi: UInt32(VOX_ABI_DRAFT), manifest: immortalView(Lobby.manifest),
        create: create, destroy: { release(Lobby.self, $0) }, open_account: openAccount, update_account: { _, _ in vox_status(VOX_OK) },
        deliver: deliver,
        close_account: {
          object(LobbyAccount.self, $0)?.close()
          release(LobbyAccount.self, $0)
        }, role: { Role(rawValue: $0.pointee.string) == .tool ? UnsafePointer(session) : nil }))
    return table
  }()

  nonisolated(unsafe) private static let session: UnsafeMutablePointer<vox_session_v0> = {
    let table = UnsafeMutablePointer<vox_session_v0>.allocate(capacity: 1)
    table.initialize(
      to: vox_session_v0(
        struct_size: UInt32(MemoryLayout<vox_session_v0>.size), flags: 0, open: openSession, start: { _, _, _ in vox_status(VOX_OK) },
        push_audio: nil, push_bytes: nil, finalize: { _, _, _ in vox_status(VOX_OK) }, cancel: { _, _, _ in vox_status(VOX_OK) },
        deliver: deliverToSession,
        close: { raw, _, _ in
          object(LobbySession.self, raw)?.port.closed()
          return vox_status(VOX_OK)
        }, destroy: { release(LobbySession.self, $0) }))
    return table
  }()

  private static func object<T: AnyObject>(_ type: T.Type, _ raw: UnsafeMutableRawPointer?) -> T? {
    raw.map { Unmanaged<T>.fromOpaque($0).takeUnretainedValue() }
  }

  private static func release<T: AnyObject>(_ type: T.Type, _ raw: UnsafeMutableRawPointer?) {
    if let raw { Unmanaged<T>.fromOpaque(raw).release() }
  }

  private static let create:
    @convention(c) (
      UnsafePointer<vox_host_v0>, UnsafePointer<vox_view>, UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) -> vox_status = { host, settings, out in
      guard let settings = try? settings.pointee.json() else { return vox_status(VOX_INVALID) }
      out.pointee = Unmanaged.passRetained(Lobby(Host(host), settings)).toOpaque()
      return vox_status(VOX_OK)
    }

  private static let openAccount:
    @convention(c) (
      UnsafeMutableRawPointer?, vox_handle, UnsafePointer<vox_account_conf>, UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) -> vox_status = { raw, handle, conf, out in
      guard let lobby = object(Lobby.self, raw), let port = try? AccountPort(host: lobby.host, handle: handle, conf: conf.pointee),
        let account = try? lobby.open(port)
      else { return vox_status(VOX_INVALID) }
      out.pointee = Unmanaged.passRetained(account).toOpaque()
      return vox_status(VOX_OK)
    }

  private static let deliver: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<vox_event>) -> vox_status = { raw, e in
    guard let account = object(LobbyAccount.self, raw) else { return vox_status(VOX_INVALID) }
    let event = UnsafeRawPointer(e)
    switch EventKind(rawValue: e.pointee.kind) {
    case .timer: account.timer()
    case .routeRequest: account.request(RouteRequest(account.port.host, event.load(as: vox_ev_route.self)))
    case .socketOpen, .socketText, .socketBinary, .socketClosed: account.socket(SocketEvent(event.load(as: vox_ev_socket.self)))
    default: return vox_status(VOX_UNSUPPORTED)
    }
    return vox_status(VOX_OK)
  }

  private static let openSession:
    @convention(c) (
      UnsafeMutableRawPointer?, vox_handle, UnsafePointer<vox_open>, UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) -> vox_status = { raw, handle, open, out in
      guard let account = object(LobbyAccount.self, raw),
        let port = try? SessionPort(host: account.port.host, handle: handle, role: .tool, open: open.pointee)
      else { return vox_status(VOX_INVALID) }
      out.pointee = Unmanaged.passRetained(account.open(port)).toOpaque()
      return vox_status(VOX_OK)
    }

  private static let deliverToSession: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<vox_event>) -> vox_status = { raw, e in
    guard let session = object(LobbySession.self, raw) else { return vox_status(VOX_INVALID) }
    switch EventKind(rawValue: e.pointee.kind) {
    case .resume: session.resume()
    case .socketOpen, .socketText, .socketBinary, .socketClosed:
      session.socket(SocketEvent(UnsafeRawPointer(e).load(as: vox_ev_socket.self)))
    default: return vox_status(VOX_UNSUPPORTED)
    }
    return vox_status(VOX_OK)
  }
}
