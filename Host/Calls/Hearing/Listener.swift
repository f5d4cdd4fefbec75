// The caller's side of the conversation: sound to the recogniser and to the voice detector, words back.

import Base
import Failover
import Journal
import Loader
import Media
import PluginABI
import Sound
import Vox

/// Who is told what the caller does.
protocol ListenerOwner: AnyObject {
  /// What the voice detector concluded, on the window that ended at `at`.
  func listener(voice event: SpeechGate.Event, ageMs: UInt64)
  /// A guess (`final` false) or settled words.
  func listener(words: Listener.Words)
  /// The recogniser believes that the turn is over.
  func listenerTurnEnd(eager: Bool)
  func listenerTurnResumed()
  /// No recogniser is left.
  func listenerFailed(_ error: ProviderError)
}

/// Feeds every sample of the line to whichever recogniser serves, in order and without loss, and to the voice detector.
///
/// What was said since the last settled words is kept. When a recogniser fails, the next one is given that first, as fast as it takes
/// it and without the silence in it; what it hears of settled sound is dropped. So no word is lost and none is taken twice.
final class Listener: WorkRunOwner, SpeechWatchOwner {
  /// How much of the caller's sound is kept for a recogniser that takes over.
  private static let keptSeconds = 15
  /// So much of it is kept although the detector hears no speech in it: it may be slow to hear it, and soft speech begins before.
  private static let quietSeconds = 3
  /// When so much of it is not settled, the recogniser is asked to settle it, speech or not.
  private static let unsettledSeconds = 12
  /// A recogniser that is behind by less than this is not behind: nothing is left out.
  private static let behindMs = 400
  /// Sound that nobody is waiting for is pushed in pieces of so much: each costs a message, and a recogniser of streams asks for no
  /// smaller ones (Deepgram, Flux: 80 ms).
  private static let pieceMs = 80
  /// How often a recogniser that is behind is looked after: once a frame, as the line would if it sent any.
  private static let catchUpMs = 20

  private let loop: CallLoop
  private let rate: Int
  private let kept: AudioRing
  private let speech: SpeechWatch
  weak var owner: (any ListenerOwner)?
  private let chain: RoleChain
  private var run: WorkRun?
  /// How often the chain had been changed when it began.
  private var runChanges = 0
  /// The recogniser that serves, and its op.
  private var session: ProviderSession?
  private var listen: OpID?

  /// The next position of the line to be pushed, and how many samples the op has been given (at its own rate).
  private var next: UInt64 = 0
  private var pushed: UInt64 = 0
  private var map: PositionMap
  /// Up to here the caller's words are settled; what is heard of earlier sound is known already.
  private var settled: UInt64 = 0
  private var spans: SpeechSpans
  /// When the op began, and how many of its samples came faster than the line brings them.
  private var listeningSince = Instant(ns: 0)
  private var askedToSettleAt: UInt64 = 0
  private lazy var stall = StallWatch(
    loop: loop, isNeeded: { [weak self] in self?.couldBeReplaced ?? false }, stalled: { [weak self] in self?.giveUpStalled() })
  private lazy var catchUp = CatchUp(self)
  private var catchUpTimer: TimerID?
  private var isBlocked = false
  /// In which beat the sound of a quiet caller was looked at last.
  private var beat: UInt64 = 0
  /// Finals are wanted for what was said, once the recogniser has been given all of it.
  private var wantsFlush = false
  /// Samples in `toRecognise` that the recogniser has not taken, and how many of the line's they were made of.
  private var refused = (samples: 0, ofLine: 0)
  private let piece: UnsafeMutableBufferPointer<Int16>
  private let toRecognise: UnsafeMutableBufferPointer<Int16>
  private var toRecogniser: Resampler?
  private let cleaner: NoiseSuppression?
  private var nextMark: UInt64 = 1
  private var expectation = Expectation.open

