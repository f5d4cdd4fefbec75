// A session in the worker: runs the host's calls, and lets the plugin's events out.

import Base
import Loader
import PluginABI
import Synchronization
import Vox

/// The calls run on the session thread; `emit` comes from any thread of the plugin.
final class WorkerSession: @unchecked Sendable {
  let handle: vox_handle
  let lane: Int
  let slot: Int
  let table: vox_session_v0
  /// What the plugin's `open` answered.
  var context: UnsafeMutableRawPointer?
  let memory: SessionMemory
  let thread: SessionThread

  // The session thread's.
  private var calls: RingReader
  private var ahead: RingReader
  private let aheadScratch = UnsafeMutableRawPointer.allocate(byteCount: SessionMemory.aheadBytes / 2, alignment: 8)
  /// Ops, or 0 for all, whose cancel lies at that position of the ring of calls: sound before it is skipped.
  private var overtaken: [(op: vox_handle, position: UInt64)] = []
  /// Pushes that the plugin had no room for, and what follows them, in order; the ring is paused meanwhile.
  private var held: [Held] = []
  private var spilled: [UInt64: [UInt8]] = [:]
  private var awaited: (number: UInt64, kind: CallKind)?
  /// Tokens of timers that are set.
  var timers: Set<UInt64> = []

  private struct Held {
    let kind: CallKind
    var record: [UInt8]
    let op: vox_handle

    init(_ kind: CallKind, _ record: UnsafeRawPointer, _ count: Int) {
      self.kind = kind
      self.record = Array(UnsafeRawBufferPointer(start: record, count: count))
      op = CallRecord.op(record)
    }
  }

  fileprivate enum OpState { case running, cancelled }

  /// The ops that have not ended: a few, so that looking through them is quicker than anything else.
  fileprivate struct RunningOps {
    private var list: [(op: vox_handle, state: OpState)] = []

    subscript(op: vox_handle) -> OpState? {
      get { list.first { $0.op == op }?.state }
      set {
        let place = list.firstIndex { $0.op == op }
        switch (place, newValue) {
        case (let i?, let state?): list[i].state = state
        case (let i?, nil): list.remove(at: i)
        case (nil, let state?): list.append((op, state))
        case (nil, nil): break
        }
      }
    }
  }

  struct Sending {
    var events: RingWriter
    fileprivate var ops = RunningOps()
    var sockets = Sockets()
    /// Ops whose output was refused, and 0 for messages: RESUME is due when there is room.
    var refused: Set<vox_handle> = []
    /// Events that always have room, from a moment when there was none.
    var overflow: [[UInt8]] = []
    var isOver = false
  }
  let sending: Mutex<Sending>
  private let retryPushes = Atomic(false)

  init(handle: vox_handle, lane: Int, slot: Int, table: vox_session_v0, memory: SessionMemory, thread: SessionThread) {
    self.handle = handle
    self.lane = lane
    self.slot = slot
    self.table = table
    self.memory = memory
    self.thread = thread
    calls = RingReader(memory.calls)
    ahead = RingReader(memory.ahead)
    sending = Mutex(Sending(events: RingWriter(memory.events)))
  }

  deinit { aheadScratch.deallocate() }

  // MARK: Calls, on the session thread

  /// Runs some of the calls that wait; true when more do.
  func drain(into scratch: UnsafeMutableRawPointer) -> Bool {
    if retryPushes.exchange(false, ordering: .acquiringAndReleasing) { retryHeld() }
    var left = 16
    while left > 0 {
      lookAhead()
      // The host's ring is believed: a host that breaks it has broken itself.
      guard awaited == nil, let record = try? calls.next(into: scratch), let kind = CallKind(rawValue: record.kind) else { break }
      left -= 1
      if kind == .spilled {
        awaited = CallKind(rawValue: UInt32(truncatingIfNeeded: CallRecord.second(scratch))).map { (CallRecord.op(scratch), $0) }
        runSpilled()
      } else {
        run(kind, scratch, count: record.count)
      }
    }
    if calls.takeWaiting() { thread.wakeHost(self) }
    tellRoom()
    return left == 0
  }

