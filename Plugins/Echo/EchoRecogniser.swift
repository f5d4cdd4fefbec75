// Speech to text: a burst of sound, whatever it was, is understood as the next text of the setting `hears`.

import PluginABI
import PluginKit
import Vox

/// Listens for energy. Every position is a sample of the op, counted from 0; the host knows what moment of the call that was.
final class EchoRecogniser: Session {
  private let outbox: Outbox
  private let hears: [String]
  private let silence: UInt64
  private let rate: Int
  private var next = 0
  /// Samples dealt with, and the burst that sounds or has just fallen silent.
  private var position: UInt64 = 0
  private var burst: Range<UInt64>?
  private var wordsShown = 0
  /// Up to where the sound was when something was last told of it.
  private var shownAt: UInt64 = 0

  init(_ port: SessionPort) {
    outbox = Outbox(port)
    let texts = port.settings["hears"]?.array?.compactMap(\.string) ?? []
    hears = texts.isEmpty ? ["hello"] : texts
    rate = port.inRate == 0 ? 16_000 : port.inRate
    silence = UInt64(rate * milliseconds("silence_ms", in: port.settings, default: 300) / 1_000)
  }

  func start(_ op: Op, _ request: Request) throws {
    guard request.kind == OpKind.listen else { throw unknown(request) }
    position = 0
    burst = nil
  }

  /// While the host has no room for what we said, we take no more from it; `resume` asks for the audio again.
  func push(_ audio: AudioIn, to op: Op) -> PushResult {
    guard outbox.isEmpty else { return .wouldBlock }
    let start = position
    position += UInt64(audio.samples.count)
    if isLoud(audio.samples) {
      if burst == nil {
        wordsShown = 0
        shownAt = position
        outbox.send(op) { op.mark(.speechStarted, position: start) }
      }
      burst = (burst?.lowerBound ?? start)..<position
      showInterim(op)
    } else if let burst, position - burst.upperBound >= silence {
      let end = position
      finish(op)
      outbox.send(op) { op.mark(.turnEnd, position: end, value: 1_000) }
    }
    return .ok
  }

  func finalize(_ op: Op, mark: UInt64) {
    let end = position
    finish(op)
    let rate = UInt64(rate)
    outbox.send(op) {
      if mark > 0 { return op.mark(.flushed, position: end, value: mark) }
      op.usage(VOX_METER_AUDIO_IN_MS, end * 1_000 / rate)
      op.completed()
      return .ok
    }
  }

  func cancel(_ op: Op, reason: Reason) { outbox.drop(op) }

  func resume(_ op: Op?) {
    outbox.drain()
    if outbox.isEmpty { op?.resume() }
  }

  func timer(token: UInt64) { outbox.drain() }

  /// One more word of the text for every 200 ms of sound, and a sign of life every second when there are no more words.
  private func showInterim(_ op: Op) {
    guard let burst else { return }
    let words = hears[next].split(separator: " ")
    let shown = min(Int(burst.upperBound - burst.lowerBound) / (rate / 5), words.count)
    guard shown > wordsShown || position - shownAt >= UInt64(rate) else { return }
    wordsShown = shown
    shownAt = position
    let text = words[..<shown].joined(separator: " ")
    outbox.send(op) { op.words(.transcript, text: text, start: burst.lowerBound, end: burst.upperBound) }
  }

  /// A final for the burst; without one an empty final, which tells how far the audio is dealt with.
  private func finish(_ op: Op) {
    let heard = burst ?? position..<position
    let text = burst == nil ? "" : hears[next]
    if burst != nil { next = (next + 1) % hears.count }
    burst = nil

    let words = text.split(separator: " ")
    let share = (heard.upperBound - heard.lowerBound) / UInt64(max(words.count, 1))
    let times = words.enumerated().map { i, word in
      vox_word(
        start: heard.lowerBound + UInt64(i) * share, end: heard.lowerBound + UInt64(i + 1) * share,
        text_at: UInt32(text.utf8.distance(from: text.startIndex, to: word.startIndex)), text_len: UInt32(word.utf8.count),
        confidence: 1_000, speaker: 0, flags: 0, zero: 0)
    }
    let end = position
    outbox.send(op) {
      op.words(.transcript, text: text, start: heard.lowerBound, end: end, final: true, confidence: 1_000, words: times)
    }
  }

  /// Louder than a line's noise: a mean magnitude of 150 is about -44 dBFS.
  private func isLoud(_ samples: UnsafeBufferPointer<Int16>) -> Bool {
    samples.reduce(0) { $0 + Int($1.magnitude) } > samples.count * 150
  }
}
