// A telephone line of the simulated world: it plays what it is given on a clock that nobody has to tick, and knows what was heard.

import Base
import Glibc
import PluginABI
import Vox

/// One line. Where its caller is silent it sends nothing, as lines with discontinuous transmission do.
final class SimulatedLine: SimulatedSession {
  private let caller: SimulatedCaller?
  private var answer: Work?
  private var speech: Work?
  private var transfer: Work?
  /// Sound that is on the receiver or waits for it, oldest first.
  private var queue: [Sound] = []
  private var played = 0
  private var isWhole = false
  /// When everything that is queued will have been played.
  private var busyUntil = Instant(ns: 0)
  private var isMarking = false
  private let leadMs: Int
  private let tellsPlayed: Bool
  private var leaves = false
  /// Samples that are looked at together.
  private static let stride = 10 * Words.samplesPerMs
  /// How often it tells what it has played.
  private static let markMs = 200

  init(_ place: Place, caller: SimulatedCaller?) {
    self.caller = caller
    leadMs = place.world.chance.one([20, 40, 40, 100, 200])
    tellsPlayed = place.world.chance.percent(80)
    super.init(place)
    caller?.line = self
    call.caller = caller
  }

  override func sayReady() {
    withView(#"{"traits": {"lead_ms": \#(leadMs), "clear": true, "played": "\#(tellsPlayed ? "exact" : "none")"}}"#) { view in
      var event = vox_ev_text()
      event.h = head(vox_ev_text.self, .ready, nil)
      event.text = view
      emit(&event)
    }
  }

  override func takes(_ kind: UInt16) -> Bool { true }

