// One session of a provider as the engine uses it: the same face for every role, alive, closing or dead.

public import Base
public import PluginABI
public import Vox

/// A provider at work for one call and role. Everything here happens on the session's loop.
///
/// The host's promises are kept in this one place: exactly one terminal event per op, nothing after it, a cancelled op ends for
/// the caller at once, a failed session answers every call with the same failure, and no plugin is asked for anything after
/// `close` but to be destroyed.
/// The class is not Sendable by nature: it may only be carried to its own loop, which the few places that do so ensure.
public final class ProviderSession: TimerTarget, @unchecked Sendable {
  public enum State { case opening, ready, failed, closing, closed }

  public let provider: Provider
  public let role: Role
  public private(set) var state = State.opening
  /// What the session can do: the manifest's traits, narrowed by the account and by READY.
  public private(set) var traits: Traits
  /// Hz of the audio that is pushed to it, and that it sends.
  public let inRate: Int
  public let outRate: Int
  /// Why it failed, once it has.
  public private(set) var error: ProviderError?
  public let openedAt: Instant
  public private(set) var readyAt: Instant?
  weak var owner: (any SessionOwner)?

  private let table: SessionTable
  private let vtable: UnsafePointer<vox_session_v0>?
  private var handle: vox_handle = 0
  private var context: UnsafeMutableRawPointer?
  private var readyTraits: JSONValue?
  private var ops: [OpID: Running] = [:]
  private var timers: [UInt64: TimerID] = [:]
  private var connectTimer: TimerID?
  private var closeTimer: TimerID?
  private var isDestroyed = false
  /// Events of services that came while the plugin's `open` was still running.
  private var early: [UnsafeMutableRawPointer] = []

  /// A class, so that an event that only looks at it need not copy it.
  private final class Running {
    let kind: UInt16
    let startedAt: Instant
    var isCancelled = false
    /// Its deadline has passed: this is what its end will be, once its last usage is known.
    var failure: ProviderError?
    var timer: TimerID?
    /// Samples of sound it has sent: the position that the next must have.
    var sent: UInt64 = 0

    init(kind: UInt16, startedAt: Instant) {
      self.kind = kind
      self.startedAt = startedAt
    }
  }

  /// A timer token of the host's own; plugins' tokens are kept apart by `pluginTimers`.
  private enum Wake: UInt64 { case connect = 1, close }
  /// A cancelled op may take this long to send its last usage, when its traits name no other time.
  private static let defaultGraceMs = 50
  private static let closeGraceMs = 1000
  /// Timers that a session, or an account, may have pending (`vox/host.h`).
  public static let maxTimers = 64
  /// Five seconds of sound; an `open` that takes longer has failed.
  private static let maxEarly = 256
  private static let maxOps = 64

  init(
    provider: Provider, role: Role, traits: Traits, inRate: Int, outRate: Int, table: SessionTable, owner: any SessionOwner
  ) {
    self.provider = provider
    self.role = role
    self.traits = traits
    self.inRate = inRate
    self.outRate = outRate
    self.table = table
    vtable = provider.library.sessions[role]
    self.owner = owner
    openedAt = table.loop.now
  }

  /// The loop it lives on.
  public var loop: CallLoop { table.loop }
  public var isUsable: Bool { state == .ready }
  /// Nothing will come of it any more.
  public var isOver: Bool { state == .failed || state == .closed }
  public var runningOps: Int { ops.count }

  // MARK: Opening

  /// Asks the provider for a session; READY or failure follows. `connectMs` is how long that may take.
  func open(settings: JSONValue, context: JSONValue, offer: String, flags: UInt16, connectMs: Int) {
    guard let handle = table.admit(self) else {
      return loop.submit { [self] in
        fail(ProviderError(.overloaded, "this host serves as many sessions as it can hold", code: "sessions_full"))
      }
    }
    self.handle = handle
    let deadline = loop.now.advanced(byMs: connectMs)
    connectTimer = loop.timer(self, token: Wake.connect.rawValue, at: deadline)
    provider.openSession(
      self, handle: handle,
      SessionOpening(
        settings: settings.text, context: context.text, offer: offer, flags: flags, inRate: inRate, outRate: outRate,
        deadline: deadline.ns))
  }