  init(loop: CallLoop, chain: RoleChain, rate: Int, detector: any VoiceDetector, cleaner: NoiseSuppression?) {
    self.loop = loop
    self.chain = chain
    map = PositionMap(recogniserRate: rate, lineRate: rate, startingAt: 0)
    spans = SpeechSpans(rate: rate)
    self.rate = rate
    self.cleaner = cleaner
    kept = AudioRing(capacity: rate * Self.keptSeconds)
    speech = SpeechWatch(loop: loop, detector: detector, rate: rate)
    let frameMs = Int(loop.frameNs / 1_000_000)
    let pieceMs = max(Self.pieceMs, frameMs)
    piece = .allocate(capacity: rate * pieceMs / 1000)
    // A piece at up to 48 kHz and what a resampler's filter holds back.
    toRecognise = .allocate(capacity: 48 * pieceMs + 1024)
    speech.owner = self
  }

  deinit {
    piece.deallocate()
    toRecognise.deallocate()
  }

  /// Begins to listen: with the first recogniser of the chain that is well.
  func open() {
    let run = WorkRun(chain.work(isOpenEnded: true), name: "listen", turn: 0, over: chain, owner: self)
    self.run = run
    runChanges = chain.changes
    run.begin()
  }

  /// Listens with whoever the chain puts first now; what was said and is not settled yet is given to them.
  func listenAnew() {
    guard !isLost, run != nil else { return }
    run?.cancel(.superseded)
    stop()
    open()
  }

  var provider: String { run?.provider ?? "" }

  // MARK: Sound

  /// One frame of the line. No allocation, no lock, nothing that waits.
  func hear(_ samples: UnsafeBufferPointer<Int16>) {
    kept.write(samples)
    if let cleaner, samples.count == cleaner.frameSamples { clean(cleaner, count: samples.count) }
    pushKept()
    speech.hear(samples)
  }

  /// The kept copy is cleaned in place of the original, so that the recogniser hears the clean one.
  private func clean(_ cleaner: NoiseSuppression, count: Int) {
    let position = kept.end - UInt64(count)
    guard count <= piece.count, kept.read(from: position, into: UnsafeMutableBufferPointer(rebasing: piece[0..<count])) == count else {
      return
    }
    let part = UnsafeMutableBufferPointer(rebasing: piece[0..<count])
    cleaner.process(part)
    kept.truncate(at: position)
    kept.write(UnsafeBufferPointer(part))
  }

  private func pushKept() {
    guard let session, let listen, !isBlocked else { return }
    // Sound was lost because nobody took any for too long.
    if next < kept.start { jump(to: kept.start) }
    let least = isQuiet ? leastInQuiet() : 1
    while next + least <= kept.end {
      if isBehind {
        if let speech = spans.next(from: next), speech > next { jump(to: min(speech, kept.end)) }
        guard mayHurry(session) else { return goOnLater() }
      }
      // What was refused is offered again, and nothing that came behind it.
      let room = refused.ofLine > 0 ? refused.ofLine : piece.count
      let count = kept.read(from: next, into: UnsafeMutableBufferPointer(rebasing: piece[0..<room]))
      guard count > 0 else { break }
      let samples = UnsafeBufferPointer(rebasing: piece[0..<count])
      guard push(session, listen, samples) else { return }
      next += UInt64(count)
    }
    if wantsFlush { flush() }
    settleInTime()
    // Nobody who takes over is given what is settled, or long silence.
    let quiet = UInt64(rate * Self.quietSeconds)
    let wanted = spans.isEmpty ? max(settled, kept.end - min(quiet, kept.end)) : settled
    kept.forget(before: min(wanted, next))
  }

  /// How many samples are worth a message while nobody waits for them: half a piece in the first look of a beat that all calls of the loop
  /// share, so that their messages leave together, and two pieces until the next.
  private func leastInQuiet() -> UInt64 {
    let beat = loop.now.ns / (UInt64(Self.pieceMs) * 1_000_000)
    defer { self.beat = beat }
    return UInt64(beat == self.beat ? piece.count * 2 : piece.count / 2)
  }

  /// A line may send nothing while its caller is silent; what is kept for a recogniser that is behind is owed to it all the same.
  private func goOnLater() {
    guard catchUpTimer == nil else { return }
    catchUpTimer = loop.timer(catchUp, token: 0, at: loop.now.advanced(byMs: Self.catchUpMs))
  }

  fileprivate func goOn() {
    catchUpTimer = nil
    pushKept()
  }

  /// The caller does not speak, and of what was said no word is awaited.
  private var isQuiet: Bool { spans.isEmpty && !speech.mayBeSpeech && !wantsFlush && refused.ofLine == 0 }

