// The worker's end of the services: sends each call to the host and waits for what it answered.

import PluginABI
import Synchronization
import Vox

/// The context of every service table in a worker. Its functions may be called from any thread of the plugin; the thread that reads the
/// socket brings the answers.
final class ServiceLink: @unchecked Sendable {
  private struct State {
    var lastID: UInt32 = 0
    var pending: [UInt32: Answer<vox_status>] = [:]
    /// Addresses of the tables that were asked for; 0 where the host has none for this provider.
    var tables: [String: UInt] = [:]
  }
  private let socket: ControlSocket
  private let sessions: SessionThread?
  /// The session of a handle. Set before a plugin is loaded.
  var session: (vox_handle) -> WorkerSession? = { _ in nil }
  private let state = Mutex(State())

  /// - Parameter sessions: the thread whose calls are answered on its board; nil = all are answered over the socket.
  init(_ socket: ControlSocket, _ sessions: SessionThread? = nil) {
    self.socket = socket
    self.sessions = sessions
  }

  /// It lives as long as the process.
  var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  /// The table of a service; nil when the host does not offer it.
  func table(_ id: String) -> UnsafeRawPointer? {
    guard let bridge = ServiceBridges.named(id) else { return nil }
    if let known = state.withLock({ $0.tables[id] }) { return UnsafeRawPointer(bitPattern: known) }
    var packer = Packer()
    packer.number(bridge.number)
    let table = ask(.service, packer.bytes) == vox_status(VOX_OK) ? bridge.table(self) : nil
    let address = UInt(bitPattern: table)
    state.withLock { $0.tables[id] = address }
    return table
  }

  /// Has the host carry out a function; its answer.
  static func call(
    _ context: UnsafeMutableRawPointer?, _ bridge: any ServiceBridge.Type, _ function: UInt64, _ fill: (inout ServiceCall) -> Void
  ) -> vox_status {
    guard let context else { return vox_status(VOX_INVALID) }
    var call = ServiceCall()
    call.number(bridge.number)
    call.number(function)
    fill(&call)
    guard call.isValid else { return vox_status(VOX_INVALID) }
    let link = Unmanaged<ServiceLink>.fromOpaque(context).takeUnretainedValue()
    if let sessions = link.sessions, sessions.isCurrent { return link.ask(sessions, call.packer.bytes) }
    return link.ask(.serviceCall, call.packer.bytes)
  }

  static func session(_ context: UnsafeMutableRawPointer?, _ handle: vox_handle) -> WorkerSession? {
    context.flatMap { Unmanaged<ServiceLink>.fromOpaque($0).takeUnretainedValue().session(handle) }
  }

  /// Asks for a socket that is to be `owner`'s.
  static func opening(
    _ context: UnsafeMutableRawPointer?, _ owner: vox_handle, _ token: UInt64, _ ask: () -> vox_status
  ) -> vox_status {
    let session = session(context, owner)
    session?.opened(token)
    let status = ask()
    if status != vox_status(VOX_OK) { session?.closed(token) }
    return status
  }

  /// The session thread asks one thing at a time.
  private func ask(_ sessions: SessionThread, _ payload: [UInt8]) -> vox_status {
    let board = sessions.board
    board.sessionAnswer.expect()
    // A socket that takes nothing is about to end this process.
    guard (try? socket.send(.sessionCall, payload)) != nil else { return vox_status(VOX_INTERNAL) }
    // A host that is late with its answer must not take the plugin for hung.
    return board.sessionCall.excusing(sessions.clock) { board.sessionAnswer.wait() }
  }

  private func ask(_ kind: MessageKind, _ payload: [UInt8]) -> vox_status {
    let answer = Answer<vox_status>()
    let id = state.withLock {
      $0.lastID &+= 1
      $0.pending[$0.lastID] = answer
      return $0.lastID
    }
    // A socket that takes nothing is about to end this process.
    guard (try? socket.send(kind, id: id, payload)) != nil else {
      state.withLock { _ = $0.pending.removeValue(forKey: id) }
      return vox_status(VOX_INTERNAL)
    }
    return answer.wait()
  }

  /// The host's answer came.
  func answered(_ message: Message) {
    let answer = state.withLock { $0.pending.removeValue(forKey: message.id) }
    answer?.bring(IsolatedProvider.status(message))
  }

  /// Puts a table where it stays.
  static func keep<T>(_ table: T) -> UnsafeRawPointer {
    let place = UnsafeMutablePointer<T>.allocate(capacity: 1)
    place.initialize(to: table)
    return UnsafeRawPointer(place)
  }
}
