// A host that writes down what a plugin says, and calls it by the ABI alone: the same for a plugin here and one in a worker.

import Base
import CommonHarness
import Glibc
import Loader
import PluginABI
import Synchronization
import Vox

@testable import Isolation

/// One event as it was heard, in words.
struct Heard: Equatable, CustomStringConvertible {
  let kind: UInt16
  let target: vox_handle
  let op: vox_handle
  let text: String
  let samples: [Int16]
  let position: UInt64
  let errorClass: UInt16

  init(_ e: UnsafePointer<vox_event>) {
    let raw = UnsafeRawPointer(e)
    kind = e.pointee.kind
    target = e.pointee.target
    op = e.pointee.op
    var (text, samples, position, errorClass) = ("", [Int16](), UInt64(0), UInt16(0))
    switch EventKind(rawValue: kind) {
    case .completed, .ready, .accepted: if e.pointee.struct_size == 72 { text = raw.load(as: vox_ev_text.self).text.string }
    case .failed:
      let error = raw.load(as: vox_ev_failed.self).error
      (text, errorClass) = (error.message.string, error.cls)
    case .accountState:
      let event = raw.load(as: vox_ev_account.self)
      (text, errorClass) = ("\(event.state) \(event.detail.string)\(event.error.message.string)", event.error.cls)
    case .lineAudio, .ttsAudio:
      let audio = raw.load(as: vox_ev_audio.self).audio
      samples = Array(UnsafeBufferPointer(start: audio.samples, count: Int(audio.count)))
      position = audio.position
    case .flushed, .cancelled: position = raw.load(as: vox_ev_mark.self).position
    default: break
    }
    (self.text, self.samples, self.position, self.errorClass) = (text, samples, position, errorClass)
  }

  var description: String { "\(kind) of \(op): \(text)\(errorClass > 0 ? " class \(errorClass)" : "") \(samples.count) at \(position)" }
}

/// Collects events and waits for facts.
final class Ear: @unchecked Sendable {
  private struct State {
    var heard: [Heard] = []
    var log: [String] = []
    /// How many events of sound are still taken; nil = all.
    var room: Int?
  }
  private let state = Mutex(State())
  /// What the host offers besides; set before the plugin is made.
  nonisolated(unsafe) var services: FakeServices?

  var heard: [Heard] { state.withLock { $0.heard } }
  var log: [String] { state.withLock { $0.log } }

  /// Told of each event inside `emit`, on the thread that emits. Set before the plugin is made.
  nonisolated(unsafe) var within: ((Heard) -> Void)?

  func take(_ e: UnsafePointer<vox_event>) -> vox_status {
    let heard = Heard(e)
    within?(heard)
    return state.withLock {
      if heard.kind == EventKind.ttsAudio.rawValue, let left = $0.room {
        guard left > 0 else {
          $0.log.append("refused")
          return vox_status(VOX_WOULD_BLOCK)
        }
        $0.room = left - 1
      }
      $0.heard.append(heard)
      return vox_status(VOX_OK)
    }
  }

  func limitSound(to count: Int?) { state.withLock { $0.room = count } }
  func write(_ line: String) { state.withLock { $0.log.append(line) } }

  /// Waits until `fact` holds of what was heard; whether it does.
  func wait(_ fact: ([Heard], [String]) -> Bool) -> Bool {
    var patience = Patience()
    while !fact(heard, log) {
      guard patience.waits() else { return false }
    }
    return true
  }

  func waitFor(_ kind: EventKind, op: vox_handle = 0) -> Heard? {
    var found: Heard?
    _ = wait { heard, _ in
      found = heard.first { $0.kind == kind.rawValue && $0.op == op }
      return found != nil
    }
    return found
  }
}

/// A host table around an ear, and a plugin behind a `Library`.
final class Rig: @unchecked Sendable {
  static let account: vox_handle = 0x1_0000_0001
  let ear = Ear()
  let library: Library
  let host: UnsafeMutablePointer<vox_host_v0>
  let news = Mutex<[WorkerNews]>([])
  private(set) var provider: UnsafeMutableRawPointer?
  private(set) var accountContext: UnsafeMutableRawPointer?
  private(set) var created: vox_status = -1
  private var sessions: [RigSession] = []
  private var nextHandle: vox_handle = 0x2_4000_0001

  /// Opens the fixture in workers.
  convenience init(
    _ path: String = Fixtures.worker, settings: JSONValue = [:], start: Bool = true, policy: Supervisor.Policy = .init(),
    services: FakeServices? = nil, change: (inout WorkerOrder) -> Void = { _ in }
  ) throws {
    let isolation = Isolation(program: Fixtures.program, arguments: [], loops: [], clock: SystemClock(), policy: policy)
    var order = isolation.order(path)
    change(&order)
    let box = NewsBox()
    try self.init(
      isolation.open(SealedLibrary(path), order, name: "fixture") { news in box.tell(news) }, settings: settings, start: start,
      services: services)
    box.rig = self
  }

  init(_ library: Library, settings: JSONValue = [:], start: Bool = true, services: FakeServices? = nil) throws {
    self.library = library
    ear.services = services
    host = .allocate(capacity: 1)
    host.initialize(
      to: vox_host_v0(
        struct_size: UInt32(MemoryLayout<vox_host_v0>.size), abi: UInt32(VOX_ABI_DRAFT), ctx: Unmanaged.passRetained(ear).toOpaque(),
        emit: { context, e in context.map { Unmanaged<Ear>.fromOpaque($0).takeUnretainedValue().take(e) } ?? -1 },
        now: { _ in SystemClock().now.ns },
        log: { context, _, _, text in
          if let context { Unmanaged<Ear>.fromOpaque(context).takeUnretainedValue().write(text.pointee.string) }
        },
        timer: { _, _, _, _ in vox_status(VOX_UNSUPPORTED) },
        service: { context, id in
          context.flatMap { Unmanaged<Ear>.fromOpaque($0).takeUnretainedValue().services?.table(id.pointee.string) }
        }))
    if start { self.start(settings) }
  }

