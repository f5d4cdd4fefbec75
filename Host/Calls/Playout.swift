// Puts the agent's voice on the line, 20 ms at a time, and knows what of it was heard.

import Base
import Loader
import Media
import PluginABI
import Vox

/// Who is told what became of the voice on the line.
protocol PlayoutOwner: AnyObject {
  /// Sound was handed to the line.
  func playoutPushed()
  /// The line has played up to this position of the track.
  func playoutReached(_ position: UInt64)
  /// Everything that was to be played has been heard.
  func playoutDrained()
  /// A cut or pause is done; this is the last position that was heard.
  func playoutStopped(at position: UInt64)
}

/// The agent's voice track and its way onto the line.
///
/// The host paces: frames leave at real time, at most the line's `lead_ms` ahead. Each talkspurt is one SPEAK op; a pause or a cut
/// cancels it, and what the line says it has played is the truth. Nothing here allocates between a push and the next.
final class Playout: Ticked {
  /// What is kept behind the play position, so that a resumed sentence can begin at its word.
  private static let historySeconds = 2
  /// The voice may be this far ahead of the line: what two ops may have under way, and as much again.
  private static let aheadSeconds = 6

  let rate: Int
  let frame: Int
  private let track: AudioRing
  private let loop: CallLoop
  private unowned let line: Line
  weak var owner: (any PlayoutOwner)?

  /// The next position of the track to be handed to the line.
  private(set) var next: UInt64 = 0
  /// The track may be played up to here: what lies behind belongs to a turn that is not committed yet.
  var limit = UInt64.max { didSet { pump() } }
  /// No more will be written for now: a rest shorter than a frame is played as well.
  var isFinal = false { didSet { if isFinal { pump() } } }
  /// A sentence ends here: what is left before it, less than a frame, is played without waiting for what follows.
  var boundary: UInt64 = 0 { didSet { pump() } }

  private enum State { case idle, playing, finishing, stopping, paused }
  private var state = State.idle
  private var op: OpID?
  /// The position of the track at which the op's count began.
  private var base: Int64 = 0
  /// Where the op's count holds silence that is not on the track, because a sentence did not fill its last frame. Only the newest
  /// can still be ahead of what was heard; older ones are taken off `base`.
  private var fills: [(at: Int64, count: Int64)] = []
  private static let maxFills = 16
  private var startedAt = Instant(ns: 0)
  private var pushed: UInt64 = 0
  /// Samples of the op that were heard, and when that was known.
  private var heard: UInt64 = 0
  private var heardAt = Instant(ns: 0)
  /// On the wheel, in the phase of `firstTick`. A membership of an earlier talkspurt leaves at its next tick.
  private var isTicking = false
  private var firstTick = Instant(ns: 0)
  private var lastTick = Instant(ns: 0)
  private var lineIsFull = false
  private let scratch: UnsafeMutableBufferPointer<Int16>

  init(rate: Int, loop: CallLoop, line: Line) {
    self.rate = rate
    frame = rate * Int(loop.frameNs / 1_000_000) / 1000
    track = AudioRing(capacity: rate * (Self.historySeconds + Self.aheadSeconds))
    self.loop = loop
    self.line = line
    scratch = .allocate(capacity: frame)
    fills.reserveCapacity(Self.maxFills)
  }

  deinit { scratch.deallocate() }

  /// The position after the newest sample of the voice.
  var end: UInt64 { track.end }
  /// Samples that wait to be played.
  var waiting: Int { Int(track.end - min(next, track.end)) }
  /// A voice is on the line, or on its way there.
  var isActive: Bool { state != .idle || available > 0 }
  /// When what was handed to the line so far has been heard: the caller hears nothing from then on.
  private(set) var soundsUntil = Instant(ns: 0)
  /// The position that has been heard, as well as it can be known at this moment.
  var reached: UInt64 { onTrack(heard + samples(from: heardAt, to: loop.now)) }
  var isPaused: Bool { state == .paused || state == .stopping }

  /// The position of the track for a count of the op.
  private func onTrack(_ played: UInt64) -> UInt64 {
    let count = Int64(min(played, pushed))
    var position = base + count
    for fill in fills where count > fill.at { position -= min(fill.count, count - fill.at) }
    return min(UInt64(max(position, 0)), next)
  }

  /// There is something that may be handed to the line.
  private var isReady: Bool { available >= frame || (available > 0 && (isFinal || next + UInt64(available) == boundary)) }

  private var available: Int { Int(min(track.end, limit) - min(next, min(track.end, limit))) }

  // MARK: Writing

  func write(_ samples: UnsafeBufferPointer<Int16>) {
    isFinal = false
    track.write(samples)
    pump()
  }

  /// Forgets the track from `position` on.
  func truncate(at position: UInt64) { track.truncate(at: max(position, next)) }

  // MARK: Playing

  /// Starts, or goes on, when there is enough to play.
  private func pump() {
    guard isReady || (isFinal && state == .playing) else { return }
    switch state {
    case .idle: begin()
    case .playing:
      pushDue(now: loop.now, due: nil)
      tickOn()
    case .finishing, .stopping, .paused: break
    }
  }

  private func begin() {
    guard let op = line.startSpeaking() else { return }
    self.op = op
    base = Int64(next)
    fills.removeAll(keepingCapacity: true)
    pushed = 0
    heard = 0
    let now = loop.now
    heardAt = now
    startedAt = Self.millisecond(now)
    state = .playing
    pushDue(now: now, due: nil)
    tickOn()
  }

  private func tickOn() {
    guard !isTicking, state == .playing else { return }
    isTicking = true
    firstTick = loop.join(self)
    lastTick = Instant(ns: 0)
  }

