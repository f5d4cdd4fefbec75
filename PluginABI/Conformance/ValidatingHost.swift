// The host's side of the contract as a plugin under test sees it: keeps every event, and holds each call against the rules.

import PluginABI
import Vox

/// One per provider. Its table may be called from any thread; everything else is called by the case.
///
/// The table and this object are never freed: a plugin that calls after `destroy` must find something to be caught by.
final class ValidatingHost: @unchecked Sendable {
  struct Session {
    let role: Role
    var ready = false
    var closed = false
    var destroyed = false
    var failure: ProviderError?
    var nextLineSample: UInt64 = 0
  }

  struct Op {
    let session: vox_handle
    var audit: OpAudit
    var events: [SeenEvent] = []
    var terminal: SeenEvent?
    var cancelled = false
    /// The host has ended it by itself; everything is late now.
    var released = false
    /// The call of start was answered by no OK, which is the end of the op.
    var neverBegan = false
    /// Of each kind of output, the mark of the first piece that was refused and has not come through since.
    var refused: [EventKind: String] = [:]
    var resumeOwed = false
  }

  struct Timer {
    let owner: vox_handle
    let token: UInt64
    let at: UInt64
  }

  let table: UnsafePointer<vox_host_v0>
  private let monitor = Monitor()
  private var services: ServiceTables?

  private var accounts: [vox_handle: [SeenEvent]] = [:]
  private var sessions: [vox_handle: Session] = [:]
  private var ops: [vox_handle: Op] = [:]
  private var timers: [Timer] = []
  private var activity: UInt64 = 0
  /// Index below, generation above: neither looks like a small number or a pointer.
  private var lastIndex: UInt64 = 0
  private var room = Int.max
  private var refusals = 0
  private var log: [String] = []
  private var asked: [String] = []
  private var noted: [Breach] = []
  private var inProvider = false
  private var isGone = false
  private var mail: [Mail] = []

  /// What services have for the plugin, in order.
  enum Mail {
    case event(ServiceEvent)
    case settled(@Sendable () -> Void)
  }

  /// At most this many breaches are kept: a plugin that breaks a rule with every frame tells nothing new.
  private static let maxBreaches = 64
  /// A plugin that takes nothing for a while must not fill the memory; services come again.
  private static let maxMail = 1024
  /// Pending timers of one owner (`vox/host.h`).
  private static let maxTimers = 64

  init() {
    let made = UnsafeMutablePointer<vox_host_v0>.allocate(capacity: 1)
    table = UnsafePointer(made)
    made.initialize(
      to: vox_host_v0(
        struct_size: UInt32(MemoryLayout<vox_host_v0>.size), abi: Conformance.draft, ctx: nil, emit: HostTable.emit,
        now: HostTable.now, log: HostTable.log, timer: HostTable.timer, service: HostTable.service))
    made.pointee.ctx = Unmanaged.passRetained(self).toOpaque()
  }

  // MARK: Called by the plugin

  func emit(_ e: UnsafePointer<vox_event>) -> vox_status {
    var reader = EventReader()
    let event = reader.read(e)
    return monitor.locked {
      reader.breaches.forEach(note)
      activity += 1
      monitor.ring()
      guard let event else { return vox_status(VOX_INVALID) }
      if isGone { return late("an event of kind \(event.kind.rawValue)") }
      if accounts[event.target] != nil, event.op == 0 {
        accounts[event.target]?.append(event)
        return vox_status(VOX_OK)
      }
      guard var session = sessions[event.target] else {
        note(Breach(.knownHandles, "an event of kind \(event.kind.rawValue) names \(event.target), which is no account or session"))
        return vox_status(VOX_STALE)
      }
      defer { sessions[event.target] = session }
      if session.destroyed { return vox_status(VOX_STALE) }
      if session.closed {
        note(Breach(.closes, "an event of kind \(event.kind.rawValue) came after CLOSED"))
        return vox_status(VOX_STALE)
      }
      return event.op == 0 ? take(event, &session) : take(event, ofOp: event.op)
    }
  }

