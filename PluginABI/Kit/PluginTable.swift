// The C tables behind a Swift plugin: each C function finds its object, calls it, and turns what it throws into an event.

import PluginABI
import Synchronization
import Vox

/// The one table of this image. Tables and manifest live as long as the process; they are installed once, by the entry.
enum PluginTable {
  nonisolated(unsafe) private static var definition: PluginDefinition?
  nonisolated(unsafe) private static var table: UnsafeMutablePointer<vox_plugin_v0>?
  nonisolated(unsafe) private static let sessions = SessionTable.make()

  /// The host calls the entry from one thread at a time; a second call answers the same table.
  static func install(_ definition: PluginDefinition) -> UnsafePointer<vox_plugin_v0> {
    if let table { return UnsafePointer(table) }
    self.definition = definition
    let made = UnsafeMutablePointer<vox_plugin_v0>.allocate(capacity: 1)
    made.initialize(
      to: vox_plugin_v0(
        struct_size: UInt32(MemoryLayout<vox_plugin_v0>.size), abi: UInt32(VOX_ABI_DRAFT),
        manifest: immortalView(definition.manifest), create: create, destroy: destroy, open_account: openAccount,
        update_account: updateAccount, deliver: deliver, close_account: closeAccount, role: role))
    table = made
    return UnsafePointer(made)
  }

  private static let create:
    @convention(c) (
      UnsafePointer<vox_host_v0>, UnsafePointer<vox_view>, UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) -> vox_status = { table, settings, out in
      let host = Host(table)
      do {
        guard let definition = PluginTable.definition else { return vox_status(VOX_INTERNAL) }
        let provider = try definition.makeProvider(host, try settings.pointee.json())
        out.pointee = Unmanaged.passRetained(ProviderBox(host, provider)).toOpaque()
        return vox_status(VOX_OK)
      } catch {
        host.log(.error, sentence(error))
        host.leave()
        return vox_status(VOX_INVALID)
      }
    }

  private static let destroy: @convention(c) (UnsafeMutableRawPointer?) -> Void = { raw in
    guard let raw else { return }
    let box = Unmanaged<ProviderBox>.fromOpaque(raw)
    box.takeUnretainedValue().provider.close()
    box.takeUnretainedValue().host.leave()
    box.release()
  }

  private static let openAccount:
    @convention(c) (
      UnsafeMutableRawPointer?, vox_handle, UnsafePointer<vox_account_conf>,
      UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) -> vox_status = { raw, handle, conf, out in
      guard let raw, conf.pointee.struct_size == UInt32(MemoryLayout<vox_account_conf>.size) else { return vox_status(VOX_INVALID) }
      guard conf.pointee.npairs == 0 else { return vox_status(VOX_UNSUPPORTED) }
      let provider = Unmanaged<ProviderBox>.fromOpaque(raw).takeUnretainedValue()
      do {
        let port = try AccountPort(host: provider.host, handle: handle, conf: conf.pointee)
        let account = try provider.provider.open(port)
        out.pointee = Unmanaged.passRetained(AccountBox(provider.host, handle, account)).toOpaque()
        return vox_status(VOX_OK)
      } catch {
        provider.host.log(.error, sentence(error), about: handle)
        return vox_status(VOX_INVALID)
      }
    }