  /// The wheel serves whole milliseconds; a talkspurt counts from one, so that its frames are due when it is served.
  private static func millisecond(_ now: Instant) -> Instant { Instant(ns: now.ns / 1_000_000 * 1_000_000) }

  func tick(due: Instant) -> Bool {
    guard isTicking, state == .playing, due > lastTick, due.ns % loop.frameNs == firstTick.ns % loop.frameNs else { return false }
    lastTick = due
    pushDue(now: loop.now, due: due)
    if state == .playing, isReady || isFinal || lineIsFull { return true }
    // The voice is late: the line fills the gap, and the next samples put the call back on the wheel.
    // A line that does not tell what it has played is asked for nothing more than the time.
    isTicking = state == .playing && (available > 0 || !line.tellsPlayed && heard < pushed)
    return isTicking
  }

  /// Hands over every frame whose time has come, the line's lead included.
  private func pushDue(now: Instant, due: Instant?) {
    let line = line
    // After an underrun the line's own time has run on; what was missed is not caught up by hurrying.
    if pushed < samples(from: startedAt, to: now), due == nil {
      startedAt = Self.millisecond(now).advanced(byNs: -Int64(pushed) * 1_000_000_000 / Int64(rate))
    }
    let elapsed = samples(from: startedAt, to: now)
    // At most the lead is queued beyond the line, and never less than the frame that is being played. A frame whose turn comes a little
    // before its time leaves then.
    let served = due.map { samples(from: startedAt, to: max(now, $0)) } ?? elapsed
    let allowed = served + UInt64(max(line.leadMs * rate / 1000, frame))
    while pushed + UInt64(frame) <= allowed {
      guard pushFrame(to: line) else { break }
      if let due { loop.lateness.note(ns: now.ns > due.ns ? now.ns - due.ns : 0) }
    }
    if !line.tellsPlayed { noteHeard(min(pushed, elapsed)) }
    owner?.playoutPushed()
    if isFinal, available == 0, let op, state == .playing {
      state = .finishing
      line.finishSpeaking(op)
    }
  }

  private func pushFrame(to line: Line) -> Bool {
    guard let op, isReady else { return false }
    let count = min(available, frame)
    let got = track.read(from: next, into: UnsafeMutableBufferPointer(rebasing: scratch[0..<count]))
    guard got == count else { return false }
    for i in count..<frame { scratch[i] = 0 }
    switch line.speak(op, UnsafeBufferPointer(scratch), position: pushed) {
    case vox_status(VOX_OK):
      lineIsFull = false
      next += UInt64(count)
      pushed += UInt64(frame)
      if count < frame { noteFill(Int64(frame - count)) }
      soundsUntil = startedAt.advanced(byNs: Int64(pushed) * 1_000_000_000 / Int64(rate))
      return true
    case vox_status(VOX_WOULD_BLOCK):
      lineIsFull = true
      return false
    default: return false
    }
  }

  private func noteFill(_ count: Int64) {
    if fills.count == Self.maxFills { base -= fills.removeFirst().count }
    fills.append((Int64(pushed) - count, count))
  }

  private func samples(from start: Instant, to end: Instant) -> UInt64 {
    end > start ? (end.ns - start.ns) / 1000 * UInt64(rate) / 1_000_000 : 0
  }

  private func noteHeard(_ position: UInt64) {
    guard position > heard else { return }
    heard = position
    heardAt = loop.now
    owner?.playoutReached(onTrack(heard))
  }

  /// The line is gone: nothing more is handed to it. The loop may still hold this for a frame.
  func close() {
    state = .idle
    op = nil
    isFinal = false
    limit = 0
  }

  // MARK: From the line

  /// The line has room again.
  func lineResumed() {
    guard state == .playing else { return }
    lineIsFull = false
    pushDue(now: loop.now, due: nil)
  }

  func isSpeaking(_ op: OpID) -> Bool { op == self.op }

  /// PLAYED: the line has played so many samples of the op.
  func linePlayed(_ op: OpID, position: UInt64) {
    if op == self.op { noteHeard(min(position, pushed)) }
  }

  /// The op is over: all was heard (completed), or it was cancelled at `position` (nil: the line did not say).
  func lineSpeakEnded(_ op: OpID, completed: Bool, position: UInt64?) {
    guard op == self.op else { return }
    let reached = position.map(onTrack) ?? (completed ? next : self.reached)
    self.op = nil
    // The count of an op that is over stands still.
    fills.removeAll(keepingCapacity: true)
    heard = UInt64(max(Int64(reached) - base, 0))
    pushed = heard
    soundsUntil = min(soundsUntil, loop.now)
    switch state {
    case .stopping:
      state = .paused
      owner?.playoutStopped(at: reached)
    case .playing, .finishing:
      state = .idle
      isTicking = false
      owner?.playoutReached(reached)
      if available > 0 { pump() } else { owner?.playoutDrained() }
    case .idle, .paused: break
    }
  }

  // MARK: Interrupting

  /// Falls silent now. `playoutStopped` follows with the position that was heard last; the track is kept.
  func pause() {
    switch state {
    case .playing, .finishing:
      guard let op else { return }
      state = .stopping
      isTicking = false
      line.stopSpeaking(op)
    case .idle:
      state = .paused
      owner?.playoutStopped(at: next)
    case .stopping, .paused: break
    }
  }

  /// Goes on from `position` of the track, which lies in its kept past.
  func resume(from position: UInt64) {
    guard state == .paused else { return }
    next = max(position, track.start)
    state = .idle
    pump()
    if state == .idle, available == 0 { owner?.playoutDrained() }
  }

  /// Drops everything that was not heard; the next samples begin a new talkspurt.
  func drop(at position: UInt64) {
    guard state == .paused || state == .idle else { return }
    next = min(position, track.end)
    track.truncate(at: next)
    state = .idle
  }
}
