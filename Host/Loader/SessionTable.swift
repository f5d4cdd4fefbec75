// The sessions that live on one loop: where records from the ring find theirs.

public import Base
import PluginABI
import Synchronization
import Vox

extension EventKind {
  /// The last event of a socket or request.
  fileprivate var endsService: Bool {
    switch self {
    case .socketClosed, .webSocketRefused, .httpDone, .httpFailed: true
    default: false
    }
  }
}

/// One per loop; touched on that loop, except for `slots`, `emit` and `postDelivery`.
public final class SessionTable: RingReader, @unchecked Sendable {
  public let loop: CallLoop
  let slots = OpSlots()
  private var sessions: [ProviderSession?]
  private var generations: [UInt32]
  private var freeSessions: [Int]
  private var opGenerations: [UInt32]
  private var freeOps: [Int]
  private var opSessions: [ProviderSession?]

  /// What a record in the ring is.
  private enum RecordKind: UInt64 { case event = 1, delivery, timer, breach }
  private static let recordHead = 8

  public init(loop: CallLoop) {
    self.loop = loop
    sessions = Array(repeating: nil, count: OpSlots.maxSessions)
    generations = Array(repeating: 0, count: OpSlots.maxSessions)
    freeSessions = Array((0..<OpSlots.maxSessions).reversed())
    opGenerations = Array(repeating: 0, count: OpSlots.maxOps)
    freeOps = Array((0..<OpSlots.maxOps).reversed())
    opSessions = Array(repeating: nil, count: OpSlots.maxOps)
    loop.reader = self
  }

  /// Sessions that have not been destroyed yet.
  public private(set) var liveSessions = 0
  /// Ops that have not ended for the books yet.
  public private(set) var liveOps = 0

  // MARK: On the loop

  /// Gives a session its handle; nil when the loop has as many as it can hold.
  func admit(_ session: ProviderSession) -> vox_handle? {
    guard let slot = freeSessions.popLast() else { return nil }
    generations[slot] = max(generations[slot] &+ 1, 1)
    sessions[slot] = session
    liveSessions += 1
    slots.openSession(slot, generation: generations[slot], provider: session.provider.number)
    return Handle(.session, loop: loop.index, slot: slot, generation: generations[slot]).abi
  }

  /// Forgets a session; late emits for it are stale from now on.
  func dismiss(_ handle: vox_handle) {
    let handle = Handle(abi: handle)
    guard sessions[handle.slot] != nil, generations[handle.slot] == handle.generation else { return }
    slots.closeSession(handle.slot)
    sessions[handle.slot] = nil
    freeSessions.append(handle.slot)
    liveSessions -= 1
  }

  func beginOp(_ session: ProviderSession) -> OpID? {
    guard let slot = freeOps.popLast() else { return nil }
    // 56 bits of a word hold the generation, 32 of them are used; it never becomes 0, so neither does a handle.
    opGenerations[slot] = max(opGenerations[slot] &+ 1, 1)
    opSessions[slot] = session
    liveOps += 1
    slots.openOp(slot, generation: opGenerations[slot])
    return OpID(raw: Handle(.op, loop: loop.index, slot: slot, generation: opGenerations[slot]).abi)
  }

  func cancelOp(_ op: OpID) { slots.cancelOp(Handle(abi: op.raw).slot) }

  func endOp(_ op: OpID) {
    let handle = Handle(abi: op.raw)
    guard opSessions[handle.slot] != nil, opGenerations[handle.slot] == handle.generation else { return }
    slots.closeOp(handle.slot)
    opSessions[handle.slot] = nil
    freeOps.append(handle.slot)
    liveOps -= 1
  }

  public func received(_ record: UnsafeRawPointer) {
    guard let kind = RecordKind(rawValue: record.load(as: UInt64.self)) else { return }
    let e = (record + Self.recordHead).assumingMemoryBound(to: vox_event.self)
    guard let session = session(for: e.pointee.target) else { return }
    switch kind {
    case .event: session.received(ProviderEvent(head: e))
    case .delivery: session.deliver(e)
    case .timer:
      let mark = (record + Self.recordHead).assumingMemoryBound(to: vox_ev_mark.self).pointee
      session.setTimer(token: mark.value, at: Instant(ns: mark.position))
    case .breach: session.breached((record + Self.recordHead).assumingMemoryBound(to: vox_ev_text.self).pointee.text.string)
    }
  }

  private func session(for raw: vox_handle) -> ProviderSession? {
    let handle = Handle(abi: raw)
    guard handle.kind == .session, handle.slot < sessions.count, generations[handle.slot] == handle.generation else { return nil }
    return sessions[handle.slot]
  }

  /// The ring has room again: every op whose emit was refused for lack of it is told. A search is good enough that touches none of the others.
  private func resumeRefused() {
    slots.ringWasFull.store(false, ordering: .releasing)
    for slot in opSessions.indices {
      guard slots.takeBlocked(slot), let session = opSessions[slot] else { continue }
      let handle = Handle(.op, loop: loop.index, slot: slot, generation: opGenerations[slot])
      session.resume(OpID(raw: handle.abi))
    }
  }

  // MARK: From any thread

  /// How much sound of one op may wait to be played before emits are refused, and where they are welcome again.
  static let highWaterSeconds = 2
  static let lowWaterSeconds = 1