  private static let updateAccount: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<vox_account_conf>) -> vox_status = {
    raw, conf in
    guard let raw, conf.pointee.struct_size == UInt32(MemoryLayout<vox_account_conf>.size) else { return vox_status(VOX_INVALID) }
    let box = Unmanaged<AccountBox>.fromOpaque(raw).takeUnretainedValue()
    guard let port = try? AccountPort(host: box.host, handle: box.handle, conf: conf.pointee) else {
      return vox_status(VOX_INVALID)
    }
    box.account.update(port)
    return vox_status(VOX_OK)
  }

  private static let deliver: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<vox_event>) -> vox_status = { raw, event in
    guard let raw else { return vox_status(VOX_INVALID) }
    let box = Unmanaged<AccountBox>.fromOpaque(raw).takeUnretainedValue()
    switch EventKind(rawValue: event.pointee.kind) {
    case .drain: box.account.drain()
    case .timer: if let mark = event.whole(vox_ev_mark.self) { box.account.timer(token: mark.value) }
    case .routeRequest: if let route = event.whole(vox_ev_route.self) { box.account.request(RouteRequest(box.host, route)) }
    case .socketOpen, .socketText, .socketBinary, .socketClosed:
      if let socket = event.whole(vox_ev_socket.self) { box.account.socket(SocketEvent(socket)) }
    case .webSocketOpen: if let head = event.whole(vox_ev_http_head.self) { box.account.socket(SocketEvent(opened: head)) }
    case .webSocketRefused: if let e = event.whole(vox_ev_websocket_refused.self) { box.account.refused(WebSocketRefusal(e)) }
    case .httpHead, .httpBody, .httpDone, .httpFailed: if let http = HTTPEvent(event) { box.account.http(http) }
    case .stateItem, .stateStored, .stateConflict, .stateChanged, .stateFailed, .leaseHeld, .leaseLost:
      if let state = StateEvent(event) { box.account.state(state) }
    case .resume: box.account.resume()
    default: return vox_status(VOX_UNSUPPORTED)
    }
    return vox_status(VOX_OK)
  }

  private static let closeAccount: @convention(c) (UnsafeMutableRawPointer?) -> Void = { raw in
    guard let raw else { return }
    let box = Unmanaged<AccountBox>.fromOpaque(raw)
    box.takeUnretainedValue().account.close()
    box.release()
  }

  private static let role: @convention(c) (UnsafePointer<vox_view>) -> UnsafePointer<vox_session_v0>? = { id in
    // A role counts only when the manifest declares it, so a table is never answered for a role the plugin does not have.
    guard let role = Role(rawValue: id.pointee.string), let definition = PluginTable.definition,
      let manifest = try? JSONValue(parsing: definition.manifest), manifest["roles"]?[role.rawValue] != nil
    else { return nil }
    return PluginTable.sessions[role]
  }
}

/// The session tables, one per role, because `open` is not told the role in any other way.
enum SessionTable {
  static func make() -> [Role: UnsafePointer<vox_session_v0>] {
    var tables: [Role: UnsafePointer<vox_session_v0>] = [:]
    for role in Role.allCases {
      let table = UnsafeMutablePointer<vox_session_v0>.allocate(capacity: 1)
      table.initialize(
        to: vox_session_v0(
          struct_size: UInt32(MemoryLayout<vox_session_v0>.size), flags: 0, open: open(role), start: start,
          push_audio: pushAudio, push_bytes: pushBytes, finalize: finalize, cancel: cancel, deliver: deliver, close: close,
          destroy: destroy))
      tables[role] = UnsafePointer(table)
    }
    return tables
  }

  typealias Open =
    @convention(c) (
      UnsafeMutableRawPointer?, vox_handle, UnsafePointer<vox_open>, UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) -> vox_status

  private static func open(_ role: Role) -> Open {
    switch role {
    case .telephony: { SessionTable.open(.telephony, $0, $1, $2, $3) }
    case .stt: { SessionTable.open(.stt, $0, $1, $2, $3) }
    case .llm: { SessionTable.open(.llm, $0, $1, $2, $3) }
    case .tts: { SessionTable.open(.tts, $0, $1, $2, $3) }
    case .tool: { SessionTable.open(.tool, $0, $1, $2, $3) }
    case .room: { SessionTable.open(.room, $0, $1, $2, $3) }
    }
  }

