// A plugin's side of the services: it asks through the C tables and keeps what is delivered.

import Base
import CommonHarness
import Glibc
import PluginABI
import Synchronization
import Testing
import Vox

@testable import Services

/// One provider with an account (handle 1) and sessions (any other handle up to 99).
final class Plugin: Sendable {
  enum Event: Equatable, Sendable {
    case head(Int, [String: String])
    case body([UInt8])
    case done
    case failed(ErrorClass, String, SideEffects)
    case open([String: String])
    case refused(Int, ErrorClass, String, body: String)
    case text(String)
    case binary([UInt8])
    case closed(Int, String)
    case resume
    case state(EventKind, key: String, version: UInt64, value: [UInt8])
  }

  private struct State {
    var events: [(owner: vox_handle, token: UInt64, event: Event)] = []
    var flags: [UInt16] = []
    var times: [[UInt32]] = []
    /// What `deliver` answers before it takes anything.
    var refusals: [vox_status] = []
    var isGone = false
    var sessions = 1
    var logs: [String] = []
  }

  private let state = Mutex(State())
  /// Runs on the network's thread before the next event is taken, once.
  let beforeEvent = Mutex<(@Sendable () -> Void)?>(nil)
  let services: Services
  let client: ServiceClient
  let tables: ServiceTables

  init(
    _ services: Services, name: String = "acme", account: vox_handle = 1, reach: Reach? = nil, secrets: [String] = [], caFile: String = "",
    proxy: String = "", tape: Tape? = nil, allowing urls: [String] = []
  ) {
    self.services = services
    let ports = Box()
    client = ServiceClient(
      name: name, account: account, reach: reach ?? Reach(manifest: [], operator: urls), secrets: secrets, caFile: caFile, proxy: proxy,
      tape: tape,
      ports: ServiceClient.Ports(
        deliver: { event in
          guard let plugin = ports.plugin.withLock({ $0 }) else { return vox_status(VOX_STALE) }
          plugin.beforeEvent.withLock { $0.take() }?()
          return plugin.take(event)
        },
        owns: { handle in handle < 100 && ports.plugin.withLock { $0 }?.state.withLock { !$0.isGone } ?? false },
        sessions: { ports.plugin.withLock { $0 }?.state.withLock { $0.sessions } ?? 0 },
        settle: { $0() }, log: { text, _ in ports.plugin.withLock { $0 }?.state.withLock { $0.logs.append(text) } }))
    tables = services.tables(for: client)
    ports.plugin.withLock { $0 = self }
  }

  private final class Box: Sendable {
    let plugin = Mutex<Plugin?>(nil)
  }

  private func take(_ e: UnsafePointer<vox_event>) -> vox_status {
    state.withLock { state in
      if !state.refusals.isEmpty {
        let status = state.refusals.removeFirst()
        if status != vox_status(VOX_OK) { return status }
      }
      if state.isGone { return vox_status(VOX_STALE) }
      let raw = UnsafeRawPointer(e)
      let owner = e.pointee.target
      let kind = EventKind(rawValue: e.pointee.kind)
      switch kind {
      case .httpHead, .webSocketOpen:
        let head = raw.load(as: vox_ev_http_head.self)
        let headers = Self.headers(head.headers, head.nheaders)
        state.flags.append(head.h.flags)
        state.times.append([head.dns_us, head.tcp_us, head.tls_us, head.first_byte_us])
        state.events.append((owner, head.token, kind == .httpHead ? .head(Int(head.status), headers) : .open(headers)))
      case .httpBody:
        let body = raw.load(as: vox_ev_http_body.self)
        state.events.append((owner, body.token, .body(Array(body.data.bytes))))
      case .httpDone: state.events.append((owner, raw.load(as: vox_ev_http_body.self).token, .done))
      case .httpFailed, .stateFailed:
        let failed = raw.load(as: vox_ev_refused.self)
        let error = ProviderError(failed.error)
        state.events.append((owner, failed.token, .failed(error.cls, error.code, error.effects)))
      case .webSocketRefused:
        let refused = raw.load(as: vox_ev_websocket_refused.self)
        let error = ProviderError(refused.error)
        state.events.append((owner, refused.token, .refused(Int(refused.status), error.cls, error.code, body: refused.body.string)))
      case .socketText, .socketBinary, .socketClosed:
        let socket = raw.load(as: vox_ev_socket.self)
        let event: Event =
          switch kind {
          case .socketText: .text(socket.data.string)
          case .socketBinary: .binary(Array(socket.data.bytes))
          default: .closed(Int(socket.code), socket.data.string)
          }
        state.events.append((owner, socket.token, event))
      case .resume: state.events.append((owner, 0, .resume))
      default:
        let item = raw.load(as: vox_ev_state.self)
        state.events.append(
          (owner, item.token, .state(kind, key: item.key.string, version: item.version, value: Array(item.value.bytes))))
      }
      return vox_status(VOX_OK)
    }
  }

  private static func headers(_ first: UnsafePointer<vox_pair>?, _ count: UInt32) -> [String: String] {
    (0..<Int(count)).reduce(into: [:]) { lines, i in
      if let pair = first?[i] { lines[pair.name.string.lowercased()] = pair.value.string }
    }
  }

  // MARK: What has come

