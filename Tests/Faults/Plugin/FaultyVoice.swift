// Text to speech: says the word code, faster than it is heard, until its fault comes.

import Glibc
import PluginABI
import PluginKit
import Vox

final class FaultyVoice: Session {
  private let bench: Bench
  private let rate: Int
  private var stubborn: [(op: Op, text: String)] = []

  init(_ bench: Bench) {
    self.bench = bench
    rate = bench.port.outRate == 0 ? 16_000 : bench.port.outRate
  }

  func start(_ op: Op, _ request: Request) throws {
    if try bench.answered(op, request) { return }
    guard request.kind == OpKind.say else { throw ProviderError(.invalid, "There is no op \(request.kind).", code: "unknown_op") }
    let fault = bench.fault()
    if bench.meet(fault, op) { return }
    let first = bench.now &+ Bench.ns(bench.settings.firstMs(150))
    switch fault {
    case .ignoreCancel: stubborn.append((op, request.text))
    case .garbage:
      bench.schedule.send(op, at: first) { [rate] in
        Garbage(op).asVoice(rate: rate, text: request.text)
        return .ok
      }
    case .slow: say(op, request.text, from: first &+ Bench.ns(bench.settings.lateMs))
    default: say(op, request.text, from: first, breaksOff: fault)
    }
  }

  private func say(_ op: Op, _ text: String, from first: UInt64, breaksOff fault: Fault = .none) {
    let words = text.split { $0 == " " || $0 == "\n" }
    let given = fault == .none ? words.count : min(bench.settings.after, words.count)
    let start = max(first, bench.schedule.lastAt)
    let spacing = UInt64(WordCode.wordMs) * 1_000_000_000 / UInt64(bench.settings.speedPermille)
    for (i, word) in words.prefix(given).enumerated() { say(op, text, word, i, at: start &+ UInt64(i) * spacing) }
    let end = start &+ UInt64(given) * spacing
    let samples = given * rate * WordCode.wordMs / 1000
    guard fault == .none else {
      if given < words.count { sayHalf(op, words[given], given, at: end) }
      return breakOff(op, fault, at: end)
    }
    bench.schedule.send(op, at: end) {
      op.usage(VOX_METER_CHARACTERS, UInt64(text.unicodeScalars.count))
      op.completed(["samples": .int(Int64(samples))])
      return .ok
    }
  }

  /// A word with its time, then its sound.
  private func say(_ op: Op, _ text: String, _ word: Substring, _ index: Int, at: UInt64) {
    let position = UInt64(index * rate * WordCode.wordMs / 1000)
    if bench.settings.hasWordTimes {
      let length = UInt64(rate * WordCode.toneMs / 1000)
      let time = vox_word(
        start: position, end: position + length, text_at: UInt32(text.utf8.distance(from: text.startIndex, to: word.startIndex)),
        text_len: UInt32(word.utf8.count), confidence: 0, speaker: 0, flags: 0, zero: 0)
      let spoken = String(word)
      bench.schedule.send(op, at: at) { op.words(.ttsWords, text: spoken, start: position, end: position + length, words: [time]) }
    }
    let sound = WordCode.sound(WordCode.number(word), rate: rate)
    bench.schedule.send(op, at: at) { [rate] in
      sound.withUnsafeBufferPointer { op.audio($0, rate: rate, position: position) }
    }
  }

  /// The sound ends in the midst of a word.
  private func sayHalf(_ op: Op, _ word: Substring, _ index: Int, at: UInt64) {
    let position = UInt64(index * rate * WordCode.wordMs / 1000)
    let half = Array(WordCode.sound(WordCode.number(word), rate: rate).prefix(rate * WordCode.toneMs / 2000))
    bench.schedule.send(op, at: at) { [rate] in
      half.withUnsafeBufferPointer { op.audio($0, rate: rate, position: position) }
    }
  }

  private func breakOff(_ op: Op, _ fault: Fault, at: UInt64) {
    bench.schedule.send(op, at: at) { [bench] in
      if fault == .crash { bench.settings.end.die() }
      if let error = fault.error(retryAfterMs: 0, effects: .maybe) { op.failed(error) } else { bench.hang() }
      return .ok
    }
  }

  func cancel(_ op: Op, reason: Reason) {
    guard let index = stubborn.firstIndex(where: { $0.op === op }) else { return bench.schedule.drop(op) }
    op.endsLater()
    let late = stubborn.remove(at: index)
    say(late.op, late.text, from: bench.now)
  }

  func resume(_ op: Op?) { bench.schedule.drain() }
  func timer(token: UInt64) { bench.schedule.drain() }
}
