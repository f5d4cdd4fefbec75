// A session of a plugin in a worker, as the host holds it: calls go into one ring, events come out of the other.

import Base
import Loader
import PluginABI
import Synchronization
import Vox

/// The context that the session functions of an isolated plugin are given.
///
/// Two threads use it: the caller's (`[session]` functions) and the one that reads its lane (the same loop, or a thread of the lane's
/// own). They share atomics only. A call answers at once from what is known here: VOX_OK when it was written down, VOX_WOULD_BLOCK
/// without room, VOX_INVALID for what can never be sent. What the plugin itself answers comes as an event: a refused `start` as
/// FAILED of the op, a refused push as a pause of the ring, a dead worker as FAILED of the session with class `crashed`.
final class SessionProxy: @unchecked Sendable {
  let handle: vox_handle
  let slot: Int
  private let worker: WorkerProcess
  private let lane: SessionLane
  let memory: SessionMemory
  private let services: ServiceDesk
  /// Takes the session away from the reading thread when it is forgotten there.
  private let dispose: @Sendable (SessionProxy) -> Void

  // The caller's thread.
  private var calls: RingWriter
  private var ahead: RingWriter
  private var spills: UInt64 = 0

  // The reading thread.
  private var events: RingReader
  private var held = HeldEvents()
  private var messages: SocketMessages
  private var lostSound = false
  private var isOver = false

  // Both.
  private let ops = OpenOps()
  /// Ops whose push was refused; looked at only when the flag is up.
  private let refused = Mutex<[vox_handle]>([])
  private let hasRefused = Atomic(false)
  private let mayResume = Atomic(false)

  /// 200 ms at 48 kHz (`vox/audio.h`).
  private static let maxSamples: UInt32 = 9600

  init(
    handle: vox_handle, slot: Int, worker: WorkerProcess, lane: SessionLane, memory: SessionMemory, services: ServiceDesk,
    dispose: @escaping @Sendable (SessionProxy) -> Void
  ) {
    self.handle = handle
    self.slot = slot
    self.worker = worker
    self.lane = lane
    self.memory = memory
    self.services = services
    self.dispose = dispose
    calls = RingWriter(memory.calls)
    ahead = RingWriter(memory.ahead)
    events = RingReader(memory.events)
    messages = SocketMessages(handle, services, memory.messages)
  }

  // MARK: Its end, on the provider's lane

  /// Destroys the session in the worker and forgets it here.
  func destroy() {
    var packer = Packer()
    packer.number(lane.index)
    packer.number(slot)
    if worker.isAlive { worker.post(.destroySession, packer.bytes) }
    services.ended(handle)
    discard()
  }

  /// Forgets a session that the worker does not have.
  func discard() {
    lane.remove(slot: slot, then: dispose)
    lane.giveBack(slot: slot)
  }

  // MARK: Calls, on the caller's thread

  func start(_ op: vox_handle, _ r: UnsafePointer<vox_request>) -> vox_status {
    guard let count = CallRecord.bytes(r.pointee) else { return vox_status(VOX_INVALID) }
    guard ops.insert(op) else { return vox_status(VOX_NO_MEMORY) }
    let status = call(.start, op: op, count: count, urgent: true) { CallRecord.write(op, r.pointee, to: $0) }
    if status != vox_status(VOX_OK) { ops.remove(op) }
    return status
  }

  @inline(__always)
  func pushAudio(_ op: vox_handle, _ a: UnsafePointer<vox_audio>) -> vox_status {
    let audio = a.pointee
    guard audio.count <= Self.maxSamples, audio.count == 0 || audio.samples != nil else { return vox_status(VOX_INVALID) }
    guard ops.contains(op) else { return vox_status(VOX_STALE) }
    return call(.pushAudio, op: op, count: CallRecord.bytes(audio), urgent: false) { CallRecord.write(op, audio, to: $0) }
  }

  func pushBytes(_ op: vox_handle, _ b: UnsafePointer<vox_view>) -> vox_status {
    let view = b.pointee
    guard view.len <= UInt64(memory.calls.maxPayload - CallRecord.wordsBytes), view.len == 0 || view.ptr != nil else {
      return vox_status(VOX_INVALID)
    }
    guard ops.contains(op) else { return vox_status(VOX_STALE) }
    return call(.pushBytes, op: op, count: CallRecord.wordsBytes + Int(view.len), urgent: false) {
      CallRecord.write(op, view.len, to: $0)
      if let ptr = view.ptr { ($0 + CallRecord.wordsBytes).copyMemory(from: ptr, byteCount: Int(view.len)) }
    }
  }

  func finalize(_ op: vox_handle, _ mark: UInt64) -> vox_status {
    call(.finalize, op: op, count: CallRecord.wordsBytes, urgent: true) { CallRecord.write(op, mark, to: $0) }
  }

