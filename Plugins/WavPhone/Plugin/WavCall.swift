// One call: a synthetic person, what it hears and says every 20 ms, and the line to the host as long as there is one.

import PluginABI
import PluginKit
import Synchronization
import Vox
import WavCaller

/// Touched by the clock's thread and by the host's; a lock guards everything. Emitting under it is safe, because the host never
/// calls back from an emit.
final class WavCall: @unchecked Sendable {
  enum Phase { case ringing, talking, bridged, over }

  /// A number that is ringing: for DIAL the person of this call, for TRANSFER another one.
  struct Ringing {
    let op: Op
    let leg: LoadedLeg
    let isTransfer: Bool
    var untilMs: Int
    var timesOut: Bool
  }

  let id: String
  /// Called once, on the clock's thread and outside the lock, when the caller gives up before anybody claimed the call.
  var onGone: (@Sendable (String) -> Void)?

  private let lock = Mutex(())
  let plan: CallPlan
  let clock: LineClock
  private let deck: TapeDeck
  private let recordDir: String
  private let findLeg: (String) -> LoadedLeg?

  // Guarded by the lock.
  var port: SessionPort?
  var phase = Phase.ringing
  var playout: Playout
  var ringing: Ringing?
  var isHeld = false
  private var elapsedMs = 0
  private var said: UInt64 = 0
  private var answeredAt: UInt64 = 0
  private var latest: UInt64 = 0
  private var endedBy = ""
  private let caller: Caller
  private var far: Caller?
  /// What the far person said in the last frame, while bridged.
  private var farSaid: [Int16]
  private var heardTape: Tape?
  private var saidTape: Tape?
  private var farTape: Tape?
  private var tapesAreDone = false
  private var isCloseAsked = false

  init(
    _ id: String, _ plan: CallPlan, recordDir: String, clock: LineClock, deck: TapeDeck,
    findLeg: @escaping (String) -> LoadedLeg?
  ) {
    self.id = id
    self.plan = plan
    self.recordDir = recordDir
    self.clock = clock
    self.deck = deck
    self.findLeg = findLeg
    caller = Caller(plan)
    playout = Playout(rate: Int(plan.line.rate))
    farSaid = [Int16](repeating: 0, count: plan.line.frame)
  }

  /// Runs `body` under the lock; what it calls must not take it again.
  func locked<R: Sendable, E>(_ body: () throws(E) -> R) throws(E) -> R {
    try lock.withLock { _ throws(E) in try body() }
  }

  var isOver: Bool { locked { phase == .over } }

  // MARK: the beginning

  /// A session takes the call; false when it is over already.
  func claim(_ port: SessionPort) -> Bool {
    locked {
      guard phase == .ringing, self.port == nil else { return false }
      self.port = port
      return true
    }
  }

  /// Gives the caller more turns; false when the call is over.
  func add(_ more: CallPlan) -> Bool {
    locked {
      guard phase != .over else { return false }
      caller.add(more)
      return true
    }
  }

  /// Nobody will answer.
  func abandon() { locked { phase = .over } }

  /// The line is open: sound flows with the next tick.
  func connect() {
    phase = .talking
    answeredAt = LineClock.now
    heardTape = tape(plan.script.record, "")
    saidTape = tape(plan.script.recordSaid, "-said")
  }

  private func tape(_ path: String, _ suffix: String) -> Tape? {
    guard !path.isEmpty || !recordDir.isEmpty else { return nil }
    let tape = Tape(path: path.isEmpty ? "\(recordDir)/\(id)\(suffix).wav" : path, rate: plan.line.rate)
    deck.start(tape)
    return tape
  }

  /// A number begins to ring. nil when nobody has it.
  func ring(_ number: String, _ op: Op, timeoutMs: Int, isTransfer: Bool) -> Bool {
    guard ringing == nil, let leg = findLeg(number) else { return false }
    let isLate = timeoutMs > 0 && leg.pickUpMs > timeoutMs
    ringing = Ringing(
      op: op, leg: leg, isTransfer: isTransfer, untilMs: elapsedMs + (isLate ? timeoutMs : leg.pickUpMs), timesOut: isLate)
    return true
  }

  // MARK: every 20 ms

  /// The next 20 ms of the call, due at `due` (nanoseconds); false when the call is over. On the clock's thread.
  func tick(due: UInt64, _ frames: LineFrames) -> Bool {
    var isGone = false
    let goesOn = locked {
      elapsedMs += Int(LineClock.frameMs)
      if let ringing, elapsedMs >= ringing.untilMs { settle(ringing) }
      switch phase {
      case .ringing:
        guard ringing == nil, elapsedMs > plan.script.ringMs else { break }
        if port == nil {
          isGone = true
          phase = .over
        } else {
          end(.hangUp, by: "caller")
        }
      case .talking: talk(due, frames)
      case .bridged: bridge(frames)
      case .over: break
      }
      return phase != .over
    }
    if isGone { onGone?(id) }
    return goesOn
  }

