// One LISTEN op: what the vendor heard, in the positions of the caller's audio, on its way to the host.

import DeepgramWire
import PluginABI
import PluginKit
import Vox

/// Finals never overlap, marks are answered in order, and what the host has no room for waits here.
final class Listening {
  /// More finals than a call brings while its host stands still.
  private static let maxWaiting = 256
  /// So that an event stays below 64 KiB whatever the vendor sends.
  private static let maxWords = 500
  private static let maxTextBytes = 16 << 10

  let op: Op
  /// A push was refused: the host waits to be told that there is room.
  var isStarved = false
  private let model: String
  private var outbox: [Item] = []
  private var marks: FlushMarks
  /// Up to here words are settled, in samples of the op.
  private var settled: UInt64 = 0
  /// The last guess that nothing has replaced.
  private var guess: Transcript?
  private var billedMs: UInt64 = 0

  private enum Item {
    case heard(text: String, start: UInt64, end: UInt64, isFinal: Bool, confidence: Int, language: String, words: [vox_word])
    case mark(EventKind, position: UInt64, value: UInt64, flags: UInt16)
    case completed
  }

  init(_ op: Op, _ settings: ListenSettings) {
    self.op = op
    model = settings.request.model
    marks = FlushMarks(waitMs: settings.flushMs)
  }

  // MARK: From the vendor

  func take(_ event: ListenEvent, _ clock: StreamClock) {
    switch event {
    case .speechStarted(let at): mark(.speechStarted, clock.position(at))
    case .interim(let transcript):
      guess = transcript
      heard(transcript, isFinal: false, clock)
    case .final(let transcript, let isFlushed):
      guess = nil
      heard(transcript, isFinal: true, clock)
      for one in marks.settled(to: settled, isAnswer: isFlushed) { mark(.flushed, settled, value: one) }
      bill(clock.sentMs)
    case .turnEnd(let at, let confidence, let isEager):
      let permille = UInt64((min(max(confidence, 0), 1) * 1000).rounded())
      mark(.turnEnd, clock.position(at), value: permille, flags: isEager ? UInt16(VOX_TURN_EAGER) : 0)
    case .turnResumed(let at): mark(.turnResumed, clock.position(at))
    case .counted(let seconds): bill(UInt64(min(seconds, 1e6) * 1000))
    case .connected, .warned, .failed: return
    }
    handOver()
  }

  private func heard(_ transcript: Transcript, isFinal: Bool, _ clock: StreamClock) {
    // What comes twice, or late, begins where the words before it end.
    let start = max(clock.position(transcript.start), settled)
    let end = max(clock.position(transcript.end), start)
    if isFinal { settled = end }
    let text = transcript.text.utf8.count <= Self.maxTextBytes ? transcript.text : String(transcript.text.prefix(Self.maxTextBytes / 4))
    put(
      .heard(
        text: text, start: start, end: end, isFinal: isFinal, confidence: permille(transcript.confidence), language: transcript.language,
        words: words(Array(transcript.words.prefix(Self.maxWords)), in: text, from: start, clock)))
  }

  private func words(_ words: [HeardWord], in text: String, from floor: UInt64, _ clock: StreamClock) -> [vox_word] {
    zip(words, WordPlaces.of(words.map(\.text), in: text)).compactMap { word, place in
      guard let place else { return nil }
      let start = max(clock.position(word.start), floor)
      return vox_word(
        start: start, end: max(clock.position(word.end), start), text_at: UInt32(clamping: place.lowerBound),
        text_len: UInt32(clamping: place.count), confidence: UInt16(clamping: permille(word.confidence)),
        speaker: UInt16(clamping: word.speaker.map { $0 < 0 ? 0 : min($0, 65_534) + 1 } ?? 0), flags: 0, zero: 0)
    }
  }

  private func permille(_ confidence: Double?) -> Int { Int((min(max(confidence ?? 0, 0), 1) * 1000).rounded()) }

  // MARK: From the host

  /// Asks for `flag` to be answered, once the vendor has settled what was pushed.
  func flush(_ flag: UInt64, _ clock: StreamClock, now: UInt64) {
    for given in marks.ask(flag, at: clock.pushed, now: now) { mark(.flushed, settled, value: given) }
    handOver()
  }

  /// When a flush counts as answered; nil when none waits.
  var flushDue: UInt64? { marks.due }

  func expireFlushes(now: UInt64) {
    for one in marks.expire(now: now) { mark(.flushed, settled, value: one) }
    handOver()
  }

  /// The stream has ended well. A guess that nobody settled is all there will be of those words.
  func finish(_ clock: StreamClock) {
    if let guess, !guess.text.isEmpty { take(.final(guess, isFlushed: false), clock) }
    for one in marks.expire(now: .max) { mark(.flushed, settled, value: one) }
    bill(clock.sentMs)
    put(.completed)
    handOver()
  }

  func fail(_ error: ProviderError, _ clock: StreamClock?) {
    if let clock { bill(clock.sentMs) }
    op.failed(error)
  }

  /// Tells what was consumed; the end is told elsewhere.
  func abandon(_ clock: StreamClock?) {
    if let clock { bill(clock.sentMs) }
    outbox = []
  }

  // MARK: To the host

  /// Hands over what waits, as far as the host has room.
  func handOver() {
    while let item = outbox.first {
      if emit(item) == .wouldBlock {
        // A guess is worth nothing once the next one is there.
        guard case .heard(_, _, _, isFinal: false, _, _, _) = item else { return }
      }
      if !outbox.isEmpty { outbox.removeFirst() }
    }
  }

  private func emit(_ item: Item) -> PushResult {
    switch item {
    case .heard(let text, let start, let end, let isFinal, let confidence, let language, let words):
      return op.words(
        .transcript, text: text, start: start, end: end, final: isFinal, confidence: confidence, language: language, words: words)
    case .mark(let kind, let position, let value, let flags): return op.mark(kind, position: position, value: value, flags: flags)
    case .completed:
      op.completed()
      return .ok
    }
  }

  private func mark(_ kind: EventKind, _ position: UInt64, value: UInt64 = 0, flags: UInt16 = 0) {
    put(.mark(kind, position: position, value: value, flags: flags))
  }

  private func put(_ item: Item) {
    guard outbox.count < Self.maxWaiting else {
      return op.failed(
        ProviderError(.overloaded, "the host has not taken what was heard for too long", effects: .maybe, code: "outbox_full"))
    }
    outbox.append(item)
  }

  /// The vendor bills the audio it was sent, by the millisecond.
  private func bill(_ ms: UInt64) {
    guard ms > billedMs else { return }
    billedMs = ms
    op.usage(VOX_METER_AUDIO_IN_MS, ms, label: model)
  }
}
