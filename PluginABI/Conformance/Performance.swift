// One op from start to its terminal event, disturbed as a case wants it.

import PluginABI
import Vox

/// Carries an op of a session through: feeds it, delivers its timers, refuses and resumes its output, cancels it.
struct Performance {
  /// How an op is disturbed.
  struct Plan {
    /// Pieces of output the host takes before it has no room; nil = always room.
    var room: Int?
    /// After the room is used up, rounds of 20 ms without room; from then on room for one piece at a time.
    var starvedRounds: Int?
    /// Cancel when this many events have come, or the output has run into the lack of room.
    var cancelAfter: Int?
    /// Finalize and cancel each come twice.
    var twice = false
  }

  let op: vox_handle
  /// What start itself answered.
  let status: vox_status
  let events: [SeenEvent]
  /// Nil when none came in time.
  let terminal: SeenEvent?

  var completed: Bool { terminal?.kind == .completed }
}

extension OpenSession {
  /// Carries `work` through.
  @discardableResult
  func perform(_ work: Work, _ plan: Performance.Plan = .init()) -> Performance {
    host.setRoom(plan.room ?? .max)
    let (op, status) = start(work)
    guard status == vox_status(VOX_OK) else {
      // A moment for what must not follow.
      provider.run(forMs: 20)
      return Performance(op: op, status: status, events: [], terminal: nil)
    }
    var feeder = Feeder(work.feed, rate: rate, permille: permille, twice: plan.twice)
    var course = Course(session: self, op: op, plan: plan)
    let deadline = monotonicNow() + UInt64(work.deadlineMs) * 1_000_000
    while !course.isOver, monotonicNow() < deadline {
      feeder.feed(self, op)
      course.goOn(pauseMs: feeder.pauseMs)
    }
    if !course.isOver { course.cancel() }
    host.setRoom(.max)
    let end = host.op(op)
    if end?.terminal == nil {
      bench.note(.terminalOnce, "\(role.name): no terminal event came\(course.silence)")
      host.update(op) { $0.released = true }
    }
    return Performance(op: op, status: status, events: end?.events ?? [], terminal: end?.terminal)
  }

  /// How fast audio may come; 1000 = real time.
  private var permille: Int { (try? bench.manifest().traits(role)["input_rate_permille"]?.int) ?? 1_000 }

  /// How long the op may take to end after a cancel, in ms: what the plugin declares, and time for a busy machine.
  var graceMs: Int { ((try? bench.manifest().traits(role)["cancel_grace_ms"]?.int) ?? 50) + 250 }
}

/// Feeds an op its audio at the pace it may come.
private struct Feeder {
  private enum Next { case audio, text([String]), flush, flushed(until: UInt64), end, done }

  private let samples: [Int16]
  private let frame: Int
  private let frameNs: UInt64
  private let flushes: Bool
  private let twice: Bool
  private var next: Next
  private var at = 0
  private var due = monotonicNow()
  private var refusedAt: UInt64?

  init(_ feed: Work.Feed, rate: UInt32, permille: Int, twice: Bool) {
    frame = max(Int(rate) / 50, 1)
    self.twice = twice
    switch feed {
    case .none: (samples, next, flushes, frameNs) = ([], .done, false, 0)
    case .listen(let ms):
      (samples, next, flushes) = (Sound.speechlike(ms: ms, rate: rate), .audio, true)
      frameNs = 20_000_000_000 / UInt64(max(permille, 1))
    case .speak(let ms):
      (samples, next, flushes, frameNs) = (Sound.speechlike(ms: ms, rate: rate), .audio, false, 20_000_000)
    case .text(let rest): (samples, next, flushes, frameNs) = ([], .text(rest), false, 0)
    }
  }

  /// How long to wait for the plugin before it is fed again.
  var pauseMs: Int {
    switch next {
    case .audio:
      let now = monotonicNow()
      return due > now ? Int((due - now) / 1_000_000) : 0
    case .flushed: return 5
    default: return 20
    }
  }