  /// Takes an event of the provider with that number: checks it, copies it into the ring, and returns. One that a source of the loop
  /// brings on the loop is not copied but received at once.
  func emit(_ e: UnsafePointer<vox_event>, of provider: Int, clock: any Clock) -> vox_status {
    let target = Handle(abi: e.pointee.target)
    guard slots.isLive(session: target, of: provider) else { return vox_status(VOX_STALE) }
    let kind = EventKind(rawValue: e.pointee.kind)
    var op: Handle?
    if e.pointee.op != 0 {
      let handle = Handle(abi: e.pointee.op)
      guard handle.kind == .op, handle.loop == loop.index else { return vox_status(VOX_INVALID) }
      switch slots.state(op: handle) {
      case .stale: return vox_status(VOX_STALE)
      case .cancelled: if !kind.isTerminal, kind != .usage { return vox_status(VOX_STALE) }
      case .running: break
      }
      op = handle
    }
    guard EventCopy.isKnown(kind) else { return vox_status(VOX_UNSUPPORTED) }
    guard let bytes = EventCopy.bytes(of: e) else { return postBreach("of the wrong size, or that points nowhere", e) }
    if let breach = EventRules.breach(e) { return postBreach(breach, e) }
    var samples = 0
    if kind == .ttsAudio, let op {
      let audio = UnsafeRawPointer(e).load(as: vox_ev_audio.self).audio
      samples = Int(audio.count)
      guard slots.reserve(op.slot, samples: samples, high: Int(audio.rate) * Self.highWaterSeconds) else {
        return vox_status(VOX_WOULD_BLOCK)
      }
    }
    if loop.takeDirectly({ session(for: e.pointee.target)?.received(ProviderEvent(head: e)) }) { return vox_status(VOX_OK) }
    let urgent = kind.isTerminal || kind == .usage || kind == .closed || kind == .ready
    let written = loop.post(count: Self.recordHead + bytes, urgent: urgent) { memory in
      memory.storeBytes(of: RecordKind.event.rawValue, as: UInt64.self)
      EventCopy.copy(e, to: memory + Self.recordHead)
      let copy = (memory + Self.recordHead).assumingMemoryBound(to: vox_event.self)
      if copy.pointee.at == 0 { copy.pointee.at = clock.now.ns }
    }
    if written { return vox_status(VOX_OK) }
    if let op {
      if samples > 0 { slots.unreserve(op.slot, samples: samples) }
      slots.markBlocked(op.slot)
    }
    if !slots.ringWasFull.exchange(true, ordering: .acquiringAndReleasing) { loop.submit { [self] in resumeRefused() } }
    return vox_status(VOX_WOULD_BLOCK)
  }

  /// Ends the session of an event that breaks a rule, in order with the events before it.
  private func postBreach(_ rule: String, _ e: UnsafePointer<vox_event>) -> vox_status {
    let sentence = "it sent an event of kind \(e.pointee.kind) \(rule)"
    if loop.takeDirectly({ session(for: e.pointee.target)?.breached(sentence) }) { return vox_status(VOX_INVALID) }
    withView(sentence) { text in
      var event = vox_ev_text()
      event.h = Layout.head(vox_ev_text.self, .progress, target: e.pointee.target)
      event.text = text
      withUnsafePointer(to: &event) { pointer in
        pointer.withMemoryRebound(to: vox_event.self, capacity: 1) { event in
          guard let bytes = EventCopy.bytes(of: event) else { return }
          _ = loop.post(count: Self.recordHead + bytes, urgent: true) { memory in
            memory.storeBytes(of: RecordKind.breach.rawValue, as: UInt64.self)
            EventCopy.copy(event, to: memory + Self.recordHead)
          }
        }
      }
    }
    return vox_status(VOX_INVALID)
  }

  /// Sends an event of the host to the plugin's session, in order with everything else the loop does.
  func postDelivery(_ e: UnsafePointer<vox_event>, wakes: Bool) -> vox_status {
    guard slots.isLive(session: Handle(abi: e.pointee.target)) else { return vox_status(VOX_STALE) }
    // What can never fit must not be tried for ever.
    guard let bytes = EventCopy.bytes(of: e), Self.recordHead + bytes <= loop.ring.maxPayload else { return vox_status(VOX_INVALID) }
    let written = loop.post(count: Self.recordHead + bytes, urgent: EventKind(rawValue: e.pointee.kind).endsService, wakes: wakes) {
      memory in
      memory.storeBytes(of: RecordKind.delivery.rawValue, as: UInt64.self)
      EventCopy.copy(e, to: memory + Self.recordHead)
    }
    return vox_status(written ? VOX_OK : VOX_WOULD_BLOCK)
  }

  /// Notes a timer of a session.
  func postTimer(_ owner: vox_handle, of provider: Int, token: UInt64, at: UInt64) -> vox_status {
    guard slots.isLive(session: Handle(abi: owner), of: provider) else { return vox_status(VOX_STALE) }
    let written = loop.post(count: Self.recordHead + MemoryLayout<vox_ev_mark>.size, urgent: true) { memory in
      memory.storeBytes(of: RecordKind.timer.rawValue, as: UInt64.self)
      var mark = vox_ev_mark()
      mark.h = Layout.head(vox_ev_mark.self, .timer, target: owner)
      mark.position = at
      mark.value = token
      (memory + Self.recordHead).storeBytes(of: mark, as: vox_ev_mark.self)
    }
    return vox_status(written ? VOX_OK : VOX_WOULD_BLOCK)
  }
}
