// One session of a simulated vendor: what it says to the host, and the faults that all roles share.

import Base
import PluginABI
import Vox

/// Base of the five roles. What it has really done with each piece of work stays known, so that it can be held against the books.
class SimulatedSession {
  /// Where it is.
  struct Place {
    let world: World
    let name: String
    let role: Role
    let call: CallRecord
    let handle: vox_handle
    let host: UnsafePointer<vox_host_v0>
  }

  let world: World
  let name: String
  let role: Role
  let call: CallRecord
  /// Nil for the line, which has no vendor.
  let vendor: Vendor?
  private let handle: vox_handle
  private let host: UnsafePointer<vox_host_v0>
  private var works: [Work] = []
  private(set) var isClosed = false { didSet { if isClosed { isAway = false } } }
  /// It has not become ready, and will not.
  private var isAway = false { didSet { if isAway != oldValue, role == .tts { call.voice(isAway: isAway, at: now) } } }

  init(_ place: Place) {
    world = place.world
    name = place.name
    role = place.role
    call = place.call
    handle = place.handle
    host = place.host
    vendor = world.vendors[name]
  }

  var now: Instant { world.clock.now }

  func after(_ ms: Int, _ body: @escaping () -> Void) { world.agenda.note(at: now.advanced(byMs: ms), body) }

  // MARK: Life

  /// Becomes ready, or fails to.
  func begin() {
    let fault = vendor?.spell(role, at: now) ?? mishap()
    guard let vendor, let fault else { return ready() }
    if let error = fault.refusal(name) {
      isAway = true
      vendor.note(fault, role, at: now)
      return after(world.chance.some(5...120)) { [self] in failSession(error) }
    }
    guard fault == .blackHole else { return ready() }
    isAway = true
    vendor.note(fault, role, at: now)
  }

  /// A fault by chance, apart from the vendor's bad hours.
  private func mishap() -> Fault? {
    guard vendor != nil, world.chance.permille(world.climate.mishapPermille / 2) else { return nil }
    return world.chance.one([.refuse, .blackHole, .overloaded, .rate(retryAfterMs: 2000)])
  }

  private func ready() {
    let late = world.chance.percent(20) ? world.chance.some(0...400) : 0
    if late > 0 { after(late) { [self] in sayReady() } } else { sayReady() }
  }

  func sayReady() {
    guard !isClosed else { return }
    withView("{}") { view in
      var event = vox_ev_text()
      event.h = Layout.head(vox_ev_text.self, .ready, target: handle)
      event.text = view
      emit(&event)
    }
  }

  /// CLOSED, nothing follows.
  func close() {
    guard !isClosed else { return }
    for work in works where !work.isOver {
      cancelled(work)
      work.end(.withdrawn, at: now)
    }
    works = []
    isClosed = true
    var event = Layout.head(vox_event.self, .closed, target: handle)
    emit(&event)
  }

  /// The host has let go of the session, whatever stood open.
  func destroyed() {
    isClosed = true
    for work in works { work.end(.withdrawn, at: now) }
    works = []
  }

  // MARK: Work

  func work(_ op: vox_handle) -> Work? { works.first { $0.op == op } }
  /// Something runs that has neither ended nor been cancelled.
  var isWorking: Bool { works.contains { !$0.isOver && !$0.isCancelled } }

  func start(_ op: vox_handle, _ request: vox_request) -> vox_status {
    guard takes(request.kind) else {
      return startAside(op, request)
    }
    works.removeAll(where: \.isOver)
    let work = Work(op: op, role: role, provider: name, kind: request.kind, startedAt: now)
    works.append(work)
    call.works.append(work)
    world.witness.began(call, work, request)
    world.border.began(self, work)
    if isClosed {
      work.end(.failed, at: now)
      return vox_status(VOX_OK)
    }
    guard let fault = vendor?.spell(role, at: now) ?? world.mishap(role) else {
      begin(work, request, nil)
      return vox_status(VOX_OK)
    }
    vendor?.note(fault, role, at: now)
    if let error = fault.refusal(name) {
      after(world.chance.some(5...150)) { [self] in failed(work, error) }
    } else if fault != .silence, fault != .blackHole {
      begin(work, request, fault)
    }
    return vox_status(VOX_OK)
  }

  /// Whether a kind of op is the role's proper work, and not something on the side.
  func takes(_ kind: UInt16) -> Bool { kind == 16 }
  /// An op on the side.
  func startAside(_ op: vox_handle, _ request: vox_request) -> vox_status { vox_status(VOX_UNSUPPORTED) }
  func begin(_ work: Work, _ request: vox_request, _ fault: Fault?) {}
  func push(_ op: vox_handle, _ audio: UnsafePointer<vox_audio>) -> vox_status { vox_status(VOX_INVALID) }
  func push(_ work: Work, _ text: String) -> vox_status { vox_status(VOX_INVALID) }
  func finalize(_ work: Work, mark: UInt64) {}
  func resume(_ work: Work) {}
  /// The host has let go of the work.
  func letGo(_ work: Work) {}

