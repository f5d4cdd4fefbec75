// The plugin's side of the contract, bare: a table of C functions that finds the simulated session and calls it.

import Loader
import PluginABI
import Synchronization
import Vox

/// The one library of all simulated vendors. It speaks the contract without the kit for plugins, because the kit would not let it
/// break the contract, and because a simulated second has no time for anything else.
enum Wire {
  private static let manifest = #"""
    {"id": "simulated", "name": "Simulated", "version": "1", "inbound": true,
     "settings": {"type": "object", "properties": {"world": {"type": "string"}}, "required": ["world"]},
     "roles": {
       "vox.telephony/0": {"rates": [8000], "lead_ms": 40, "clear": true, "played": "exact", "transfer": ["blind"]},
       "vox.stt/0": {"rates_in": [8000], "interim": true, "flush": true, "confidence": true},
       "vox.llm/0": {"tools": true},
       "vox.tts/0": {"rates_out": [8000], "word_times": "word", "ops": 2, "normalises_text": true},
       "vox.tool/0": {}}}
    """#

  static func library() throws(ProviderError) -> Library { try Library.adopt(entry, path: "simulated") }

  private static let entry: @convention(c) (UInt32, UInt32, UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer? = { _, _, _ in
    UnsafeRawPointer(table)
  }

  nonisolated(unsafe) private static let table: UnsafePointer<vox_plugin_v0> = {
    let made = UnsafeMutablePointer<vox_plugin_v0>.allocate(capacity: 1)
    made.initialize(
      to: vox_plugin_v0(
        struct_size: UInt32(MemoryLayout<vox_plugin_v0>.size), abi: UInt32(VOX_ABI_DRAFT), manifest: immortalView(manifest),
        create: create, destroy: destroy, open_account: openAccount, update_account: { _, _ in vox_status(VOX_OK) },
        deliver: { _, _ in vox_status(VOX_OK) }, close_account: closeAccount, role: role))
    return UnsafePointer(made)
  }()

  nonisolated(unsafe) private static let sessions: [Role: UnsafePointer<vox_session_v0>] = {
    var tables: [Role: UnsafePointer<vox_session_v0>] = [:]
    for role in Role.allCases {
      let table = UnsafeMutablePointer<vox_session_v0>.allocate(capacity: 1)
      table.initialize(
        to: vox_session_v0(
          struct_size: UInt32(MemoryLayout<vox_session_v0>.size), flags: 0, open: open(role), start: start, push_audio: push,
          push_bytes: nil, finalize: finalize, cancel: cancel, deliver: deliver, close: close, destroy: destroySession))
      tables[role] = UnsafePointer(table)
    }
    return tables
  }()

  // MARK: Worlds

  private static let worlds = Mutex<[String: Unowned]>([:])
  private static let count = Atomic(0)
  private struct Unowned: @unchecked Sendable { unowned let world: World }

  /// A name under which the world's providers find it.
  static func enter(_ world: World) -> String {
    let name = "world-\(count.add(1, ordering: .relaxed).newValue)"
    worlds.withLock { $0[name] = Unowned(world: world) }
    return name
  }

  static func leave(_ name: String) { worlds.withLock { $0[name] = nil } }

  // MARK: Provider and account

  /// The world owns the registry that keeps this.
  private final class Maker {
    unowned let world: World
    let host: UnsafePointer<vox_host_v0>
    init(_ world: World, _ host: UnsafePointer<vox_host_v0>) {
      self.world = world
      self.host = host
    }
  }

  private static let create:
    @convention(c) (UnsafePointer<vox_host_v0>, UnsafePointer<vox_view>, UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> vox_status = {
      host, settings, out in
      guard let name = (try? settings.pointee.json())?["world"]?.string, let world = worlds.withLock({ $0[name] })?.world else {
        return vox_status(VOX_INVALID)
      }
      out.pointee = Unmanaged.passRetained(Maker(world, host)).toOpaque()
      return vox_status(VOX_OK)
    }

  private static let destroy: @convention(c) (UnsafeMutableRawPointer?) -> Void = { raw in
    if let raw { Unmanaged<Maker>.fromOpaque(raw).release() }
  }

  private static let openAccount:
    @convention(c) (
      UnsafeMutableRawPointer?, vox_handle, UnsafePointer<vox_account_conf>, UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) -> vox_status = { raw, handle, conf, out in
      guard let raw else { return vox_status(VOX_INVALID) }
      let maker = Unmanaged<Maker>.fromOpaque(raw).takeUnretainedValue()
      let account = SimulatedAccount(maker.world, name: conf.pointee.id.string, handle: handle, host: maker.host)
      out.pointee = Unmanaged.passRetained(account).toOpaque()
      account.ready()
      return vox_status(VOX_OK)
    }

  private static let closeAccount: @convention(c) (UnsafeMutableRawPointer?) -> Void = { raw in
    if let raw { Unmanaged<SimulatedAccount>.fromOpaque(raw).release() }
  }

  private static let role: @convention(c) (UnsafePointer<vox_view>) -> UnsafePointer<vox_session_v0>? = { id in
    Role(rawValue: id.pointee.string).flatMap { sessions[$0] }
  }

  // MARK: Sessions

  private typealias Open =
    @convention(c) (
      UnsafeMutableRawPointer?, vox_handle, UnsafePointer<vox_open>, UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) -> vox_status

  private static func open(_ role: Role) -> Open {
    switch role {
    case .telephony: { Wire.open(.telephony, $0, $1, $2, $3) }
    case .stt: { Wire.open(.stt, $0, $1, $2, $3) }
    case .llm: { Wire.open(.llm, $0, $1, $2, $3) }
    case .tts: { Wire.open(.tts, $0, $1, $2, $3) }
    case .tool: { Wire.open(.tool, $0, $1, $2, $3) }
    case .room: { _, _, _, _ in vox_status(VOX_INVALID) }
    }
  }

  private static func open(
    _ role: Role, _ raw: UnsafeMutableRawPointer?, _ handle: vox_handle, _ open: UnsafePointer<vox_open>,
    _ out: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  ) -> vox_status {
    guard let raw else { return vox_status(VOX_INVALID) }
    let session = Unmanaged<SimulatedAccount>.fromOpaque(raw).takeUnretainedValue().open(role, handle, open.pointee)
    out.pointee = Unmanaged.passRetained(session).toOpaque()
    return vox_status(VOX_OK)
  }

  @inline(__always)
  private static func with<R>(_ raw: UnsafeMutableRawPointer?, _ otherwise: R, _ body: (SimulatedSession) -> R) -> R {
    guard let raw else { return otherwise }
    return Unmanaged<SimulatedSession>.fromOpaque(raw)._withUnsafeGuaranteedRef(body)
  }

  private static let start: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UnsafePointer<vox_request>) -> vox_status = {
    raw, op, request in with(raw, vox_status(VOX_INVALID)) { $0.start(op, request.pointee) }
  }

  private static let push: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UnsafePointer<vox_audio>) -> vox_status = {
    raw, op, audio in with(raw, vox_status(VOX_INVALID)) { $0.push(op, audio) }
  }

  private static let finalize: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UInt64) -> vox_status = { raw, op, mark in
    with(raw, vox_status(VOX_INVALID)) { session in
      guard let work = session.work(op) else { return vox_status(VOX_STALE) }
      session.finalize(work, mark: mark)
      return vox_status(VOX_OK)
    }
  }

  private static let cancel: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UInt16) -> vox_status = { raw, op, reason in
    with(raw, vox_status(VOX_INVALID)) { $0.cancel(op, Reason(abi: reason)) }
  }

  private static let deliver: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<vox_event>) -> vox_status = { raw, event in
    with(raw, vox_status(VOX_INVALID)) { session in
      if EventKind(rawValue: event.pointee.kind) == .resume, let work = session.work(event.pointee.op) { session.resume(work) }
      return vox_status(VOX_OK)
    }
  }

  private static let close: @convention(c) (UnsafeMutableRawPointer?, UInt16, vox_time) -> vox_status = { raw, _, _ in
    with(raw, vox_status(VOX_INVALID)) { session in
      session.close()
      return vox_status(VOX_OK)
    }
  }

  private static let destroySession: @convention(c) (UnsafeMutableRawPointer?) -> Void = { raw in
    guard let raw else { return }
    let session = Unmanaged<SimulatedSession>.fromOpaque(raw)
    session.takeUnretainedValue().destroyed()
    session.release()
  }
}
