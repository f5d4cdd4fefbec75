// Speech to text: reads the word code, with the interims and finals of a real recogniser, until its fault comes.

import Glibc
import PluginABI
import PluginKit
import Vox

/// Listens to one call. A fault that comes in the middle comes when `after` words have been heard.
final class FaultyRecogniser: Session {
  private let bench: Bench
  private var ear: WordEar
  private let rate: Int
  private var fault = Fault.none
  private var isDeaf = false
  /// Words in all, and those that a final has told.
  private var settled: UInt64 = 0
  private var count = 0
  private var told = 0
  private var nextInterim: UInt64 = 0

  init(_ bench: Bench) {
    self.bench = bench
    rate = bench.port.inRate == 0 ? 16_000 : bench.port.inRate
    ear = WordEar(rate: rate)
  }

  func start(_ op: Op, _ request: Request) throws {
    if try bench.answered(op, request) { return }
    guard request.kind == OpKind.listen else { throw ProviderError(.invalid, "There is no op \(request.kind).", code: "unknown_op") }
    ear = WordEar(rate: rate)
    (settled, count, told, nextInterim, isDeaf) = (0, 0, 0, 0, false)
    fault = bench.fault()
    if bench.settings.after == 0 { strike(op) }
  }

  /// The moment of the fault has come.
  private func strike(_ op: Op) {
    switch fault {
    case .none, .slow: return
    case .silence, .ignoreCancel: isDeaf = true
    case .crash: bench.settings.end.die()
    case .garbage:
      isDeaf = true
      Garbage(op).asRecogniser(rate: rate)
    default:
      isDeaf = true
      if !bench.meet(fault, op) { bench.fail(op, with: fault) }
    }
  }

  func push(_ audio: AudioIn, to op: Op) -> PushResult {
    ear.hear(audio.samples)
    guard !isDeaf else { return .ok }
    let heard = ear.words.count + told
    if heard > count {
      count = heard
      if fault != .none, bench.settings.after > 0, count >= bench.settings.after {
        interim(op)
        strike(op)
        if isDeaf { return .ok }
      }
      if bench.settings.finalWords > 0, ear.words.count > bench.settings.finalWords, let first = ear.words.last?.start {
        final(op, until: first, at: bench.now)
      }
    }
    if !ear.words.isEmpty, ear.position >= nextInterim { interim(op) }
    return .ok
  }

  private func interim(_ op: Op) {
    nextInterim = ear.position + UInt64(rate * bench.settings.interimMs / 1000)
    let (text, start, end) = (text(ear.words), settled, ear.position)
    bench.schedule.send(op, at: bench.now &+ delay) { op.words(.transcript, text: text, start: start, end: end) }
  }

  /// What a slow recogniser is behind.
  private var delay: UInt64 { fault == .slow ? Bench.ns(bench.settings.lateMs) : 0 }

  private func text(_ words: [WordEar.Word]) -> String { words.map { WordCode.words[$0.number] }.joined(separator: " ") }

  /// Tells the words before a position for good; they are not spoken of again.
  private func final(_ op: Op, until end: UInt64, at: UInt64) {
    let words = ear.words.filter { $0.start < end }
    let (text, start) = (text(words), settled)
    var offset: UInt32 = 0
    let times = words.map { word in
      let length = UInt32(WordCode.words[word.number].utf8.count)
      defer { offset += length + 1 }
      return vox_word(
        start: word.start, end: word.end, text_at: offset, text_len: length, confidence: 990, speaker: 0, flags: 0, zero: 0)
    }
    told += words.count
    settled = max(settled, end)
    ear.forget(until: words.last?.end ?? 0)
    bench.schedule.send(op, at: at &+ delay) {
      op.words(.transcript, text: text, start: start, end: end, final: true, confidence: 990, words: times)
    }
  }

  func finalize(_ op: Op, mark: UInt64) {
    guard !isDeaf else { return }
    let at = bench.now &+ Bench.ns(bench.settings.firstMs(200))
    final(op, until: ear.pending ?? ear.position, at: at)
    let (end, rate) = (settled, UInt64(rate))
    bench.schedule.send(op, at: at &+ delay) {
      if mark > 0 { return op.mark(.flushed, position: end, value: mark) }
      op.usage(VOX_METER_AUDIO_IN_MS, end * 1000 / rate)
      op.completed()
      return .ok
    }
  }

  /// One that ignores it tells now, all at once, what it has heard; nobody may believe it.
  func cancel(_ op: Op, reason: Reason) {
    guard fault == .ignoreCancel, isDeaf else { return bench.schedule.drop(op) }
    op.endsLater()
    final(op, until: ear.position, at: bench.now)
  }

  func resume(_ op: Op?) { bench.schedule.drain() }
  func timer(token: UInt64) { bench.schedule.drain() }
}