  /// Has the plugin make its provider, and opens the account.
  func start(_ settings: JSONValue = [:]) {
    provider = library.context
    created = withView(settings.text) { view in
      var view = view
      return library.table.pointee.create?(host, &view, &provider) ?? -1
    }
    guard created == 0 else { return }
    openAccount()
  }

  private func openAccount() {
    withView("fixture") { id in
      withView("{}") { settings in
        withView("k") { name in
          withView("secret") { value in
            var pair = vox_pair(name: name, value: value)
            withUnsafePointer(to: &pair) { pair in
              var conf = vox_account_conf(
                struct_size: UInt32(MemoryLayout<vox_account_conf>.size), npairs: 0, id: id, settings: settings, routes_base: id,
                nsecrets: 1, nstate: 0, secrets: pair, state: nil)
              _ = library.table.pointee.open_account?(provider, Self.account, &conf, &accountContext)
            }
          }
        }
      }
    }
  }

  /// Opens a session and waits for READY or failure.
  func open(_ role: Role = .telephony, waiting: Bool = true) -> RigSession? {
    nextHandle += 1
    let handle = nextHandle
    guard let table = library.sessions[role] else { return nil }
    var open = vox_open()
    open.struct_size = UInt32(MemoryLayout<vox_open>.size)
    open.out_rate = 16000
    var context: UnsafeMutableRawPointer?
    guard table.pointee.open?(accountContext, handle, &open, &context) == 0 else { return nil }
    if waiting {
      _ = ear.wait { heard, _ in
        heard.contains { $0.target == handle && ($0.kind == EventKind.ready.rawValue || $0.kind == EventKind.failed.rawValue) }
      }
    }
    let session = RigSession(handle: handle, table: table.pointee, context: context, ear: ear)
    sessions.append(session)
    return session
  }

  /// Destroys what is left, last of all the provider.
  func stop() {
    for session in sessions { session.destroy() }
    if let accountContext { library.table.pointee.close_account?(accountContext) }
    library.table.pointee.destroy?(provider)
  }
}

/// One session of a rig.
final class RigSession {
  let handle: vox_handle
  let table: vox_session_v0
  let context: UnsafeMutableRawPointer?
  let ear: Ear
  private var isDestroyed = false
  private static let nextOp = Atomic<UInt64>(0x1_8000_0001)

  init(handle: vox_handle, table: vox_session_v0, context: UnsafeMutableRawPointer?, ear: Ear) {
    (self.handle, self.table, self.context, self.ear) = (handle, table, context, ear)
  }

  @discardableResult
  func start(_ text: String, body: String = "") -> (op: vox_handle, status: vox_status) {
    let op = Self.nextOp.add(1, ordering: .relaxed).newValue
    let status = withView(text) { text in
      withView(body) { body in
        var request = vox_request()
        request.struct_size = UInt32(MemoryLayout<vox_request>.size)
        request.kind = 20
        request.text = text
        request.body = body
        return table.start?(context, op, &request) ?? -1
      }
    }
    return (op, status)
  }

  func push(_ op: vox_handle, _ samples: [Int16], at position: UInt64) -> vox_status {
    samples.withUnsafeBufferPointer {
      var audio = vox_audio(
        struct_size: UInt32(MemoryLayout<vox_audio>.size), flags: 0, stream: 0, rate: 16000, count: UInt32($0.count), position: position,
        samples: $0.baseAddress)
      return table.push_audio?(context, op, &audio) ?? -1
    }
  }

  func finalize(_ op: vox_handle, mark: UInt64 = 0) { _ = table.finalize?(context, op, mark) }
  func cancel(_ op: vox_handle) { _ = table.cancel?(context, op, 1) }
  func close() { _ = table.close?(context, 2, 0) }
  func destroy() {
    if !isDestroyed { table.destroy?(context) }
    isDestroyed = true
  }

  func resume(_ op: vox_handle) {
    var event = Layout.head(vox_event.self, .resume, target: handle, op: op)
    _ = table.deliver?(context, &event)
  }

  /// The host has seen a socket of the session end.
  func closed(socket token: UInt64) {
    var event = vox_ev_socket()
    event.h = Layout.head(vox_ev_socket.self, .socketClosed, target: handle)
    event.token = token
    event.code = 1006
    withUnsafePointer(to: &event) { e in
      e.withMemoryRebound(to: vox_event.self, capacity: 1) { _ = table.deliver?(context, $0) }
    }
  }

  /// What was heard of this session.
  var heard: [Heard] { ear.heard.filter { $0.target == handle } }

  /// How the session failed.
  func waitForFailure() -> Heard? {
    var found: Heard?
    _ = ear.wait { heard, _ in
      found = heard.first { $0.target == handle && $0.kind == EventKind.failed.rawValue && $0.op == 0 }
      return found != nil
    }
    return found
  }
}

/// Carries news to a rig that is made after the closure that tells it.
final class NewsBox: @unchecked Sendable {
  private let list = Mutex<[WorkerNews]>([])
  weak var rig: Rig? {
    didSet { if let rig { for item in list.withLock({ $0 }) { rig.news.withLock { $0.append(item) } } } }
  }

  func tell(_ news: WorkerNews) {
    list.withLock { $0.append(news) }
    rig?.news.withLock { $0.append(news) }
    rig?.ear.write("news")
  }
}