  private static func open(
    _ role: Role, _ raw: UnsafeMutableRawPointer?, _ handle: vox_handle, _ open: UnsafePointer<vox_open>,
    _ out: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  ) -> vox_status {
    guard let raw, open.pointee.struct_size == UInt32(MemoryLayout<vox_open>.size) else { return vox_status(VOX_INVALID) }
    guard open.pointee.zero == 0 else { return vox_status(VOX_UNSUPPORTED) }
    let account = Unmanaged<AccountBox>.fromOpaque(raw).takeUnretainedValue()
    do {
      let port = try SessionPort(host: account.host, handle: handle, role: role, open: open.pointee)
      let session = try account.account.open(port)
      out.pointee = Unmanaged.passRetained(SessionBox(port, session)).toOpaque()
      return vox_status(VOX_OK)
    } catch {
      account.host.log(.warning, sentence(error), about: handle)
      return vox_status(VOX_INVALID)
    }
  }

  private static let start: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UnsafePointer<vox_request>) -> vox_status = {
    raw, handle, request in
    guard let raw, request.pointee.struct_size == UInt32(MemoryLayout<vox_request>.size) else { return vox_status(VOX_INVALID) }
    guard request.pointee.zero == 0 else { return vox_status(VOX_UNSUPPORTED) }
    let box = Unmanaged<SessionBox>.fromOpaque(raw).takeUnretainedValue()
    let op = box.begin(handle)
    do {
      try box.session.start(op, try Request(request.pointee))
    } catch {
      op.failed(providerError(error))
    }
    return vox_status(VOX_OK)
  }

  private static let pushAudio: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UnsafePointer<vox_audio>) -> vox_status = {
    raw, handle, audio in
    guard let raw else { return vox_status(VOX_INVALID) }
    return Unmanaged<SessionBox>.fromOpaque(raw)._withUnsafeGuaranteedRef { box in
      guard let op = box.op(handle) else { return vox_status(VOX_STALE) }
      let a = audio.pointee
      let samples = UnsafeBufferPointer(start: a.samples, count: a.samples == nil ? 0 : Int(a.count))
      let lent = AudioIn(
        samples: samples, rate: Int(a.rate), position: a.position, isReplay: a.flags & UInt16(VOX_AUDIO_REPLAY) != 0)
      return box.session.push(lent, to: op).rawValue
    }
  }

  private static let pushBytes: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UnsafePointer<vox_view>) -> vox_status = {
    raw, handle, bytes in
    guard let raw else { return vox_status(VOX_INVALID) }
    let box = Unmanaged<SessionBox>.fromOpaque(raw).takeUnretainedValue()
    guard let op = box.op(handle) else { return vox_status(VOX_STALE) }
    return box.session.push(bytes.pointee.string, to: op).rawValue
  }

  private static let finalize: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UInt64) -> vox_status = { raw, handle, mark in
    guard let raw else { return vox_status(VOX_INVALID) }
    let box = Unmanaged<SessionBox>.fromOpaque(raw).takeUnretainedValue()
    guard let op = box.op(handle) else { return vox_status(VOX_STALE) }
    box.session.finalize(op, mark: mark)
    return vox_status(VOX_OK)
  }

  private static let cancel: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UInt16) -> vox_status = { raw, handle, reason in
    guard let raw else { return vox_status(VOX_INVALID) }
    let box = Unmanaged<SessionBox>.fromOpaque(raw).takeUnretainedValue()
    guard let op = box.op(handle), !op.isCancelled else { return vox_status(VOX_OK) }
    op.markCancelled()
    box.session.cancel(op, reason: Reason(abi: reason))
    if !op.endsByItself { op.cancelled() }
    return vox_status(VOX_OK)
  }

  private static let deliver: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<vox_event>) -> vox_status = { raw, event in
    guard let raw else { return vox_status(VOX_INVALID) }
    let box = Unmanaged<SessionBox>.fromOpaque(raw).takeUnretainedValue()
    switch EventKind(rawValue: event.pointee.kind) {
    case .resume: box.session.resume(box.op(event.pointee.op))
    case .timer: if let mark = event.whole(vox_ev_mark.self) { box.session.timer(token: mark.value) }
    case .socketOpen, .socketText, .socketBinary, .socketClosed:
      if let socket = event.whole(vox_ev_socket.self) { box.session.socket(SocketEvent(socket)) }
    case .webSocketOpen: if let head = event.whole(vox_ev_http_head.self) { box.session.socket(SocketEvent(opened: head)) }
    case .webSocketRefused: if let e = event.whole(vox_ev_websocket_refused.self) { box.session.refused(WebSocketRefusal(e)) }
    case .httpHead, .httpBody, .httpDone, .httpFailed: if let http = HTTPEvent(event) { box.session.http(http) }
    default: return vox_status(VOX_UNSUPPORTED)
    }
    return vox_status(VOX_OK)
  }

  private static let close: @convention(c) (UnsafeMutableRawPointer?, UInt16, vox_time) -> vox_status = { raw, reason, _ in
    guard let raw else { return vox_status(VOX_INVALID) }
    let box = Unmanaged<SessionBox>.fromOpaque(raw).takeUnretainedValue()
    guard !box.closing else { return vox_status(VOX_OK) }
    box.closing = true
    box.port.endsWithClosed(box.cancelAll(Reason(abi: reason)))
    box.session.close(box.port, reason: Reason(abi: reason))
    return vox_status(VOX_OK)
  }

  private static let destroy: @convention(c) (UnsafeMutableRawPointer?) -> Void = { raw in
    if let raw { Unmanaged<SessionBox>.fromOpaque(raw).release() }
  }
}

