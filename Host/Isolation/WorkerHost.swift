// The host's table as a plugin in a worker is given it.

import Base
import Glibc
import Loader
import PluginABI
import Synchronization
import Vox

/// `vox_host_v0` over the rings and the socket. Every function notes and returns, from any thread of the plugin.
final class WorkerHost: @unchecked Sendable {
  let table: UnsafeMutablePointer<vox_host_v0>
  private let socket: ControlSocket
  private let threads: SessionThread
  private let lane: ThreadLane
  private let clock: any Clock
  let services: ServiceLink
  unowned(unsafe) var plugin: WorkerRuntime.LoadedPlugin?

  private struct State {
    var sessions: [vox_handle: WorkerSession] = [:]
    /// The one that spoke last, which most often speaks next.
    var latest: WorkerSession?
    /// The accounts that are open, each with its timers.
    var accounts: [vox_handle: AccountTimers] = [:]
  }
  private let state = Mutex(State())

  init(socket: ControlSocket, sessions: SessionThread, lane: ThreadLane, clock: any Clock) {
    self.socket = socket
    threads = sessions
    self.lane = lane
    self.clock = clock
    services = ServiceLink(socket, sessions)
    table = .allocate(capacity: 1)
    table.initialize(
      to: vox_host_v0(
        struct_size: UInt32(MemoryLayout<vox_host_v0>.size), abi: UInt32(VOX_ABI_DRAFT), ctx: nil, emit: Self.emit, now: Self.now,
        log: Self.log, timer: Self.timer, service: Self.service))
    // It lives as long as the process.
    table.pointee.ctx = Unmanaged.passRetained(self).toOpaque()
    sessions.forgotten = { [unowned self] in remove($0) }
    services.session = { [unowned self] in session($0) }
  }

  func add(_ session: WorkerSession) { state.withLock { $0.sessions[session.handle] = session } }
  func remove(_ session: WorkerSession) {
    state.withLock {
      $0.sessions[session.handle] = nil
      if $0.latest === session { $0.latest = nil }
    }
  }
  func open(account: vox_handle) { state.withLock { $0.accounts[account] = AccountTimers() } }
  func close(account: vox_handle) { state.withLock { $0.accounts[account] = nil } }

  private func session(_ handle: vox_handle) -> WorkerSession? {
    state.withLock {
      if let latest = $0.latest, latest.handle == handle { return latest }
      guard let found = $0.sessions[handle] else { return nil }
      $0.latest = found
      return found
    }
  }

  private static func of(_ context: UnsafeMutableRawPointer?) -> WorkerHost? {
    context.map { Unmanaged<WorkerHost>.fromOpaque($0).takeUnretainedValue() }
  }

  private static let emit: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<vox_event>) -> vox_status = { context, e in
    guard let host = of(context) else { return vox_status(VOX_INVALID) }
    if let session = host.session(e.pointee.target) { return session.emit(e) }
    return host.emitOnAccount(e)
  }

  private static let now: @convention(c) (UnsafeMutableRawPointer?) -> vox_time = { of($0)?.clock.now.ns ?? 0 }

  private static let log: @convention(c) (UnsafeMutableRawPointer?, vox_handle, Int32, UnsafePointer<vox_view>) -> Void = {
    context, who, level, text in
    guard let host = of(context) else { return }
    var packer = Packer()
    packer.number(who)
    packer.number(UInt64(UInt32(bitPattern: level)))
    packer.text(String(text.pointee.string.prefix(1024)))
    // A line that finds no room is lost: a log must not make the plugin wait.
    try? host.socket.send(.log, packer.bytes, patienceMs: 0)
  }

  private static let timer: @convention(c) (UnsafeMutableRawPointer?, vox_handle, UInt64, vox_time) -> vox_status = {
    context, owner, token, at in
    guard let host = of(context) else { return vox_status(VOX_INVALID) }
    if let session = host.session(owner) { return host.threads.setTimer(session, token: token, at: at) }
    return host.setAccountTimer(owner, token, at)
  }

  private static let service: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<vox_view>) -> UnsafeRawPointer? = { context, id in
    of(context)?.services.table(id.pointee.string)
  }

  // MARK: Accounts

  private func emitOnAccount(_ e: UnsafePointer<vox_event>) -> vox_status {
    guard state.withLock({ $0.accounts[e.pointee.target] != nil }) else { return vox_status(VOX_STALE) }
    guard let count = EventCopy.bytes(of: e) else { return vox_status(VOX_INVALID) }
    let kind = EventKind(rawValue: e.pointee.kind)
    guard kind == .accountState || kind == .offer || kind == .offerGone else { return vox_status(VOX_UNSUPPORTED) }
    let copy = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 8)
    defer { copy.deallocate() }
    EventCopy.copy(e, to: copy)
    let payload = Array(UnsafeRawBufferPointer(start: copy, count: count))
    return (try? socket.send(.event, payload)) == nil ? vox_status(VOX_WOULD_BLOCK) : vox_status(VOX_OK)
  }

  private func setAccountTimer(_ account: vox_handle, _ token: UInt64, _ at: vox_time) -> vox_status {
    guard at != 0 else {
      let isOpen = state.withLock { $0.accounts[account]?.cancel(token) } != nil
      return vox_status(isOpen ? VOX_OK : VOX_STALE)
    }
    let (isOpen, setting) = state.withLock { ($0.accounts[account] != nil, $0.accounts[account]?.set(token)) }
    guard isOpen else { return vox_status(VOX_STALE) }
    guard let setting else { return vox_status(VOX_WOULD_BLOCK) }
    lane.at(Instant(ns: at)) { [self] in
      guard state.withLock({ $0.accounts[account]?.comesDue(token, setting) }) == true, let plugin else { return }
      var mark = vox_ev_mark()
      mark.h = Layout.head(vox_ev_mark.self, .timer, target: account)
      mark.value = token
      withUnsafePointer(to: &mark) { p in
        p.withMemoryRebound(to: vox_event.self, capacity: 1) { plugin.deliver($0, to: account, at: clock.now.ns) }
      }
    }
    return vox_status(VOX_OK)
  }
}

extension WorkerRuntime.LoadedPlugin {
  /// Hands an event to an account, on the provider thread.
  func deliver(_ e: UnsafePointer<vox_event>, to handle: vox_handle, at ns: UInt64) {
    guard let account = accounts[handle] else { return }
    board.providerCall.enter(.deliverToAccount, at: ns)
    _ = library.table.pointee.deliver?(account, e)
    board.providerCall.leave()
  }
}