  func events(_ token: UInt64) -> [Event] { state.withLock { $0.events.filter { $0.token == token }.map(\.event) } }
  func owners(_ token: UInt64) -> [vox_handle] { state.withLock { $0.events.filter { $0.token == token }.map(\.owner) } }
  var flags: [UInt16] { state.withLock { $0.flags } }
  var times: [[UInt32]] { state.withLock { $0.times } }
  var logs: [String] { state.withLock { $0.logs } }
  func refuse(_ statuses: [vox_status]) { state.withLock { $0.refusals = statuses } }
  func leave() { state.withLock { $0.isGone = true } }
  func openSessions(_ count: Int) { state.withLock { $0.sessions = count } }

  func body(_ token: UInt64) -> [UInt8] {
    events(token).reduce(into: []) { bytes, event in if case .body(let piece) = event { bytes += piece } }
  }

  /// Waits until `fact` holds; with an issue of the test when it does not.
  @discardableResult
  func wait(_ what: Comment = "it comes in time", _ fact: () -> Bool) -> Bool {
    var patience = Patience()
    while !fact() {
      guard patience.waits() else {
        Issue.record(what)
        return false
      }
    }
    return true
  }

  /// Waits for the last event of a request or socket.
  @discardableResult
  func end(_ token: UInt64) -> Event? {
    func last() -> Event? {
      events(token).last { event in
        switch event {
        case .done, .failed, .closed, .refused: true
        default: false
        }
      }
    }
    wait { last() != nil }
    return last()
  }

  // MARK: What it asks

  func request(
    _ url: String, token: UInt64 = 7, owner: vox_handle = 2, method: String = "GET", headers: [(String, String)] = [], body: String = "",
    connectMs: UInt32 = 0, firstByteMs: UInt32 = 0, stallMs: UInt32 = 0, totalMs: UInt32 = 0, credit: UInt32 = 0
  ) -> vox_status {
    withView(method) { method in
      withView(url) { url in
        withView(body) { body in
          HeaderLines.lend(headers.map { (name: $0.0, value: $0.1) }) { pairs in
            var request = vox_http_request(
              struct_size: UInt32(MemoryLayout<vox_http_request>.size), nheaders: UInt32(pairs.count), method: method, url: url,
              headers: pairs.baseAddress, body: body, connect_ms: connectMs, first_byte_ms: firstByteMs, stall_ms: stallMs,
              total_ms: totalMs, credit: credit, zero: 0)
            return tables.http.pointee.request?(tables.http.pointee.ctx, owner, token, &request) ?? vox_status(VOX_INTERNAL)
          }
        }
      }
    }
  }

  func read(_ bytes: UInt32, token: UInt64 = 7, owner: vox_handle = 2) {
    _ = tables.http.pointee.read?(tables.http.pointee.ctx, owner, token, bytes)
  }

  @discardableResult
  func cancel(token: UInt64 = 7, owner: vox_handle = 2) -> vox_status {
    tables.http.pointee.cancel?(tables.http.pointee.ctx, owner, token) ?? vox_status(VOX_INTERNAL)
  }

  func warm(_ url: String, _ connections: UInt32 = 1) -> vox_status {
    withView(url) { view in
      var view = view
      return tables.http.pointee.warm?(tables.http.pointee.ctx, &view, connections) ?? vox_status(VOX_INTERNAL)
    }
  }

  func connect(
    _ url: String, token: UInt64 = 7, owner: vox_handle = 2, headers: [(String, String)] = [], connectMs: UInt32 = 0, pingMs: UInt32 = 0,
    maxMessage: UInt32 = 0
  ) -> vox_status {
    withView(url) { url in
      HeaderLines.lend(headers.map { (name: $0.0, value: $0.1) }) { pairs in
        var request = vox_websocket_request(
          struct_size: UInt32(MemoryLayout<vox_websocket_request>.size), nheaders: UInt32(pairs.count), url: url,
          headers: pairs.baseAddress,
          connect_ms: connectMs, ping_ms: pingMs, max_message: maxMessage, zero: 0)
        return tables.webSocket.pointee.connect?(tables.webSocket.pointee.ctx, owner, token, &request) ?? vox_status(VOX_INTERNAL)
      }
    }
  }

  private var socket: vox_socket_v0 { tables.socket(incoming: nil).pointee }

  func send(_ text: String, token: UInt64 = 7, owner: vox_handle = 2, isBinary: Bool = false) -> vox_status {
    withView(text) { view in
      var view = view
      return socket.send?(socket.ctx, owner, token, isBinary ? 1 : 0, &view) ?? vox_status(VOX_INTERNAL)
    }
  }

  func close(token: UInt64 = 7, owner: vox_handle = 2, code: UInt32 = 1000, reason: String = "") -> vox_status {
    withView(reason) { view in
      var view = view
      return socket.close?(socket.ctx, owner, token, code, &view) ?? vox_status(VOX_INTERNAL)
    }
  }

  func adopt(token: UInt64 = 7, owner: vox_handle, by newOwner: vox_handle) -> vox_status {
    socket.adopt?(socket.ctx, owner, token, newOwner) ?? vox_status(VOX_INTERNAL)
  }
}

extension Services {
  /// With its own thread, for one test.
  static func make(state folder: String = "") throws -> Services {
    var options = Options()
    options.stateFolder = folder
    return try Services(options, clock: SystemClock())
  }
}