  private var isBehind: Bool { kept.end - min(next, kept.end) > UInt64(rate * Self.behindMs / 1000) }

  /// Whether the recogniser takes another frame already, although it is ahead of real time: each declares how fast it may be fed.
  private func mayHurry(_ session: ProviderSession) -> Bool {
    guard let permille = session.traits.int("input_rate_permille"), permille > 0 else { return true }
    let elapsedMs = loop.now.ms(since: listeningSince)
    return Double(pushed) * 1000 / Double(max(session.inRate, 1)) <= elapsedMs * Double(permille) / 1000 + Double(Self.behindMs)
  }

  /// How long a recogniser that may not be fed at once will be behind.
  private func catchesUpAfterMs(_ session: ProviderSession) -> Int {
    guard let permille = session.traits.int("input_rate_permille"), permille > 0 else { return 0 }
    let keptMs = Int(spans.length(from: next, to: kept.end)) * 1000 / rate
    return max(keptMs - Self.behindMs, 0) * 1000 / permille
  }

  private func jump(to position: UInt64) {
    next = position
    refused = (0, 0)
    map.jump(pushed: pushed, to: position)
  }

  /// What is kept must not run over: the recogniser is asked for what it has. That may cut a word, so silence does not count before which
  /// nothing is kept.
  private func settleInTime() {
    let limit = UInt64(rate * Self.unsettledSeconds)
    guard kept.end - min(max(settled, kept.start), kept.end) > limit, kept.end - min(askedToSettleAt, kept.end) > limit / 4 else { return }
    askedToSettleAt = kept.end
    if spans.isEmpty { return settled = kept.end }
    wantsFlush = true
    flush()
  }

  private func push(_ session: ProviderSession, _ op: OpID, _ samples: UnsafeBufferPointer<Int16>) -> Bool {
    var out = samples
    if let toRecogniser {
      // What was refused has gone through the filter already.
      if refused.ofLine == 0 { refused = (toRecogniser.process(samples, into: toRecognise).produced, samples.count) }
      out = UnsafeBufferPointer(rebasing: toRecognise[0..<refused.samples])
    }
    switch session.push(op, out, position: pushed) {
    case vox_status(VOX_OK):
      pushed += UInt64(out.count)
      refused = (0, 0)
      return true
    case vox_status(VOX_WOULD_BLOCK):
      isBlocked = true
      return false
    default: return false
    }
  }

  func speech(_ event: SpeechGate.Event, ageMs: UInt64) {
    note(event, ageMs: ageMs)
    // What was said is asked for as finals at once; whether the turn is over is decided elsewhere.
    if case .ended = event { wantsFlush = true }
    if event.at != nil { pushKept() }
    owner?.listener(voice: event, ageMs: ageMs)
  }

  /// Where speech was, for whoever takes over; and since when it should have been answered.
  private func note(_ event: SpeechGate.Event, ageMs: UInt64) {
    let age = ageMs * UInt64(rate) / 1000
    let position = kept.end > age ? kept.end - age : 0
    let at = loop.now.advanced(byMs: -Int(clamping: ageMs))
    switch event {
    case .started:
      spans.began(at: position)
      stall.speechBegan(at: at)
    case .ended, .background:
      spans.ended(at: position)
      stall.speechEnded(at: at)
    case .none, .provisional, .withdrawn, .confirmed: break
    }
  }

  /// Whoever serves would send interim words, and somebody else could serve instead.
  private var couldBeReplaced: Bool { session?.traits.bool("interim") == true && chain.links.count > 1 }

  private func giveUpStalled() {
    let name = provider
    run?.giveUp(ProviderError(.timeout, "\(name) is connected and hears nothing", scope: .session, effects: .maybe, code: "stalled"))
  }

  /// Asks the recogniser for what it has, as soon as it has been given everything.
  private func flush() {
    guard let session, let listen, next >= kept.end else { return }
    wantsFlush = false
    guard session.traits.bool("flush") else { return }
    session.finalize(listen, mark: nextMark)
    nextMark += 1
  }