  private func take(_ event: SeenEvent, _ session: inout Session) -> vox_status {
    switch (event.kind, event.payload) {
    case (.ready, _):
      if session.ready { note(Breach(.sessionOpens, "READY came twice")) }
      if (try? JSONValue(parsing: event.text))?.object == nil, !event.text.isEmpty {
        note(Breach(.sessionOpens, "READY does not carry a JSON object: \(event.text.prefix(60))"))
      }
      session.ready = true
    case (.closed, _):
      session.closed = true
      if ops.contains(where: { $1.session == event.target && $1.terminal == nil && !$1.released && !$1.neverBegan }) {
        note(Breach(.closes, "\(session.role.name): CLOSED came while an op had no terminal event yet"))
      }
    case (.failed, .failure(let error)): session.failure = error
    case (.lineAudio, .audio(let rate, let count, let position)):
      if position != session.nextLineSample {
        note(Breach(.audio, "LINE_AUDIO came with position \(position), \(session.nextLineSample) is next"))
      }
      if count * 50 != rate { note(Breach(.audio, "a frame of LINE_AUDIO has \(count) samples, 20 ms at \(rate) Hz are \(rate / 50)")) }
      session.nextLineSample = position &+ UInt64(count)
    default: break
    }
    return vox_status(VOX_OK)
  }

  private func take(_ event: SeenEvent, ofOp handle: vox_handle) -> vox_status {
    guard var op = ops[handle], op.session == event.target else {
      note(Breach(.knownHandles, "an event of kind \(event.kind.rawValue) names op \(handle), which that session was never given"))
      return vox_status(VOX_STALE)
    }
    defer { ops[handle] = op }
    if op.terminal != nil {
      let clause: Clause = event.kind.isTerminal ? .terminalOnce : .silentAfterTerminal
      note(Breach(clause, "an event of kind \(event.kind.rawValue) came after the terminal event"))
      return vox_status(VOX_STALE)
    }
    if op.neverBegan {
      note(Breach(.terminalOnce, "an event of kind \(event.kind.rawValue) came for an op that start had refused"))
      return vox_status(VOX_STALE)
    }
    if op.released || (op.cancelled && !event.kind.isTerminal && event.kind != .usage) { return vox_status(VOX_STALE) }
    if event.mayBeRefused {
      guard room > 0 else {
        refusals += 1
        if event.mustNotBeLost, op.refused[event.kind] == nil { op.refused[event.kind] = event.mark }
        op.resumeOwed = true
        return vox_status(VOX_WOULD_BLOCK)
      }
      room -= room == .max ? 0 : 1
      if event.mustNotBeLost, let refused = op.refused.removeValue(forKey: event.kind), refused != event.mark {
        note(Breach(.noRoom, "after output \(refused) was refused, \(event.mark) came instead of it"))
      }
    }
    // After a cancel the host takes no output, so what it refused before cannot come any more.
    if event.kind == .completed, !op.cancelled, let refused = op.refused.values.first {
      note(Breach(.noRoom, "COMPLETED came and the refused output \(refused) never did"))
    }
    // An op that was done before it heard of its cancel counts what was refused since.
    if !op.cancelled || event.kind != .completed { op.audit.note(event).forEach(note) }
    op.events.append(event)
    if event.kind.isTerminal { op.terminal = event }
    return vox_status(VOX_OK)
  }

  func write(_ text: String) {
    monitor.locked {
      if isGone { _ = late("a line of log") }
      keep(text)
    }
  }

  private func keep(_ line: String) {
    log.append(line)
    if log.count > 20 { log.removeFirst() }
  }

  func timer(_ owner: vox_handle, _ token: UInt64, _ at: UInt64) -> vox_status {
    monitor.locked {
      if isGone { return late("a timer") }
      guard accounts[owner] != nil || sessions[owner] != nil else {
        note(Breach(.knownHandles, "a timer names \(owner), which is no account or session"))
        return vox_status(VOX_STALE)
      }
      if sessions[owner]?.destroyed ?? false { return vox_status(VOX_STALE) }
      if at == 0 {
        timers.removeAll { $0.owner == owner && $0.token == token }
        return vox_status(VOX_OK)
      }
      guard timers.count(where: { $0.owner == owner }) < Self.maxTimers else { return vox_status(VOX_WOULD_BLOCK) }
      timers.append(Timer(owner: owner, token: token, at: at))
      activity += 1
      monitor.ring()
      return vox_status(VOX_OK)
    }
  }

  func service(_ id: String) -> UnsafeRawPointer? {
    monitor.locked {
      if isGone { _ = late("a request for service \(id)") }
      if !inProvider { note(Breach(.hostTags, "service \(id) was asked for outside a call of the provider")) }
      asked.append(id)
      return services?[id]
    }
  }

  private func late(_ what: String) -> vox_status {
    note(Breach(.leavesNothing, "\(what) came after the provider's destroy had returned"))
    return vox_status(VOX_STALE)
  }

