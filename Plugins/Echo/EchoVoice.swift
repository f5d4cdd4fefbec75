// Text to speech: each word of the text becomes a chord that is its own.

import PluginABI
import PluginKit
import Vox

/// Speaks all at once, as fast as the host takes it: pacing is the host's business.
final class EchoVoice: Session {
  private let outbox: Outbox
  private let host: Host
  private let rate: Int
  private let delay: UInt64
  private let voice: Int

  init(_ port: SessionPort) {
    outbox = Outbox(port)
    host = port.host
    rate = port.outRate == 0 ? 16_000 : port.outRate
    delay = UInt64(milliseconds("delay_ms", in: port.settings, default: 0)) * 1_000_000
    voice = port.settings["voice"]?.int ?? 0
  }

  func start(_ op: Op, _ request: Request) throws {
    // What the setting `voice` may be.
    if request.kind == OpKind.voices { return op.completed(["voices": [["id": "0"], ["id": "1"]]]) }
    guard request.kind == OpKind.say else { throw unknown(request) }
    let (host, rate, voice, text) = (host, rate, voice, request.text)
    let words = text.split { $0 == " " || $0 == "\n" || $0 == "\t" }
    let spacing = UInt64(WordChord.samples(rate: rate))

    // When which word is said, before its sound, so that the host knows at every moment what the caller has heard.
    let times = words.enumerated().map { i, word in
      vox_word(
        start: UInt64(i) * spacing, end: UInt64(i + 1) * spacing,
        text_at: UInt32(text.utf8.distance(from: text.startIndex, to: word.startIndex)), text_len: UInt32(word.utf8.count),
        confidence: 0, speaker: 0, flags: 0, zero: 0)
    }
    let total = UInt64(words.count) * spacing
    outbox.send(op, notBefore: host.now &+ delay) { op.words(.ttsWords, text: text, start: 0, end: total, words: times) }

    for (i, word) in words.enumerated() {
      let chord = WordChord(word, voice: voice)
      // A word is longer than the 200 ms that one event may carry, so it goes in two halves.
      for half in 0..<2 {
        outbox.send(op) {
          chord.render(rate: rate).withUnsafeBufferPointer { sound in
            let part = half == 0 ? sound[..<(sound.count / 2)] : sound[(sound.count / 2)...]
            return op.audio(
              UnsafeBufferPointer(rebasing: part), rate: rate, position: UInt64(i) * spacing + UInt64(part.startIndex))
          }
        }
      }
    }
    // Usage comes before the end of the op, and the end is said exactly once.
    outbox.send(op) {
      op.usage(VOX_METER_CHARACTERS, UInt64(text.unicodeScalars.count))
      op.completed(["samples": .int(Int64(total))])
      return .ok
    }
  }

  func cancel(_ op: Op, reason: Reason) { outbox.drop(op) }
  func resume(_ op: Op?) { outbox.drain() }
  func timer(token: UInt64) { outbox.drain() }
}