  /// Learns which sound need not be handed over any more.
  private func lookAhead() {
    if !overtaken.isEmpty, awaited == nil { overtaken.removeAll { $0.position <= calls.position } }
    while (try? ahead.next(into: aheadScratch)) != nil {
      let (op, position) = (CallRecord.op(aheadScratch), CallRecord.second(aheadScratch))
      overtaken.append((op, position))
      held.removeAll { $0.kind != .finalize && ($0.op == op || op == 0) }
    }
  }

  /// Sound of an op that is about to be cancelled.
  private func isSkipped(_ kind: CallKind, _ record: UnsafeRawPointer) -> Bool {
    guard kind == .pushAudio || kind == .pushBytes else { return false }
    let op = CallRecord.op(record)
    return overtaken.contains { $0.op == op || $0.op == 0 }
  }

  func take(spilled record: [UInt8], number: UInt64) {
    spilled[number] = record
    runSpilled()
  }

  private func runSpilled() {
    guard let (number, kind) = awaited, var record = spilled.removeValue(forKey: number) else { return }
    awaited = nil
    let count = record.count
    record.withUnsafeMutableBytes { if let base = $0.baseAddress { run(kind, base, count: count) } }
  }

  private func run(_ kind: CallKind, _ record: UnsafeMutableRawPointer, count: Int) {
    if !overtaken.isEmpty, isSkipped(kind, record) { return }
    switch kind {
    case .start: start(CallRecord.op(record), CallRecord.request(record))
    case .pushAudio, .pushBytes, .finalize:
      let op = CallRecord.op(record)
      if held.contains(where: { $0.op == op }) || !push(kind, record) {
        held.append(Held(kind, record, count))
        calls.pause()
      }
    case .cancel: cancel(CallRecord.op(record), UInt16(truncatingIfNeeded: CallRecord.second(record)))
    case .deliver: if let e = EventCopy.adopt(record, count: count) { deliver(e) }
    case .close:
      thread.call(.close) {
        _ = table.close?(context, UInt16(truncatingIfNeeded: CallRecord.op(record)), CallRecord.second(record))
      }
    case .spilled: break
    }
  }

  private func start(_ op: vox_handle, _ request: UnsafePointer<vox_request>) {
    sending.withLock { $0.ops[op] = .running }
    let status = thread.call(.start) { table.start?(context, op, request) ?? vox_status(VOX_UNSUPPORTED) }
    guard status != vox_status(VOX_OK) else { return }
    // A status other than VOX_OK means the same as FAILED (`vox/session.h`).
    let error = ProviderError(.internal, "the plugin refused op \(request.pointee.kind) with status \(status)", code: "start_refused")
    error.withVox {
      var event = vox_ev_failed()
      event.h = Layout.head(vox_ev_failed.self, .failed, target: handle, op: op)
      event.error = $0
      withUnsafePointer(to: &event) { e in e.withMemoryRebound(to: vox_event.self, capacity: 1) { _ = emit($0) } }
    }
  }

  /// Hands sound, bytes or their end to the plugin; false when it has no room.
  private func push(_ kind: CallKind, _ record: UnsafeMutableRawPointer) -> Bool {
    let op = CallRecord.op(record)
    let status: vox_status
    switch kind {
    case .pushAudio:
      let audio = CallRecord.audio(record)
      status = thread.call(.pushAudio) { table.push_audio?(context, op, audio) ?? vox_status(VOX_STALE) }
    case .pushBytes:
      var view = CallRecord.view(record)
      status = thread.call(.pushBytes) { table.push_bytes?(context, op, &view) ?? vox_status(VOX_STALE) }
    default:
      thread.call(.finalize) { _ = table.finalize?(context, op, CallRecord.second(record)) }
      return true
    }
    return status != vox_status(VOX_WOULD_BLOCK)
  }

  private func cancel(_ op: vox_handle, _ reason: UInt16) {
    sending.withLock {
      if $0.ops[op] != nil { $0.ops[op] = .cancelled }
      $0.refused.remove(op)
    }
    held.removeAll { $0.op == op }
    if held.isEmpty { calls.unpause() }
    thread.call(.cancel) { _ = table.cancel?(context, op, reason) }
  }

  func deliver(_ e: UnsafePointer<vox_event>) {
    switch EventKind(rawValue: e.pointee.kind) {
    case .socketClosed: closed(UnsafeRawPointer(e).load(as: vox_ev_socket.self).token)
    case .webSocketRefused: closed(UnsafeRawPointer(e).load(as: vox_ev_websocket_refused.self).token)
    default: break
    }
    thread.call(.deliver) { _ = table.deliver?(context, e) }
  }