  override func begin(_ work: Work, _ request: vox_request, _ fault: Fault?) {
    switch request.kind {
    case OpKind.answer:
      answer = work
      after(20) { [self] in
        completed(work, #"{"rate": 8000}"#)
        caller?.pickedUp()
      }
    case OpKind.speak:
      if speech != nil { world.witness.twoSpeakers(call) }
      speech = work
      queue.removeAll(keepingCapacity: true)
      played = 0
      isWhole = false
    case OpKind.transfer:
      transfer = work
      call.isTransferring = true
      let isAnswered = world.chance.percent(50)
      after(world.chance.some(500...4000)) { [self] in
        transferEnded()
        completed(work, isAnswered ? #"{"outcome": "answered", "caller_kept": false}"# : #"{"outcome": "busy"}"#)
      }
    default: completed(work)
    }
  }

  /// The silence is the agent's again, and something is to be heard soon.
  private func transferEnded() {
    guard call.isTransferring else { return }
    call.isTransferring = false
    call.silence.cameBack(at: now)
  }

  // MARK: The agent's voice

  override func push(_ op: vox_handle, _ audio: UnsafePointer<vox_audio>) -> vox_status {
    guard let speech, speech.op == op, !speech.isOver, let samples = audio.pointee.samples else { return vox_status(VOX_STALE) }
    let count = Int(audio.pointee.count)
    let at = now
    if busyUntil < at { busyUntil = at }
    speech.samples += UInt64(count)
    append(samples, count)
    caller?.noteQueued(ms: Int(busyUntil.ms(since: at)))
    if tellsPlayed { markLater() }
    return vox_status(VOX_OK)
  }

  /// Cuts a frame into stretches of one level. What is of one level equals itself one sample later, and that is soon seen.
  private func append(_ samples: UnsafePointer<Int16>, _ count: Int) {
    var start = 0
    while !isLevel(samples + start, count - start) {
      var i = start
      while isLevel(samples + i, min(Self.stride, count - i)) { i += Self.stride - 1 }
      while samples[i] == samples[start] { i += 1 }
      append(samples[start], i - start)
      start = i
    }
    append(samples[start], count - start)
  }

  private func isLevel(_ samples: UnsafePointer<Int16>, _ count: Int) -> Bool {
    memcmp(samples, samples + 1, (count - 1) * MemoryLayout<Int16>.size) == 0
  }

  private func append(_ level: Int16, _ count: Int) {
    let until = busyUntil.advanced(byNs: Int64(count) * 125_000)
    if let last = queue.indices.last, queue[last].level == level, queue[last].until == busyUntil {
      queue[last].until = until
      queue[last].count += count
    } else {
      queue.append(Sound(level: level, from: busyUntil, until: until, count: count))
      if queue.count == 64 { settle() }
    }
    busyUntil = until
  }

  /// What has been played by now leaves the queue for the caller's ear.
  func settle() {
    let at = now
    var over = 0
    while over < queue.count, queue[over].until <= at {
      hear(queue[over])
      over += 1
    }
    if over > 0 { queue.removeFirst(over) }
  }

  private func hear(_ sound: Sound) {
    played += sound.count
    if sound.level != 0 { call.hears(sound, at: world) }
  }

  /// Samples of the op that were played by now.
  private func position() -> Int {
    settle()
    guard let first = queue.first, first.from < now else { return played }
    return played + Int((now.ns - first.from.ns) / 125_000)
  }

  private func markLater() {
    guard !isMarking else { return }
    isMarking = true
    after(Self.markMs) { [self] in
      isMarking = false
      guard let speech, !speech.isOver, !isClosed else { return }
      mark(speech, .played, position: UInt64(position()), flags: UInt16(VOX_PLAYED_EXACT))
      if busyUntil > now { markLater() }
    }
  }

  override func finalize(_ work: Work, mark: UInt64) {
    guard work === speech else { return }
    isWhole = true
    finishLater(work)
  }

  private func finishLater(_ work: Work) {
    world.agenda.note(at: max(busyUntil, now)) { [self] in
      guard work === speech, !work.isOver, !isClosed else { return }
      guard busyUntil <= now else { return finishLater(work) }
      let all = position()
      speech = nil
      completed(work, "{\"played\": \(all)}")
    }
  }

  /// The sound is cut where it is.
  override func letGo(_ work: Work) {
    guard work === speech else { return }
    let reached = position()
    if let first = queue.first, first.from < now {
      var cut = first
      cut.until = now
      cut.count = reached - played
      hear(cut)
    }
    queue.removeAll(keepingCapacity: true)
    call.isCut()
    busyUntil = now
    speech = nil
    cancelled(work, position: world.border.cutPosition(UInt64(reached), pushed: work.samples))
  }

  // MARK: The caller

  /// Sends the caller's sound: one level for so many samples.
  func send(_ samples: UnsafePointer<Int16>, count: Int, position: UInt64) {
    guard !isClosed else { return }
    var event = vox_ev_audio()
    event.h = head(vox_ev_audio.self, .lineAudio, nil)
    event.audio = vox_audio(
      struct_size: UInt32(MemoryLayout<vox_audio>.size), flags: 0, stream: 0, rate: UInt32(Words.rate), count: UInt32(count),
      position: position, samples: samples)
    emit(&event)
  }

  func press(_ key: UInt8) {
    guard !isClosed else { return }
    call.callerSounds(at: now, self)
    var event = vox_ev_dtmf()
    event.h = head(vox_ev_dtmf.self, .dtmf, nil)
    event.digit = UInt16(key)
    event.source = 1
    emit(&event)
  }

  /// The far end hangs up, or the line breaks.
  func leave(_ cause: LegCause) {
    guard !isClosed, !leaves else { return }
    leaves = true
    var event = vox_ev_leg()
    event.h = head(vox_ev_leg.self, .leg, nil)
    event.state = UInt16(VOX_LEG_ENDED)
    event.cause = cause.rawValue
    emit(&event)
  }

  override func close() {
    settle()
    if let first = queue.first, first.from < now {
      var cut = first
      cut.until = now
      cut.count = Int((now.ns - first.from.ns) / 125_000)
      hear(cut)
    }
    queue = []
    caller?.left()
    transferEnded()
    super.close()
  }
}

/// A stretch of one level on the receiver.
struct Sound {
  let level: Int16
  let from: Instant
  var until: Instant
  var count: Int
}