  mutating func feed(_ session: OpenSession, _ op: vox_handle) {
    switch next {
    case .audio: pushNext(session, op)
    case .text(let rest):
      guard let first = rest.first else { next = .end; break }
      let status = session.push(op, first)
      if status != vox_status(VOX_OK), status != vox_status(VOX_STALE) {
        session.bench.note(.grows, "more text of an op that grows is answered \(status), not VOX_OK")
      }
      next = .text(Array(rest.dropFirst()))
    case .flush:
      session.finalize(op, mark: 1)
      // FLUSHED is best effort: the end does not wait for it longer than this.
      next = .flushed(until: monotonicNow() + 2_000_000_000)
    case .flushed(let until):
      let open = session.host.op(op)?.audit.marks.isEmpty == false
      if !open || monotonicNow() > until { next = .end }
    case .end:
      session.finalize(op, mark: 0)
      if twice { session.finalize(op, mark: 0) }
      next = .done
    case .done: break
    }
  }

  private mutating func pushNext(_ session: OpenSession, _ op: vox_handle) {
    guard monotonicNow() >= due else { return }
    guard at < samples.count else {
      next = flushes ? .flush : .end
      return
    }
    let piece = samples[at..<min(at + frame, samples.count)]
    switch session.push(op, piece, at: UInt64(at)) {
    case vox_status(VOX_OK):
      at += piece.count
      refusedAt = nil
      due += frameNs
    case vox_status(VOX_WOULD_BLOCK): waitForRoom(session)
    default: next = .done
    }
  }

  /// The plugin has no room: RESUME is due, and until it comes the audio is kept.
  private mutating func waitForRoom(_ session: OpenSession) {
    let since = refusedAt ?? monotonicNow()
    refusedAt = since
    due = monotonicNow() + 5_000_000
    if monotonicNow() > since + 5_000_000_000 {
      session.bench.note(.noRoom, "\(session.role.name): audio was refused and no room came for 5 s")
      next = .end
    }
  }
}

/// Follows an op: refuses and grants room, cancels, notices silence.
private struct Course {
  let session: OpenSession
  let op: vox_handle
  let plan: Performance.Plan
  private var rounds = 0
  private var refusalsSeen = 0
  private var isCancelled = false
  private var lastCount = 0
  private var lastNews = monotonicNow()
  private(set) var silence = ""

  /// An op from which nothing comes for so long is taken for dead.
  private static let stallNs: UInt64 = 5_000_000_000
  /// Output that was refused may be offered again this often per round before it is called a spin.
  private static let offersPerRound = 10

  init(session: OpenSession, op: vox_handle, plan: Performance.Plan) {
    self.session = session
    self.op = op
    self.plan = plan
    if plan.cancelAfter == 0 { cancel() }
  }

  private var state: ValidatingHost.Op? { session.host.op(op) }
  private var isStarved: Bool { state?.resumeOwed ?? false }

  var isOver: Bool {
    isCancelled || state?.terminal != nil || !silence.isEmpty || session.host.session(session.handle).failure != nil
  }

  mutating func goOn(pauseMs: Int) {
    let host = session.host
    let seen = state?.events.count ?? 0
    session.provider.run(forMs: pauseMs) {
      let state = host.op(op)
      return state?.terminal != nil || state?.resumeOwed == true || (state?.events.count ?? 0) > seen
    }
    notice()
    if let limit = plan.cancelAfter, state?.terminal != nil || (state?.events.count ?? 0) >= limit || isStarved { return cancel() }
    if isStarved { starve() }
  }

  private mutating func notice() {
    let count = (state?.events.count ?? 0) + Int(state?.audit.pushed ?? 0)
    if count != lastCount || isStarved { lastNews = monotonicNow() }
    lastCount = count
    if monotonicNow() > lastNews + Self.stallNs { silence = " and nothing else for 5 s" }
  }

  /// One round without room, or room for one more piece.
  private mutating func starve() {
    guard let starved = plan.starvedRounds, rounds >= starved else {
      rounds += 1
      session.provider.run(forMs: 20) { false }
      let offers = session.host.refusedSoFar
      if offers - refusalsSeen > Self.offersPerRound, rounds == 2 {
        session.bench.note(
          .noRoom,
          "\(session.role.name): refused output was offered \(offers - refusalsSeen) times within 20 ms instead of waiting for RESUME")
      }
      refusalsSeen = offers
      return
    }
    session.host.setRoom(1)
    session.resume(op)
  }

  /// Cancels, and waits for the terminal event as long as it may take.
  mutating func cancel() {
    isCancelled = true
    session.cancel(op)
    if plan.twice { session.cancel(op) }
    session.provider.run(forMs: session.graceMs) { session.host.op(op)?.terminal != nil }
  }
}