  func cancel(_ op: vox_handle, _ reason: UInt16) -> vox_status {
    refused.withLock { $0.removeAll { $0 == op } }
    overtake(op)
    let status = call(.cancel, op: op, count: CallRecord.wordsBytes, urgent: true) { CallRecord.write(op, UInt64(reason), to: $0) }
    // What is held of it will be refused as stale, and makes room.
    resumeReading()
    return status
  }

  func deliver(_ e: UnsafePointer<vox_event>) -> vox_status {
    if e.pointee.kind == EventKind.resume.rawValue {
      resumeReading()
      // The op 0 is a socket's: the plugin may have been refused on the way that waits for its answer.
      guard e.pointee.op == 0 else { return vox_status(VOX_OK) }
    }
    services.note(e)
    guard let count = EventCopy.bytes(of: e) else { return vox_status(VOX_INVALID) }
    return call(.deliver, op: 0, count: count, urgent: true) { EventCopy.copy(e, to: $0) }
  }

  func close(_ reason: UInt16, _ deadline: vox_time) -> vox_status {
    overtake(0)
    return call(.close, op: 0, count: CallRecord.wordsBytes, urgent: true) { CallRecord.write(UInt64(reason), deadline, to: $0) }
  }

  /// Tells the worker to skip the sound of an op, or all of it, that was pushed before: a cancel, or a close, follows. One that finds no
  /// room changes nothing but how long that takes.
  private func overtake(_ op: vox_handle) {
    let position = calls.position
    _ = ahead.write(kind: AheadRecord.kind, count: CallRecord.wordsBytes, urgent: true) { CallRecord.write(op, position, to: $0) }
  }

  @inline(__always)
  private func call(
    _ kind: CallKind, op: vox_handle, count: Int, urgent: Bool, _ fill: (UnsafeMutableRawPointer) -> Void
  ) -> vox_status {
    // Its failure is on the way as an event; until it is heard, nothing is lost by taking what comes.
    guard worker.isAlive else { return vox_status(VOX_OK) }
    if count > memory.calls.maxPayload { return spill(kind, count: count, fill) }
    switch calls.write(kind: kind.rawValue, count: count, urgent: urgent, fill) {
    case .written:
      lane.wakeWorker(slot)
      return vox_status(VOX_OK)
    case .full:
      if !urgent {
        refused.withLock { if !$0.contains(op) { $0.append(op) } }
        hasRefused.store(true, ordering: .sequentiallyConsistent)
      }
      return vox_status(VOX_WOULD_BLOCK)
    case .broken:
      worker.breached("it claims to have read calls that were never made")
      return vox_status(VOX_OK)
    }
  }