  private func talk(_ due: UInt64, _ frames: LineFrames) {
    let now = LineClock.now
    latest = max(latest, now > due ? now - due : 0)
    let heard = frames.heard(plan.line.frame)
    let said = frames.said(plan.line.frame)
    if isHeld { heard.update(repeating: 0) } else { playout.play(heard) }
    plan.line.codec.roundTrip(heard)
    let deed = caller.step(heard: UnsafeBufferPointer(heard), said: said)
    heardTape?.append(UnsafeBufferPointer(heard))
    saidTape?.append(UnsafeBufferPointer(said))
    port?.lineAudio(UnsafeBufferPointer(said), rate: Int(plan.line.rate), position: self.said, at: due)
    self.said += UInt64(said.count)
    switch deed {
    case .nothing: break
    case .key(let key): port?.dtmf(Character(UnicodeScalar(key)), source: VOX_DTMF_EVENT, durationMs: 100)
    case .hangUp: end(.hangUp, by: "caller")
    }
  }

  /// After a transfer: the two persons hear each other, without the host.
  private func bridge(_ frames: LineFrames) {
    guard let far else { return end(.hangUp, by: "caller") }
    let heard = frames.heard(plan.line.frame)
    let said = frames.said(plan.line.frame)
    for i in heard.indices { heard[i] = farSaid[i] }
    let deed = caller.step(heard: UnsafeBufferPointer(heard), said: said)
    heardTape?.append(UnsafeBufferPointer(heard))
    saidTape?.append(UnsafeBufferPointer(said))
    farTape?.append(UnsafeBufferPointer(said))
    let farDeed = farSaid.withUnsafeMutableBufferPointer { far.step(heard: UnsafeBufferPointer(said), said: $0) }
    if deed == .hangUp { end(.hangUp, by: "caller") } else if farDeed == .hangUp { end(.hangUp, by: "transfer target") }
  }

  /// The number that rang has an outcome.
  private func settle(_ ringing: Ringing) {
    self.ringing = nil
    let outcome = ringing.timesOut ? .noAnswer : ringing.leg.outcome
    let isAnswered = outcome == .answered
    if !ringing.isTransfer {
      if isAnswered {
        connect()
        port?.answered()
      }
      ringing.op.completed(["outcome": .string(outcome.rawValue)])
      return
    }
    ringing.op.completed(["outcome": .string(outcome.rawValue), "caller_kept": .bool(!isAnswered)])
    guard isAnswered else { return }
    playout.cancelAll()
    far = Caller(ringing.leg.plan)
    farTape = tape(ringing.leg.plan.script.record, "-transferred")
    port?.usage(VOX_METER_LEG_MS, said * 1_000 / UInt64(plan.line.rate))
    port?.ended(.transferred)
    phase = .bridged
  }

  // MARK: the end

  /// Ends the call; under the lock.
  func end(_ cause: LegCause, by whom: String) {
    guard phase != .over else { return }
    playout.cancelAll()
    ringing?.op.completed(["outcome": "unreachable", "caller_kept": false])
    ringing = nil
    if phase != .bridged {
      if phase == .talking { port?.usage(VOX_METER_LEG_MS, said * 1_000 / UInt64(plan.line.rate)) }
      if !isCloseAsked { port?.ended(cause) }
    }
    endedBy = whom
    phase = .over
    let path = plan.script.report.isEmpty && !recordDir.isEmpty ? "\(recordDir)/\(id).json" : plan.script.report
    let tapes = [heardTape, saidTape, farTape].compactMap(\.self)
    let isQueued = deck.finish(tapes, report: path.isEmpty || answeredAt == 0 ? nil : (path, report)) { [self] in
      locked { recordingsAreComplete() }
    }
    if !isQueued { recordingsAreComplete() }
  }

  private func recordingsAreComplete() {
    tapesAreDone = true
    if isCloseAsked { port?.closed() }
  }

  /// The host closes the session: a hang-up, unless the call has left the host by a transfer. CLOSED comes when the recordings are
  /// complete, so that whoever waits for the end of the call finds them.
  func close() {
    locked {
      guard !isCloseAsked else { return }
      isCloseAsked = true
      if phase == .bridged || tapesAreDone { port?.closed() } else { end(.hangUp, by: "agent") }
      if phase == .bridged { port = nil }
    }
  }

  private var report: JSONValue {
    JSONValue.object([
      "call": .string(id), "to": .string(plan.script.to), "from": .string(plan.script.from), "ended_by": .string(endedBy),
      "rate": .int(Int64(plan.line.rate)), "answered_at_ns": .int(Int64(answeredAt)),
      "underrun_ms": .int(Int64(playout.underrun * 1_000 / UInt64(plan.line.rate))), "late_max_us": .int(Int64(latest / 1_000)),
    ]).merging(caller.log.json)
  }
}