  private func retryHeld() {
    held.offerAgain(by: { $0.op }) { item in
      var record = item.record
      return record.withUnsafeMutableBytes { $0.baseAddress.map { push(item.kind, $0) } ?? true }
    }
    if held.isEmpty { calls.unpause() }
  }

  /// The host has made room: first what could not wait, then those that were refused.
  private func tellRoom() {
    let refused: Set<vox_handle> = sending.withLock { sending in
      while let first = sending.overflow.first {
        let outcome = sending.events.write(kind: EventRecord.kind, count: first.count, urgent: true) { place in
          first.withUnsafeBytes { place.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(place), byteCount: $0.count) }
        }
        guard outcome == .written else { return [] }
        sending.overflow.removeFirst()
      }
      guard memory.events.waiting.glance == 0 else { return [] }
      let refused = sending.refused.filter { isRoom(for: $0) }
      sending.refused.subtract(refused)
      return refused
    }
    for op in refused {
      var e = Layout.head(vox_event.self, .resume, target: handle, op: op)
      deliver(&e)
    }
  }

  /// Messages, the op 0, wait for their sockets and not for those who hear sound and text.
  private func isRoom(for op: vox_handle) -> Bool {
    op == 0 ? !MessageState(memory.messages.settled).isHeld : memory.events.paused.glance == 0
  }

  /// It has said its last word, or is gone.
  var isOver: Bool { sending.withLock { $0.isOver } }

  /// No call and no event of the session comes any more.
  func end() { sending.withLock { $0.isOver = true } }

  // MARK: Events, from any thread

  /// Lets an event out as the host itself would: stale, invalid or without room is told here.
  func emit(_ e: UnsafePointer<vox_event>) -> vox_status {
    let kind = EventKind(rawValue: e.pointee.kind)
    let op = e.pointee.op
    guard let count = EventCopy.bytes(of: e) else { return vox_status(VOX_INVALID) }
    if kind == .ttsAudio || kind == .lineAudio {
      let audio = UnsafeRawPointer(e).load(as: vox_ev_audio.self).audio
      guard audio.rate >= 8000, audio.rate <= 48000, audio.count <= audio.rate / 5 else { return vox_status(VOX_INVALID) }
    }
    if kind == .resume {
      retryPushes.store(true, ordering: .releasing)
      thread.poke(self)
      return vox_status(VOX_OK)
    }
    let urgent = kind.isTerminal || kind == .usage || kind == .closed || kind == .ready
    let status: vox_status = sending.withLock {
      guard !$0.isOver else { return vox_status(VOX_STALE) }
      if op != 0 {
        guard let state = $0.ops[op] else { return vox_status(VOX_STALE) }
        if state == .cancelled, !kind.isTerminal, kind != .usage { return vox_status(VOX_STALE) }
      }
      let status = send(e, count, kind, urgent, &$0)
      // Its last word: nothing is believed after it, and no timer of it comes due any more.
      if op == 0, kind == .closed || kind == .failed, status == vox_status(VOX_OK) { $0.isOver = true }
      return status
    }
    if status == vox_status(VOX_OK) { thread.wakeHost(self) }
    return status
  }

  private func send(
    _ e: UnsafePointer<vox_event>, _ count: Int, _ kind: EventKind, _ urgent: Bool, _ sending: inout Sending
  ) -> vox_status {
    let outcome =
      sending.overflow.isEmpty
      ? sending.events.write(kind: EventRecord.kind, count: count, urgent: urgent) {
        EventCopy.copy(e, to: $0)
        let copy = $0.assumingMemoryBound(to: vox_event.self)
        if copy.pointee.at == 0 { copy.pointee.at = thread.now }
      } : .full
    if outcome != .written {
      guard urgent else {
        if e.pointee.op != 0 { sending.refused.insert(e.pointee.op) }
        return vox_status(VOX_WOULD_BLOCK)
      }
      sending.overflow.append(
        [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
          if let base = buffer.baseAddress { EventCopy.copy(e, to: UnsafeMutableRawPointer(base)) }
          used = count
        })
    }
    if kind.isTerminal, e.pointee.op != 0 {
      sending.ops[e.pointee.op] = nil
      sending.refused.remove(e.pointee.op)
    }
    return vox_status(VOX_OK)
  }
}
