// The tables of functions that stand for a plugin in a worker: each finds its object in the context and forwards.

import Loader
import PluginABI
import Vox

/// The same for every isolated plugin; the context tells which one is meant. `create` finds its provider in the place of its answer
/// (`Library.init(path:manifest:table:sessions:context:)`).
enum ProxyTable {
  /// Constant for the life of the process.
  nonisolated(unsafe) static let plugin: UnsafePointer<vox_plugin_v0> = {
    let table = UnsafeMutablePointer<vox_plugin_v0>.allocate(capacity: 1)
    table.initialize(
      to: vox_plugin_v0(
        struct_size: UInt32(MemoryLayout<vox_plugin_v0>.size), abi: UInt32(VOX_ABI_DRAFT), manifest: vox_view(ptr: nil, len: 0),
        create: create, destroy: destroy, open_account: openAccount, update_account: updateAccount, deliver: deliverToAccount,
        close_account: closeAccount, role: role))
    return UnsafePointer(table)
  }()

  /// The table of a role. Each role has its own, because `open` is given an account and nothing that names the role.
  nonisolated(unsafe) static let sessions: [Role: UnsafePointer<vox_session_v0>] = {
    let opens: [Role: Open] = [
      .telephony: { ProxyTable.open(.telephony, $0, $1, $2, $3) }, .stt: { ProxyTable.open(.stt, $0, $1, $2, $3) },
      .llm: { ProxyTable.open(.llm, $0, $1, $2, $3) }, .tts: { ProxyTable.open(.tts, $0, $1, $2, $3) },
      .tool: { ProxyTable.open(.tool, $0, $1, $2, $3) }, .room: { ProxyTable.open(.room, $0, $1, $2, $3) },
    ]
    return opens.mapValues { open in
      let table = UnsafeMutablePointer<vox_session_v0>.allocate(capacity: 1)
      table.initialize(
        to: vox_session_v0(
          struct_size: UInt32(MemoryLayout<vox_session_v0>.size), flags: 0, open: open, start: start, push_audio: pushAudio,
          push_bytes: pushBytes, finalize: finalize, cancel: cancel, deliver: deliver, close: close, destroy: destroySession))
      return UnsafePointer(table)
    }
  }()

  private typealias Open =
    @convention(c) (
      UnsafeMutableRawPointer?, vox_handle, UnsafePointer<vox_open>, UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) -> vox_status

  private static let internalFault = vox_status(VOX_INTERNAL)

  /// The context of a session that found no worker: its failure is on the way, and whatever is asked of it meanwhile is harmless.
  private nonisolated(unsafe) static let lost = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)

  private static func provider(_ context: UnsafeMutableRawPointer) -> IsolatedProvider {
    Unmanaged<IsolatedProvider>.fromOpaque(context).takeUnretainedValue()
  }

  private static func account(_ context: UnsafeMutableRawPointer) -> AccountProxy {
    Unmanaged<AccountProxy>.fromOpaque(context).takeUnretainedValue()
  }

  @inline(__always)
  private static func session(_ context: UnsafeMutableRawPointer?, _ body: (SessionProxy) -> vox_status) -> vox_status {
    guard let context else { return internalFault }
    if context == lost { return vox_status(VOX_OK) }
    return Unmanaged<SessionProxy>.fromOpaque(context)._withUnsafeGuaranteedRef(body)
  }

  // MARK: Plugin

  private static let create:
    @convention(c) (
      UnsafePointer<vox_host_v0>, UnsafePointer<vox_view>, UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) -> vox_status = { host, settings, place in
      guard let context = place.pointee else { return internalFault }
      return provider(context).create(host, settings: settings.pointee.string)
    }

  private static let destroy: @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
    if let context { provider(context).destroy() }
  }

  private static let openAccount:
    @convention(c) (
      UnsafeMutableRawPointer?, vox_handle, UnsafePointer<vox_account_conf>, UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) -> vox_status = { context, handle, conf, place in
      guard let context else { return internalFault }
      let account = AccountProxy(handle: handle, provider: provider(context), AccountConf(conf.pointee))
      let status = account.provider.openAccount(account)
      if status == vox_status(VOX_OK) { place.pointee = Unmanaged.passRetained(account).toOpaque() }
      return status
    }

  private static let updateAccount: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<vox_account_conf>) -> vox_status = {
    context, conf in
    guard let context else { return internalFault }
    let account = account(context)
    return account.provider.updateAccount(account, AccountConf(conf.pointee))
  }

  private static let deliverToAccount: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<vox_event>) -> vox_status = {
    context, event in
    guard let context else { return internalFault }
    let account = account(context)
    return account.provider.deliver(event, to: account)
  }

  private static let closeAccount: @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
    guard let context else { return }
    let account = Unmanaged<AccountProxy>.fromOpaque(context).takeRetainedValue()
    account.provider.closeAccount(account)
  }

  private static let role: @convention(c) (UnsafePointer<vox_view>) -> UnsafePointer<vox_session_v0>? = { id in
    Role(rawValue: id.pointee.string).flatMap { sessions[$0] }
  }

  // MARK: Session

  private static func open(
    _ role: Role, _ context: UnsafeMutableRawPointer?, _ handle: vox_handle, _ o: UnsafePointer<vox_open>,
    _ place: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  ) -> vox_status {
    guard let context else { return internalFault }
    // What does not travel as it is must be judged here.
    guard o.pointee.struct_size == UInt32(MemoryLayout<vox_open>.size), o.pointee.zero == 0 else { return vox_status(VOX_INVALID) }
    let account = account(context)
    let (status, session) = account.provider.open(role, account, handle, o.pointee)
    if status == vox_status(VOX_OK) { place.pointee = session.map { Unmanaged.passRetained($0).toOpaque() } ?? lost }
    return status
  }

  private static let start: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UnsafePointer<vox_request>) -> vox_status = {
    context, op, request in session(context) { $0.start(op, request) }
  }

  private static let pushAudio: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UnsafePointer<vox_audio>) -> vox_status = {
    context, op, audio in session(context) { $0.pushAudio(op, audio) }
  }

  private static let pushBytes: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UnsafePointer<vox_view>) -> vox_status = {
    context, op, bytes in session(context) { $0.pushBytes(op, bytes) }
  }

  private static let finalize: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UInt64) -> vox_status = { context, op, mark in
    session(context) { $0.finalize(op, mark) }
  }

  private static let cancel: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UInt16) -> vox_status = { context, op, reason in
    session(context) { $0.cancel(op, reason) }
  }

  private static let deliver: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<vox_event>) -> vox_status = { context, event in
    session(context) { $0.deliver(event) }
  }

  private static let close: @convention(c) (UnsafeMutableRawPointer?, UInt16, vox_time) -> vox_status = { context, reason, deadline in
    session(context) { $0.close(reason, deadline) }
  }

  private static let destroySession: @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
    guard let context, context != lost else { return }
    Unmanaged<SessionProxy>.fromOpaque(context).takeRetainedValue().destroy()
  }
}