  /// Tells the recogniser what is likely to be said next.
  func expect(_ expectation: Expectation) {
    guard expectation != self.expectation else { return }
    self.expectation = expectation
    guard let session, session.traits.bool("expect") else { return }
    _ = session.start(OpKind.expect, body: JSONValue.object(["expect": expectation.json]).text)
  }

  var isSpeech: Bool { speech.isSpeech }

  // MARK: From the recognisers

  func run(_ run: WorkRun, beginOn session: ProviderSession) -> OpID? {
    guard run === self.run else { return nil }
    return session.start(OpKind.listen)
  }

  func run(_ run: WorkRun, wonBy session: ProviderSession) {
    guard run === self.run, let op = run.winnerOp, op != listen else { return }
    self.session = session
    listen = op
    toRecogniser = session.inRate == rate ? nil : try? Resampler(from: UInt32(rate), to: UInt32(session.inRate))
    refused = (0, 0)
    isBlocked = false
    pushed = 0
    listeningSince = loop.now
    // What is not settled is heard again, and nothing before it.
    next = max(settled, kept.start)
    map = PositionMap(recogniserRate: session.inRate, lineRate: rate, startingAt: next)
    // The detector may have heard the end of speech before there was anybody to ask for the words.
    wantsFlush = !spans.isEmpty && !speech.isSpeech
    // It owes nothing before it has been given what is kept: that may begin with a noise.
    stall.begin(
      afterMs: chain.deadlines(of: session).stallMs, speechFrom: speech.isSpeech ? loop.now.advanced(byMs: catchesUpAfterMs(session)) : nil)
    let wanted = expectation
    expectation = .open
    expect(wanted)
    pushKept()
  }

  func run(_ run: WorkRun, isOutput event: ProviderEvent) -> Bool {
    switch event.kind {
    case .transcript, .turnEnd, .turnResumed: true
    default: false
    }
  }

  func run(_ run: WorkRun, event: ProviderEvent, from session: ProviderSession) {
    guard run === self.run else { return }
    switch event.kind {
    case .transcript:
      stall.message()
      if let words = event.words { heard(words, session) }
    case .turnEnd:
      stall.message()
      owner?.listenerTurnEnd(eager: event.flags & UInt16(VOX_TURN_EAGER) != 0)
    case .turnResumed:
      stall.message()
      owner?.listenerTurnResumed()
    case .speechStarted, .flushed: stall.message()
    case .resume:
      isBlocked = false
      pushKept()
    default: break
    }
  }

  func run(_ run: WorkRun, lost session: ProviderSession, _ error: ProviderError) { stop() }

  /// Nobody asked it to stop: somebody goes on listening.
  func run(_ run: WorkRun, finishedBy session: ProviderSession, result: JSONValue) {
    stop()
    open()
  }

  func run(_ run: WorkRun, exhausted error: ProviderError) {
    stop()
    // It went down the chain as it was when the listening began.
    guard runChanges == chain.changes else { return open() }
    isLost = true
    owner?.listenerFailed(error)
  }

  private func stop() {
    session = nil
    listen = nil
    stall.end()
    loop.cancel(catchUpTimer)
    catchUpTimer = nil
  }

  /// Nobody listens, and nobody will.
  private(set) var isLost = false

  private func heard(_ words: vox_ev_words, _ session: ProviderSession) {
    let isFinal = words.h.flags & UInt16(VOX_TRANSCRIPT_FINAL) != 0
    let text = words.text.string[...].trimmed
    let (start, end) = (map.line(words.start), words.end > 0 ? map.line(words.end) : next)
    // Sound that was settled under another recogniser.
    guard end > settled || words.end == 0 else { return }
    if isFinal {
      settled = max(settled, min(end, next))
      spans.settle(at: settled)
    }
    if !text.isEmpty { speech.noteWords() }
    owner?.listener(
      words: Words(
        text: text, isFinal: isFinal, confidence: Int(words.confidence), start: start, end: words.end > 0 ? end : 0,
        provider: session.provider.name))
  }

  func close(_ reason: Reason) {
    stop()
    chain.close(reason)
  }
}

/// Wakes the listener when a recogniser that is behind may be given more.
private final class CatchUp: TimerTarget {
  private weak var listener: Listener?

  init(_ listener: Listener) { self.listener = listener }

  func timerFired(token: UInt64) { listener?.goOn() }
}
