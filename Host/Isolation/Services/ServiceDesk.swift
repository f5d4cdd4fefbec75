// The host's end of the services: carries out what workers ask for, and keeps what outlives one worker apart from what does not.

import PluginABI
import Synchronization
import Vox

/// One per provider. Calls come on the watching thread, events on the provider's lane.
final class ServiceDesk: Sendable {
  /// A route as the host serves it. It stays when a worker dies, and the next worker that asks for it is given it.
  struct Route: Hashable {
    let method: String
    let path: String
    let flags: UInt32
  }

  /// What an owner has open by a token: it ends with the worker that opened it.
  struct Name: Hashable {
    enum Kind { case socket, request }
    let kind: Kind
    let owner: vox_handle
    let token: UInt64
  }

  private struct State: @unchecked Sendable {
    /// Tables of the host by the bridge's number.
    var tables: [UInt64: UnsafeRawPointer] = [:]
    /// The tokens by which the host knows the routes.
    var routes: [Route: UInt64] = [:]
    /// The tokens of each worker, by the host's.
    var tokens: [ObjectIdentifier: [UInt64: UInt64]] = [:]
    var open: [Name: (worker: ObjectIdentifier, close: @Sendable () -> Void)] = [:]
  }
  private let state = Mutex(State())

  func table(_ number: UInt64) -> UnsafeRawPointer? { state.withLock { $0.tables[number] } }

  // MARK: Calls of a worker

  /// Whether the host offers a service to this provider.
  func offers(_ payload: [UInt8], _ host: UnsafePointer<vox_host_v0>) -> vox_status {
    var unpacker = Unpacker(payload)
    guard let bridge = ServiceBridges.numbered(unpacker.number()) else { return vox_status(VOX_UNSUPPORTED) }
    if state.withLock({ $0.tables[bridge.number] != nil }) { return vox_status(VOX_OK) }
    let table = withView(bridge.id) { id in
      var id = id
      return host.pointee.service?(host.pointee.ctx, &id) ?? nil
    }
    guard let table else { return vox_status(VOX_UNSUPPORTED) }
    nonisolated(unsafe) let found = table
    state.withLock { $0.tables[bridge.number] = found }
    return vox_status(VOX_OK)
  }

  /// Carries out a call; a malformed one is the fault of the worker's runtime.
  func perform(_ payload: [UInt8], of worker: WorkerProcess) -> vox_status {
    payload.withUnsafeBytes { bytes in
      var fields = BorrowedFields(bytes)
      let (number, function) = (fields.number(), fields.number())
      guard let bridge = ServiceBridges.numbered(number), let table = state.withLock({ $0.tables[number] }) else {
        worker.breached("it called a service that it was not given")
        return vox_status(VOX_INVALID)
      }
      let status = bridge.perform(function, &fields, ServiceRequest(table: table, desk: self, worker: worker))
      if !fields.isAtEnd { worker.breached("it called \(bridge.id) with fields that do not fit") }
      return status
    }
  }

  // MARK: Routes

  /// Makes a route, or gives the worker one that an earlier worker has made.
  ///
  /// - Parameter serve: has the host serve it under a token of the desk's own.
  func route(_ route: Route, token: UInt64, for worker: WorkerProcess, _ serve: (UInt64) -> vox_status) -> vox_status {
    let (known, fresh) = state.withLock { ($0.routes[route], UInt64($0.routes.count) + 1) }
    let mine = known ?? fresh
    if known == nil {
      let status = serve(mine)
      guard status == vox_status(VOX_OK) else { return status }
    }
    state.withLock {
      $0.routes[route] = mine
      $0.tokens[ObjectIdentifier(worker), default: [:]][mine] = token
    }
    return vox_status(VOX_OK)
  }

  // MARK: What ends with its worker

  /// A worker has opened something; `close` ends it on the host.
  func opened(_ name: Name, by worker: WorkerProcess, close: @escaping @Sendable () -> Void) {
    state.withLock { $0.open[name] = (ObjectIdentifier(worker), close) }
  }

  func ended(_ name: Name) { state.withLock { _ = $0.open.removeValue(forKey: name) } }

  /// A session is gone: what it had open is the host's to end.
  func ended(_ owner: vox_handle) {
    state.withLock { state in for name in state.open.keys where name.owner == owner { state.open[name] = nil } }
  }

  /// The worker is dead: what it had open is closed.
  func buried(_ worker: WorkerProcess) {
    let id = ObjectIdentifier(worker)
    let closing = state.withLock { state in
      state.tokens[id] = nil
      let mine = state.open.filter { $0.value.worker == id }
      for name in mine.keys { state.open[name] = nil }
      return mine.values.map(\.close)
    }
    for close in closing { close() }
  }

  // MARK: Events on their way to a worker

  /// Puts the worker's own token into a request on a route. False for one of a route that this worker does not have.
  func pass(_ e: UnsafeMutablePointer<vox_event>, to worker: WorkerProcess) -> Bool {
    guard EventKind(rawValue: e.pointee.kind) == .routeRequest else { return true }
    let event = UnsafeMutableRawPointer(e).assumingMemoryBound(to: vox_ev_route.self)
    guard let token = state.withLock({ $0.tokens[ObjectIdentifier(worker)]?[event.pointee.token] }) else { return false }
    event.pointee.token = token
    return true
  }

  /// Notes what an event of a service has ended.
  func note(_ e: UnsafePointer<vox_event>) {
    let raw = UnsafeRawPointer(e)
    switch EventKind(rawValue: e.pointee.kind) {
    case .socketClosed: ended(Name(kind: .socket, owner: e.pointee.target, token: raw.load(as: vox_ev_socket.self).token))
    case .webSocketRefused: ended(Name(kind: .socket, owner: e.pointee.target, token: raw.load(as: vox_ev_websocket_refused.self).token))
    case .httpDone: ended(Name(kind: .request, owner: e.pointee.target, token: raw.load(as: vox_ev_http_body.self).token))
    case .httpFailed: ended(Name(kind: .request, owner: e.pointee.target, token: raw.load(as: vox_ev_refused.self).token))
    default: break
    }
  }
}