  /// The plugin's `open` returned, on the lane; this is the loop again.
  func opened(_ status: vox_status, _ context: UnsafeMutableRawPointer?) {
    guard status == vox_status(VOX_OK) else {
      forgetEarly()
      return fail(
        ProviderError(.internal, "\(provider.name) refused to open a \(role.name) session", scope: .session, code: "open_refused"))
    }
    self.context = context
    deliverEarly()
    switch state {
    case .opening: if let readyTraits { becomeReady(readyTraits) }
    // It failed or was closed while it opened: the plugin still has to let go.
    case .failed, .closed: destroy()
    case .closing: closePlugin(.policy)
    case .ready: break
    }
  }

  private func becomeReady(_ narrowed: JSONValue) {
    guard state == .opening else { return }
    guard context != nil else { return readyTraits = narrowed }
    loop.cancel(connectTimer)
    connectTimer = nil
    traits = traits.narrowed(by: narrowed["traits"] ?? .object([:]))
    state = .ready
    readyAt = loop.now
    owner?.sessionReady(self)
  }

  // MARK: Work

  /// Begins an op. Nil when the session cannot take it (not ready, or too many at once); the failure is then final.
  ///
  /// - Parameters:
  ///   - flags: of the kind, e.g. that more text follows.
  ///   - text: the main text of kinds that have one.
  ///   - body: JSON of the kind's schema.
  ///   - key: equal for the same piece of work tried again.
  ///   - deadline: the host ends the op when it passes; `.never` = none.
  public func start(
    _ kind: UInt16, flags: UInt16 = 0, text: String = "", body: String = "{}", key: String = "", deadline: Instant = .never
  ) -> OpID? {
    guard state == .ready, ops.count < Self.maxOps, let op = table.beginOp(self) else { return nil }
    let running = Running(kind: kind, startedAt: loop.now)
    ops[op] = running
    if deadline != .never { running.timer = loop.timer(self, token: op.raw, at: deadline) }
    let status = withView(text) { text in
      withView(body) { body in
        withView(key) { key in
          var request = vox_request(
            struct_size: UInt32(MemoryLayout<vox_request>.size), kind: kind, flags: flags,
            deadline: deadline == .never ? 0 : deadline.ns, stream: 0, zero: 0, text: text, body: body, idempotency_key: key)
          return vtable?.pointee.start?(context, op.raw, &request) ?? vox_status(VOX_UNSUPPORTED)
        }
      }
    }
    if status != vox_status(VOX_OK) {
      let error = ProviderError(.internal, "\(provider.name) refused op \(kind) with status \(status)", code: "start_refused")
      loop.submit { [weak self] in self?.finish(op, with: error) }
    }
    return op
  }

  /// Hands audio to an op: VOX_OK, VOX_WOULD_BLOCK (keep it until RESUME arrives as an event) or VOX_STALE. No allocation.
  @inline(__always)
  public func push(_ op: OpID, _ samples: UnsafeBufferPointer<Int16>, position: UInt64, flags: UInt16 = 0) -> vox_status {
    guard state == .ready, let push = vtable?.pointee.push_audio else { return vox_status(VOX_STALE) }
    var audio = vox_audio(
      struct_size: UInt32(MemoryLayout<vox_audio>.size), flags: flags, stream: 0,
      rate: UInt32(role == .telephony ? outRate : inRate), count: UInt32(samples.count), position: position,
      samples: samples.baseAddress)
    return push(context, op.raw, &audio)
  }

  /// Hands more text to an op that grows. Answers as for audio.
  public func push(_ op: OpID, _ text: String) -> vox_status {
    guard state == .ready, let running = ops[op], !running.isCancelled, let push = vtable?.pointee.push_bytes else {
      return vox_status(VOX_STALE)
    }
    return withView(text) { withUnsafePointer(to: $0) { push(context, op.raw, $0) } }
  }

  /// mark > 0: flush and go on; 0: no more input.
  public func finalize(_ op: OpID, mark: UInt64 = 0) {
    guard state == .ready, ops[op] != nil else { return }
    _ = vtable?.pointee.finalize?(context, op.raw, mark)
  }

  /// Lets go of an op at once. Its terminal event still comes as an event, with its last usage, within the grace.
  public func cancel(_ op: OpID, reason: Reason) {
    guard let running = ops[op], !running.isCancelled else { return }
    running.isCancelled = true
    loop.cancel(running.timer)
    table.cancelOp(op)
    let graceMs = min(traits.int("cancel_grace_ms") ?? Self.defaultGraceMs, 10_000)
    running.timer = loop.timer(self, token: op.raw, at: loop.now.advanced(byMs: max(graceMs, 100)))
    if state == .ready { _ = vtable?.pointee.cancel?(context, op.raw, reason.rawValue) }
  }