private final class ProviderBox {
  let host: Host
  let provider: any Provider

  init(_ host: Host, _ provider: any Provider) {
    self.host = host
    self.provider = provider
  }
}

private final class AccountBox {
  let host: Host
  let handle: vox_handle
  let account: any Account

  init(_ host: Host, _ handle: vox_handle, _ account: any Account) {
    self.host = host
    self.handle = handle
    self.account = account
  }
}

/// A session with its running ops; touched one call at a time, as the tag [session] promises.
private final class SessionBox {
  let port: SessionPort
  let session: any Session
  var closing = false
  private var ops: [vox_handle: Op] = [:]

  init(_ port: SessionPort, _ session: any Session) {
    self.port = port
    self.session = session
  }

  /// Notes a new op and forgets those that have ended.
  func begin(_ handle: vox_handle) -> Op {
    ops = ops.filter { !$0.value.isOver }
    let op = Op(host: port.host, session: port.handle, handle: handle)
    ops[handle] = op
    return op
  }

  /// Cancels what still runs; answers the ops that asked to end later.
  func cancelAll(_ reason: Reason) -> [Op] {
    defer { ops = [:] }
    return ops.values.filter { op in
      guard !op.isOver else { return false }
      op.markCancelled()
      session.cancel(op, reason: reason)
      if !op.endsByItself { op.cancelled() }
      return op.endsByItself
    }
  }

  func op(_ handle: vox_handle) -> Op? {
    guard let op = ops[handle], !op.isOver else { return nil }
    return op
  }
}

extension UnsafePointer<vox_event> {
  /// The whole event behind this head, when the sender made it at least that large.
  func whole<E>(_ type: E.Type) -> E? {
    guard Int(pointee.struct_size) >= MemoryLayout<E>.size else { return nil }
    return UnsafeRawPointer(self).load(as: E.self)
  }
}

/// The sentence of an error as the log shows it.
func sentence(_ error: any Error) -> String { (error as? ProviderError)?.message ?? String(describing: error) }

/// An error a provider threw as the error of its op: its own, or the plugin's fault.
func providerError(_ error: any Error) -> ProviderError {
  (error as? ProviderError) ?? ProviderError(.internal, String(describing: error), scope: .op, effects: .maybe)
}
