// The caller's side of the conversation: sound to the recogniser and to the voice detector, words back.

import Base
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
  /// The recogniser is lost.
  func listenerFailed(_ error: ProviderError)
  func listenerAttempt(_ attempt: Attempt)
  func listenerReady(_ session: ProviderSession)
  /// The session is gone, after `close`.
  func listenerClosed()
}

/// Feeds every sample of the line to the recogniser, in order and without loss, and to the voice detector.
final class Listener: SessionOwner, TimerTarget {
  /// What the recogniser heard.
  struct Words {
    let text: String
    var isFinal: Bool
    /// Permille; 0 = not told.
    let confidence: Int
    /// Samples of the line.
    let start: UInt64
    let end: UInt64
    let provider: String
    /// It is in the journal.
    var isNoted = false
  }

  /// How much of the caller's sound is kept while the recogniser cannot take it.
  private static let keptSeconds = 10

  private let loop: CallLoop
  private let rate: Int
  private let kept: AudioRing
  private let detector: any VoiceDetector
  private var gate: SpeechGate
  weak var owner: (any ListenerOwner)?
  private(set) var session: ProviderSession?
  private var listen: OpID?
  private var attempt: Attempt?

  /// The next position of the line to be pushed, and how many samples the op has been given (at its own rate).
  private var next: UInt64 = 0
  private var pushed: UInt64 = 0
  /// The position of the line at which the op's count began.
  private var origin: UInt64 = 0
  private var isBlocked = false
  /// Finals are wanted for what was said, once the recogniser has been given all of it.
  private var wantsFlush = false
  /// Samples in `toRecognise` that the recogniser has not taken.
  private var unsent = 0
  private let frame: UnsafeMutableBufferPointer<Int16>
  private let converted: UnsafeMutableBufferPointer<Int16>
  private let toRecognise: UnsafeMutableBufferPointer<Int16>
  private var toRecogniser: Resampler?
  private var toDetector: Resampler?

  /// Samples at the detector's rate that wait for a whole window.
  private let window: UnsafeMutableBufferPointer<Int16>
  private var inWindow = 0
  private var isPostponed = false
  private let backlog: UnsafeMutableBufferPointer<Int16>
  private var inBacklog = 0
  private let cleaner: NoiseSuppression?
  private var nextMark: UInt64 = 1
  private var expectation = Expectation.open

  init(loop: CallLoop, rate: Int, detector: any VoiceDetector, cleaner: NoiseSuppression?) {
    self.loop = loop
    self.rate = rate
    self.detector = detector
    self.cleaner = cleaner
    kept = AudioRing(capacity: rate * Self.keptSeconds)
    gate = SpeechGate(sampleRate: detector.sampleRate, windowSamples: detector.windowSamples)
    frame = .allocate(capacity: rate / 50)
    // A frame of 20 ms at up to 48 kHz and what a resampler's filter holds back.
    converted = .allocate(capacity: 48_000 / 50 + 1024)
    toRecognise = .allocate(capacity: 48_000 / 50 + 1024)
    window = .allocate(capacity: detector.windowSamples)
    backlog = .allocate(capacity: Int(detector.sampleRate) / 5)
    if Int(detector.sampleRate) != rate { toDetector = try? Resampler(from: UInt32(rate), to: detector.sampleRate) }
  }

  deinit {
    frame.deallocate()
    converted.deallocate()
    toRecognise.deallocate()
    window.deallocate()
    backlog.deallocate()
  }

  func open(_ provider: Provider, settings: JSONValue, context: JSONValue, on table: SessionTable) {
    session = Registry.open(
      provider, .stt, settings: settings, context: context, rate: rate, connectMs: 10_000, on: table, owner: self)
  }

  var provider: String { session?.provider.name ?? "" }

  // MARK: Sound

  /// One frame of the line. No allocation, no lock, nothing that waits.
  func hear(_ samples: UnsafeBufferPointer<Int16>) {
    kept.write(samples)
    if let cleaner, samples.count == cleaner.frameSamples { clean(cleaner, count: samples.count) }
    pushKept()
    detect(samples)
  }

  /// The kept copy is cleaned in place of the original, so that the recogniser hears the clean one.
  private func clean(_ cleaner: NoiseSuppression, count: Int) {
    let position = kept.end - UInt64(count)
    guard count <= frame.count, kept.read(from: position, into: UnsafeMutableBufferPointer(rebasing: frame[0..<count])) == count else {
      return
    }
    let part = UnsafeMutableBufferPointer(rebasing: frame[0..<count])
    cleaner.process(part)
    kept.truncate(at: position)
    kept.write(UnsafeBufferPointer(part))
  }

  private func pushKept() {
    guard let session, let listen, !isBlocked else { return }
    if next < kept.start {
      // Sound was lost because the recogniser took none for too long; its count does not know of it.
      origin += kept.start - next
      next = kept.start
    }
    while next < kept.end {
      let count = kept.read(from: next, into: frame)
      guard count > 0 else { return }
      let samples = UnsafeBufferPointer(rebasing: frame[0..<count])
      guard push(session, listen, samples) else { return }
      next += UInt64(count)
    }
    if wantsFlush { flush() }
  }

  private func push(_ session: ProviderSession, _ op: OpID, _ samples: UnsafeBufferPointer<Int16>) -> Bool {
    var out = samples
    if let toRecogniser {
      // A frame that was refused has gone through the filter already.
      if unsent == 0 { unsent = toRecogniser.process(samples, into: toRecognise).produced }
      out = UnsafeBufferPointer(rebasing: toRecognise[0..<unsent])
    }
    switch session.push(op, out, position: pushed) {
    case vox_status(VOX_OK):
      pushed += UInt64(out.count)
      unsent = 0
      return true
    case vox_status(VOX_WOULD_BLOCK):
      isBlocked = true
      return false
    default: return false
    }
  }