  func cancel(_ op: vox_handle, _ reason: Reason) -> vox_status {
    guard let work = work(op), !work.isCancelled else { return vox_status(VOX_OK) }
    guard world.border.passesCancel(role, reason) else { return vox_status(VOX_OK) }
    work.isCancelled = true
    world.witness.cancelled(call, work, reason)
    letGo(work)
    world.border.cancelled(self, work)
    guard !work.isOver, !work.ignoresCancel else { return vox_status(VOX_OK) }
    cancelled(work)
    return vox_status(VOX_OK)
  }

  // MARK: What it says

  /// - Returns: false when the host has no room, or takes no more of it.
  @discardableResult
  func emit<E>(_ event: inout E) -> vox_status {
    withUnsafePointer(to: &event) { pointer in
      pointer.withMemoryRebound(to: vox_event.self, capacity: 1) { host.pointee.emit?(host.pointee.ctx, $0) ?? vox_status(VOX_INVALID) }
    }
  }

  func head<E>(_ type: E.Type, _ kind: EventKind, _ work: Work?, flags: UInt16 = 0) -> vox_event {
    Layout.head(type, kind, flags: flags, target: handle, op: work?.op ?? 0)
  }

  @discardableResult
  func text(_ work: Work, _ text: String) -> vox_status {
    let status = withView(text) { view in
      var event = vox_ev_text()
      event.h = head(vox_ev_text.self, .text, work)
      event.text = view
      return emit(&event)
    }
    work.note(status, at: now)
    return status
  }

  func audio(_ work: Work, _ samples: UnsafePointer<Int16>, count: Int) -> vox_status {
    var event = vox_ev_audio()
    event.h = head(vox_ev_audio.self, .ttsAudio, work)
    event.audio = vox_audio(
      struct_size: UInt32(MemoryLayout<vox_audio>.size), flags: 0, stream: 0, rate: UInt32(Words.rate), count: UInt32(count),
      position: work.samples, samples: samples)
    let status = emit(&event)
    if status == vox_status(VOX_OK) { work.samples += UInt64(count) }
    work.note(status, at: now)
    return status
  }

  func mark(_ work: Work?, _ kind: EventKind, position: UInt64, value: UInt64 = 0, flags: UInt16 = 0) {
    var event = vox_ev_mark()
    event.h = head(vox_ev_mark.self, kind, work, flags: flags)
    event.position = position
    event.value = value
    emit(&event)
  }

  func usage(_ work: Work, _ meter: StaticString, _ amount: Int) {
    var event = vox_ev_usage()
    event.h = head(vox_ev_usage.self, .usage, work)
    event.seq = 1
    event.amount = UInt64(amount)
    event.meter = vox_view(meter)
    emit(&event)
  }

  func completed(_ work: Work, _ result: String = "{}", isOutput: Bool = false) {
    guard !work.isOver else { return }
    if isOutput { work.note(vox_status(VOX_OK), at: now) }
    work.end(.completed, at: now)
    withView(result) { view in
      var event = vox_ev_text()
      event.h = head(vox_ev_text.self, .completed, work)
      event.text = view
      emit(&event)
    }
    world.witness.ended(call, work)
  }

  func failed(_ work: Work, _ error: ProviderError) {
    guard !work.isOver else { return }
    work.end(.failed, at: now)
    world.border.error(error, role).withVox {
      var event = vox_ev_failed()
      event.h = head(vox_ev_failed.self, .failed, work)
      event.error = $0
      emit(&event)
    }
    world.witness.ended(call, work)
  }

  func cancelled(_ work: Work, position: UInt64 = 0) {
    guard !work.isOver else { return }
    work.end(.withdrawn, at: now)
    mark(work, .cancelled, position: position)
  }

  func failSession(_ error: ProviderError) {
    guard !isClosed else { return }
    isClosed = true
    for work in works { work.end(.failed, at: now) }
    world.border.error(error, role).withVox {
      var event = vox_ev_failed()
      event.h = head(vox_ev_failed.self, .failed, nil)
      event.error = $0
      emit(&event)
    }
  }

  /// Closes the session unasked.
  func hangUpSession() {
    guard !isClosed else { return }
    isClosed = true
    for work in works { work.end(.failed, at: now) }
    var event = Layout.head(vox_event.self, .closed, target: handle)
    emit(&event)
  }

  /// Says something that nobody can read.
  func breakContract(_ work: Work) {
    work.end(.failed, at: now)
    withView("{\"unfinished\":") { view in
      var event = vox_ev_text()
      event.h = head(vox_ev_text.self, .completed, work)
      event.text = view
      emit(&event)
    }
  }

  /// COMPLETED of a piece of work that is not over.
  func sayCompleted(_ work: Work, _ result: vox_view) {
    var event = vox_ev_text()
    event.h = head(vox_ev_text.self, .completed, work)
    event.text = result
    emit(&event)
  }

  /// Says a second time that it is done, and goes on: the host has to bear it.
  func sayAgain(_ work: Work) {
    after(30) { [self] in
      guard !isClosed else { return }
      withView("{}") { view in
        var event = vox_ev_text()
        event.h = head(vox_ev_text.self, .completed, work)
        event.text = view
        emit(&event)
        event.h = head(vox_ev_text.self, .text, work)
        emit(&event)
      }
    }
  }
}