  /// `samples` of the op's sound have left the queue; the plugin is told when it may send more.
  public func consumed(_ op: OpID, samples: Int) {
    guard ops[op] != nil else { return }
    let low = outRate * SessionTable.lowWaterSeconds
    if table.slots.consumed(Handle(abi: op.raw).slot, samples: samples, low: low) { resume(op) }
  }

  /// Ends the session: on a line this hangs up. Its ops are cancelled, their last usage still comes; then, within a second, the
  /// owner hears `sessionClosed`.
  public func close(_ reason: Reason) {
    guard state == .opening || state == .ready else { return }
    // The last first: a provider that is free begins with the next one that it has.
    for op in ops.keys.sorted(by: { $0.raw > $1.raw }) { cancel(op, reason: reason) }
    let wasOpen = context != nil
    state = .closing
    closeTimer = loop.timer(self, token: Wake.close.rawValue, at: loop.now.advanced(byMs: Self.closeGraceMs))
    if wasOpen { closePlugin(reason) }
  }

  private func closePlugin(_ reason: Reason) {
    let deadline = loop.now.advanced(byMs: Self.closeGraceMs)
    _ = vtable?.pointee.close?(context, reason.rawValue, deadline.ns)
  }

  // MARK: From the plugin

  func received(_ event: ProviderEvent) {
    if let op = event.op {
      guard let running = ops[op] else { return }
      if event.kind.isTerminal, let failure = running.failure { return finish(op, with: failure) }
      if event.kind == .ttsAudio, !follows(event, running) { return }
      if event.kind == .usage || event.kind.isTerminal || !running.isCancelled {
        if event.kind.isTerminal { forget(op) }
        owner?.session(self, event: event)
      }
      return
    }
    switch event.kind {
    case .ready: becomeReady((try? event.text?.text.json()) ?? .object([:]))
    case .failed: fail(failure(event) ?? ProviderError(.internal, "\(provider.name) failed without saying why", scope: .session))
    case .closed: finishClosing()
    default: if state != .failed, state != .closed { owner?.session(self, event: event) }
    }
  }

  /// The error of a FAILED event, without the provider's secrets; nil of any other.
  public func failure(_ event: ProviderEvent) -> ProviderError? { event.error.map(provider.masked) }

  /// Whether sound goes on where the op's sound so far ends; if not, the session has failed.
  private func follows(_ event: ProviderEvent, _ running: Running) -> Bool {
    guard let audio = event.audio, audio.position == running.sent else {
      breached("its sound is at sample \(event.audio?.position ?? 0) where \(running.sent) follows")
      return false
    }
    running.sent += UInt64(audio.count)
    return true
  }

  /// The plugin broke a rule of the contract: nothing else it says is believed.
  func breached(_ rule: String) {
    fail(ProviderError(.internal, "\(provider.name) broke the contract: \(rule)", scope: .session, effects: .maybe, code: "bad_event"))
  }

  func resume(_ op: OpID) {
    guard state == .ready, ops[op] != nil else { return }
    var event = Layout.head(vox_event.self, .resume, target: handle, op: op.raw)
    _ = vtable?.pointee.deliver?(context, &event)
  }

  func deliver(_ e: UnsafePointer<vox_event>) {
    guard state == .ready || state == .opening || state == .closing else { return }
    guard context != nil else { return keep(e) }
    _ = vtable?.pointee.deliver?(context, e)
  }