  /// Sends a record that is too long for the ring over the socket, and its number through the ring.
  private func spill(_ kind: CallKind, count: Int, _ fill: (UnsafeMutableRawPointer) -> Void) -> vox_status {
    spills += 1
    let number = spills
    let record = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
      if let base = buffer.baseAddress { fill(UnsafeMutableRawPointer(base)) }
      used = count
    }
    var packer = Packer()
    packer.number(lane.index)
    packer.number(slot)
    packer.number(number)
    record.withUnsafeBytes { packer.block($0) }
    guard worker.post(.spill, packer.bytes) else { return vox_status(VOX_WOULD_BLOCK) }
    return call(.spilled, op: 0, count: CallRecord.wordsBytes, urgent: true) {
      CallRecord.write(number, UInt64(kind.rawValue), to: $0)
    }
  }

  /// Has the reading thread look for events.
  func poke() { lane.poke(slot) }

  /// The host has room again for what it refused.
  private func resumeReading() {
    mayResume.store(true, ordering: .releasing)
    lane.poke(slot)
  }

  // MARK: Events, on the reading thread

  /// Reads at most `left` events, and counts them; true when more wait.
  func drain(into scratch: UnsafeMutableRawPointer, _ host: UnsafePointer<vox_host_v0>, left: inout Int) -> Bool {
    guard !isOver else { return false }
    let mayResume = mayResume.exchange(false, ordering: .acquiringAndReleasing)
    if mayResume || held.hasSessionEvents { retryHeld(host) }
    if mayResume, messages.retry() { lane.wakeWorker(slot) }
    do throws(RingBreach) {
      while left > 0, let record = try events.next(into: scratch) {
        try take(record, scratch, host)
        left -= 1
      }
    } catch {
      worker.breached(error.reason)
      return false
    }
    if events.takeWaiting() { lane.wakeWorker(slot) }
    tellRoom(host)
    return left == 0 || held.hasSessionEvents
  }

  private func take(
    _ record: RingReader.Record, _ scratch: UnsafeMutableRawPointer, _ host: UnsafePointer<vox_host_v0>
  ) throws(RingBreach) {
    if let kind = SocketRecord(rawValue: record.kind) { return try messages.take(kind, scratch, count: record.count) }
    guard record.kind == EventRecord.kind else { throw RingBreach(reason: "it wrote a record of the unknown kind \(record.kind)") }
    guard let e = EventCopy.adopt(scratch, count: record.count) else {
      throw RingBreach(reason: "it wrote an event whose lengths do not fit its \(record.count) bytes")
    }
    e.pointee.target = handle
    let op = e.pointee.op
    // Late, or forged for the op of another session.
    guard op == 0 || ops.contains(op) else { return }
    Self.strike(e)
    if held.holds(op) { return held.keep(e, bytes: record.count) }
    if lostSound, e.pointee.kind == EventKind.lineAudio.rawValue {
      UnsafeMutableRawPointer(e).assumingMemoryBound(to: vox_ev_audio.self).pointee.audio.flags |= UInt16(VOX_AUDIO_LOST_BEFORE)
    }
    if !give(e, host) { keep(e, bytes: record.count) }
  }

  /// `crashed` and `caller` are the host's own words (`vox/error.h`).
  private static func strike(_ e: UnsafeMutablePointer<vox_event>) {
    guard e.pointee.kind == EventKind.failed.rawValue else { return }
    let failed = UnsafeMutableRawPointer(e).assumingMemoryBound(to: vox_ev_failed.self)
    if failed.pointee.error.cls >= UInt16(VOX_ERR_CRASHED) { failed.pointee.error.cls = UInt16(VOX_ERR_INTERNAL) }
  }

  /// False when the host has no room.
  private func give(_ e: UnsafeMutablePointer<vox_event>, _ host: UnsafePointer<vox_host_v0>) -> Bool {
    // Forgotten before the host hears of it: whatever the host pushes after that is late.
    if e.pointee.op != 0, EventKind(rawValue: e.pointee.kind).isTerminal { ops.remove(e.pointee.op) }
    let status = host.pointee.emit?(host.pointee.ctx, e) ?? vox_status(VOX_INVALID)
    if status == vox_status(VOX_WOULD_BLOCK) { return false }
    if e.pointee.kind == EventKind.lineAudio.rawValue { lostSound = false }
    return true
  }

  private func keep(_ e: UnsafeMutablePointer<vox_event>, bytes: Int) {
    // What the far party says is worth nothing later (`vox/roles/telephony.h`).
    if e.pointee.kind == EventKind.lineAudio.rawValue { return lostSound = true }
    held.keep(e, bytes: bytes)
    events.pause()
  }

  private func retryHeld(_ host: UnsafePointer<vox_host_v0>) {
    held.retry { give($0, host) }
    guard held.isEmpty else { return }
    events.unpause()
    if events.takeWaiting() { lane.wakeWorker(slot) }
  }

  /// Tells the host which refused pushes may come again, once the worker has taken the flag down.
  private func tellRoom(_ host: UnsafePointer<vox_host_v0>) {
    guard hasRefused.load(ordering: .acquiring), memory.calls.waiting.glance == 0, memory.calls.paused.glance == 0 else { return }
    hasRefused.store(false, ordering: .sequentiallyConsistent)
    let ops = refused.withLock {
      let ops = $0
      $0 = []
      return ops
    }
    for op in ops {
      var e = Layout.head(vox_event.self, .resume, target: handle, op: op)
      _ = host.pointee.emit?(host.pointee.ctx, &e)
    }
  }

  /// The worker is dead: hands over what it had said, then the one failure. False when the host has no room for it yet.
  func fail(_ error: ProviderError, into scratch: UnsafeMutableRawPointer, _ host: UnsafePointer<vox_host_v0>) -> Bool {
    guard !isOver else { return true }
    // A ring holds at most this many records, so a hostile one cannot keep us here.
    var left = SessionMemory.ringBytes / Ring.headBytes
    do throws(RingBreach) {
      while left > 0, let record = try events.next(into: scratch) {
        try take(record, scratch, host)
        left -= 1
      }
    } catch {
      // It died of this already.
    }
    let status = error.withVox {
      var event = vox_ev_failed()
      event.h = Layout.head(vox_ev_failed.self, .failed, target: handle)
      event.error = $0
      return withUnsafePointer(to: &event) { event in
        event.withMemoryRebound(to: vox_event.self, capacity: 1) { host.pointee.emit?(host.pointee.ctx, $0) ?? vox_status(VOX_INVALID) }
      }
    }
    isOver = status != vox_status(VOX_WOULD_BLOCK)
    return isOver
  }
}