  private func note(_ breach: Breach) {
    if noted.count < Self.maxBreaches, !noted.contains(breach) { noted.append(breach) }
  }

  // MARK: Called by the case

  var breaches: [Breach] { monitor.locked { noted } }
  var logged: [String] { monitor.locked { log } }
  var servicesAsked: [String] { monitor.locked { asked } }

  /// The one account of the provider.
  func openAccount() -> vox_handle {
    monitor.locked { accounts[Self.account] = [] }
    return Self.account
  }
  func newSession(_ role: Role) -> vox_handle { register { sessions[$0] = Session(role: role) } }
  func newOp(_ session: vox_handle, _ audit: OpAudit) -> vox_handle { register { ops[$0] = Op(session: session, audit: audit) } }

  private static let account = handle(0)
  private static func handle(_ index: UInt64) -> vox_handle { (0x5A00_0000 + index * 7) << 32 | index }

  private func register(_ add: (vox_handle) -> Void) -> vox_handle {
    monitor.locked {
      lastIndex += 1
      let handle = Self.handle(lastIndex)
      add(handle)
      return handle
    }
  }

  func events(ofAccount handle: vox_handle) -> [SeenEvent] { monitor.locked { accounts[handle] ?? [] } }
  func session(_ handle: vox_handle) -> Session { monitor.locked { sessions[handle] ?? Session(role: .tool) } }
  func op(_ handle: vox_handle) -> Op? { monitor.locked { ops[handle] } }
  func update(_ op: vox_handle, _ change: (inout Op) -> Void) {
    monitor.locked {
      guard var found = ops[op] else { return }
      change(&found)
      ops[op] = found
    }
  }
  func forget(session: vox_handle) {
    monitor.locked {
      sessions[session]?.destroyed = true
      timers.removeAll { $0.owner == session }
    }
  }
  func forget(account: vox_handle) { monitor.locked { timers.removeAll { $0.owner == account } } }
  /// The provider is destroyed: whatever comes from now on is late.
  func leave() {
    monitor.locked { isGone = true }
    services?.retire()
  }
  func setProviderCall(_ inside: Bool) { monitor.locked { inProvider = inside } }

  // MARK: Services

  /// Set before the plugin is given the table.
  func offer(_ services: ServiceTables) { self.services = services }

  /// What services may ask of this host.
  func port(_ manifest: JSONValue) -> ServicePort {
    ServicePort(
      account: Self.account, manifest: manifest, deliver: { [self] event in post(.event(event)) }, owns: { [self] in owns($0) },
      settle: { [self] work in _ = post(.settled(work)) }, log: { [self] text in monitor.locked { keep(text) } })
  }

  private func owns(_ handle: vox_handle) -> Bool {
    monitor.locked { !isGone && (accounts[handle] != nil || sessions[handle]?.destroyed == false) }
  }

  private func post(_ item: Mail) -> vox_status {
    monitor.locked {
      if isGone { return vox_status(VOX_STALE) }
      if case .event(let event) = item {
        guard accounts[event.target] != nil || sessions[event.target]?.destroyed == false else { return vox_status(VOX_STALE) }
        guard mail.count < Self.maxMail else { return vox_status(VOX_WOULD_BLOCK) }
      }
      mail.append(item)
      activity += 1
      monitor.ring()
      return vox_status(VOX_OK)
    }
  }

  /// What services have sent since this was asked last.
  func takeMail() -> [Mail] {
    monitor.locked {
      let taken = mail
      mail = []
      return taken
    }
  }

  /// Room for that many pieces of output from now on.
  func setRoom(_ pieces: Int) { monitor.locked { room = pieces } }
  var refusedSoFar: Int { monitor.locked { refusals } }

  /// The timers that are due, in the order of their moments; they are gone from the list.
  func dueTimers() -> [Timer] {
    monitor.locked {
      let now = monotonicNow()
      let due = timers.filter { $0.at <= now }.sorted { $0.at < $1.at }
      timers.removeAll { $0.at <= now }
      return due
    }
  }

  var activityCount: UInt64 { monitor.locked { activity } }

  /// Waits until the plugin does anything after `count`, a timer is due, or `deadline` comes.
  func wait(after count: UInt64, until deadline: UInt64) {
    monitor.locked {
      let next = min(timers.map(\.at).min() ?? deadline, deadline)
      while activity == count, monotonicNow() < next { monitor.wait(until: next) }
    }
  }
}