  /// A socket that the plugin moves to the session inside its `open` may speak before the session is known here.
  private func keep(_ e: UnsafePointer<vox_event>) {
    guard early.count < Self.maxEarly, let bytes = EventCopy.bytes(of: e) else { return }
    let copy = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 8)
    EventCopy.copy(e, to: copy)
    early.append(copy)
  }

  private func deliverEarly() {
    for event in early { deliver(event.assumingMemoryBound(to: vox_event.self)) }
    forgetEarly()
  }

  private func forgetEarly() {
    for event in early { event.deallocate() }
    early = []
  }

  func setTimer(token: UInt64, at: Instant) {
    loop.cancel(timers.removeValue(forKey: token))
    guard at.ns != 0, state != .failed, state != .closed, timers.count < Self.maxTimers else { return }
    let wake = PluginTimer(session: self, token: token)
    timers[token] = loop.timer(wake, token: token, at: at)
  }

  fileprivate func pluginTimerFired(_ token: UInt64) {
    timers[token] = nil
    var mark = vox_ev_mark()
    mark.h = Layout.head(vox_ev_mark.self, .timer, target: handle)
    mark.value = token
    withUnsafePointer(to: &mark) { pointer in
      pointer.withMemoryRebound(to: vox_event.self, capacity: 1) { deliver($0) }
    }
  }

  public func timerFired(token: UInt64) {
    switch Wake(rawValue: token) {
    case .connect:
      if state == .opening {
        fail(ProviderError(.timeout, "\(provider.name) was not ready in time", scope: .session, code: "connect_timeout"))
      }
    case .close: finishClosing()
    case nil:
      let op = OpID(raw: token)
      guard let running = ops[op] else { return }
      if running.isCancelled { return finish(op, with: running.failure) }
      running.failure = ProviderError(.timeout, "\(provider.name) did not finish in time", effects: .maybe, code: "deadline")
      cancel(op, reason: .deadline)
    }
  }

  // MARK: Ends

  /// Ends an op on the plugin's behalf: with an error, or as cancelled when there is none.
  private func finish(_ op: OpID, with error: ProviderError?) {
    guard ops[op] != nil else { return }
    forget(op)
    guard let error else {
      var mark = vox_ev_mark()
      mark.h = Layout.head(vox_ev_mark.self, .cancelled, flags: Self.madeUpFlag, target: handle, op: op.raw)
      return tellOwner(&mark)
    }
    error.withVox {
      var event = vox_ev_failed()
      event.h = Layout.head(vox_ev_failed.self, .failed, target: handle, op: op.raw)
      event.error = $0
      tellOwner(&event)
    }
  }

  /// Set on a CANCELLED that the host made up because the plugin did not send one; its position means nothing.
  public static let madeUpFlag: UInt16 = 0x8000

  private func tellOwner<E>(_ event: inout E) {
    withUnsafePointer(to: &event) { pointer in
      pointer.withMemoryRebound(to: vox_event.self, capacity: 1) { owner?.session(self, event: ProviderEvent(head: $0)) }
    }
  }

  private func forget(_ op: OpID) {
    guard let running = ops.removeValue(forKey: op) else { return }
    loop.cancel(running.timer)
    table.endOp(op)
  }

  /// Fails the session from the host's side, e.g. because a deadline passed.
  public func fail(_ error: ProviderError) {
    guard state == .opening || state == .ready else {
      if state == .closing { finishClosing() }
      return
    }
    state = .failed
    self.error = error
    letGo()
    owner?.session(self, failed: error)
    if context != nil { destroy() }
  }

  private func finishClosing() {
    guard state == .closing || state == .ready || state == .opening else { return }
    let wasAsked = state == .closing
    state = .closed
    letGo()
    if wasAsked {
      owner?.sessionClosed(self)
    } else {
      owner?.session(self, failed: ProviderError(.unavailable, "\(provider.name) closed the session", scope: .session, code: "closed"))
    }
    if context != nil { destroy() }
  }

  private func letGo() {
    loop.cancel(connectTimer)
    loop.cancel(closeTimer)
    for timer in timers.values { loop.cancel(timer) }
    timers = [:]
    for op in Array(ops.keys) { forget(op) }
    table.dismiss(handle)
  }

  private func destroy() {
    guard !isDestroyed, let context else { return }
    isDestroyed = true
    provider.destroySession(role, context)
  }
}

/// A timer of a plugin, apart from the host's own, so that no token of a plugin can be taken for one of ours.
private final class PluginTimer: TimerTarget {
  private weak var session: ProviderSession?
  private let token: UInt64

  init(session: ProviderSession, token: UInt64) {
    self.session = session
    self.token = token
  }

  func timerFired(token: UInt64) { session?.pluginTimerFired(self.token) }
}

/// What `open` is given, copied so that it can cross to the provider's lane.
struct SessionOpening: Sendable {
  let settings: String
  let context: String
  let offer: String
  let flags: UInt16
  let inRate: Int
  let outRate: Int
  let deadline: UInt64
}