  private func detect(_ samples: UnsafeBufferPointer<Int16>) {
    guard let toDetector else { return addToBacklog(samples) }
    var rest = samples
    while !rest.isEmpty {
      let (consumed, produced) = toDetector.process(rest, into: converted)
      addToBacklog(UnsafeBufferPointer(rebasing: converted[0..<produced]))
      guard consumed > 0 else { return }
      rest = UnsafeBufferPointer(rebasing: rest[consumed...])
    }
  }

  private func addToBacklog(_ input: UnsafeBufferPointer<Int16>) {
    let room = backlog.count - inBacklog
    let count = min(input.count, room)
    for i in 0..<count { backlog[inBacklog + i] = input[i] }
    inBacklog += count
    // A detector that cannot keep up loses sound, and must know that time passed.
    if count < input.count { gate.skip(samples: UInt64(input.count - count)) }
    guard inWindow + inBacklog >= window.count, !isPostponed else { return }
    isPostponed = true
    loop.postpone(self)
  }

  /// The turn's speech and input are served: now the detector.
  func timerFired(token: UInt64) {
    isPostponed = false
    var at = 0
    while at < inBacklog {
      let count = min(window.count - inWindow, inBacklog - at)
      for i in 0..<count { window[inWindow + i] = backlog[at + i] }
      inWindow += count
      at += count
      guard inWindow == window.count else { break }
      inWindow = 0
      let event = gate.window(detector.probability(UnsafeBufferPointer(window)))
      if event != .none { tell(event, behindMs: UInt64((inBacklog - at) * 1000) / UInt64(detector.sampleRate)) }
    }
    inBacklog = 0
  }

  /// - Parameter behindMs: how much of the line's sound came after the window that gave the event.
  private func tell(_ event: SpeechGate.Event, behindMs: UInt64) {
    switch event {
    case .none: return
    case .provisional(let at), .withdrawn(let at), .started(let at), .confirmed(let at), .background(let at):
      owner?.listener(voice: event, ageMs: gate.ageMs(of: at) + behindMs)
    case .ended(let at):
      // What was said is asked for as finals at once; whether the turn is over is decided elsewhere.
      wantsFlush = true
      flush()
      owner?.listener(voice: event, ageMs: gate.ageMs(of: at) + behindMs)
    }
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

  var isSpeech: Bool { gate.isSpeech }

  // MARK: From the recogniser

  func sessionReady(_ session: ProviderSession) {
    if session.inRate != rate { toRecogniser = try? Resampler(from: UInt32(rate), to: UInt32(session.inRate)) }
    beginListening(session)
    let wanted = expectation
    expectation = .open
    expect(wanted)
    pushKept()
    owner?.listenerReady(session)
  }

  private func beginListening(_ session: ProviderSession) {
    listen = session.start(OpKind.listen)
    attempt = Attempt(.stt, session.provider.name, "listen", turn: 0, startedAt: loop.now)
    origin = next
    pushed = 0
    isBlocked = false
  }

  private func endAttempt(_ outcome: Fact.Attempt.Outcome, _ error: ProviderError?) {
    if let attempt { owner?.listenerAttempt(attempt.ended(outcome, error, at: loop.now)) }
    attempt = nil
  }

  func session(_ session: ProviderSession, failed error: ProviderError) {
    listen = nil
    endAttempt(.lost, error)
    owner?.listenerFailed(error)
    owner?.listenerClosed()
  }

  func sessionClosed(_ session: ProviderSession) {
    endAttempt(.won, nil)
    owner?.listenerClosed()
  }

  /// Nothing is left of the session.
  var isClosed: Bool { session?.isOver ?? true }
  /// Nobody listens, and nobody will.
  var isLost: Bool { session?.error != nil }

  func session(_ session: ProviderSession, event: ProviderEvent) {
    guard let op = event.op, op == listen else { return }
    switch event.kind {
    case .transcript: if let words = event.words { heard(words, session) }
    case .turnEnd: owner?.listenerTurnEnd(eager: event.flags & UInt16(VOX_TURN_EAGER) != 0)
    case .turnResumed: owner?.listenerTurnResumed()
    case .resume:
      isBlocked = false
      pushKept()
    case .usage: if let usage = event.usage { attempt?.note(usage) }
    case .failed:
      listen = nil
      let error = event.error ?? ProviderError(.internal, "the recogniser failed without saying why")
      endAttempt(.lost, error)
      owner?.listenerFailed(error)
    case .completed, .cancelled:
      // Nobody asked it to stop, unless the call is over.
      listen = nil
      endAttempt(.won, nil)
      if session.isUsable {
        beginListening(session)
        pushKept()
      }
    default: break
    }
  }

  private func heard(_ words: vox_ev_words, _ session: ProviderSession) {
    let isFinal = words.h.flags & UInt16(VOX_TRANSCRIPT_FINAL) != 0
    let text = words.text.string[...].trimmed
    if !text.isEmpty {
      gate.noteWords()
      if attempt?.firstOutputAt == nil { attempt?.firstOutputAt = loop.now }
    }
    let scale = { [origin] (position: UInt64) in
      min(position, 1 << 40) * UInt64(self.rate) / UInt64(max(session.inRate, 1)) + origin
    }
    owner?.listener(
      words: Words(
        text: text, isFinal: isFinal, confidence: Int(words.confidence), start: scale(words.start), end: scale(words.end),
        provider: session.provider.name))
  }

  func close(_ reason: Reason) {
    session?.close(reason)
  }
}
