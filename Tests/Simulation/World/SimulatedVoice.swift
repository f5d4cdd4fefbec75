// A voice of the simulated world: each word a level, with the times of the words.

import Base
import PluginABI
import Vox

/// Speaks one piece after the other; the second waits until the first is done.
final class SimulatedVoice: SimulatedSession {
  private final class Saying {
    let work: Work
    let levels: [Int16]
    let text: String
    let fault: Fault?
    let cutAt: Int
    /// The next half of a word, since an event may carry 200 ms; the second ends with the gap.
    var at = 0
    var isReady = false
    var isBlocked = false

    init(_ work: Work, _ text: String, _ fault: Fault?) {
      self.work = work
      self.text = text
      self.fault = fault
      levels = Words.levels(text)
      cutAt = if case .cut(let permille) = fault { levels.count * 2 * permille / 1000 } else { .max }
    }
  }

  private var sayings: [Saying] = []
  private var isWaiting = false
  private static let soundSamples = Words.soundMs * Words.samplesPerMs
  private static let gapSamples = Words.gapMs * Words.samplesPerMs
  private static let halfSamples = Words.wordMs / 2 * Words.samplesPerMs
  private let scratch = UnsafeMutablePointer<Int16>.allocate(capacity: SimulatedVoice.halfSamples)

  deinit { scratch.deallocate() }

  override func begin(_ work: Work, _ request: vox_request, _ fault: Fault?) {
    let saying = Saying(work, request.text.string, fault)
    work.subject = saying.text
    work.ignoresCancel = fault == .ignoresCancel
    sayings.append(saying)
    var first = world.chance.some(vendor?.firstOutputMs ?? 100...200)
    if case .slow(let ms) = fault { first += ms }
    after(first) { [self] in
      saying.isReady = true
      pump()
    }
  }

  private func pump() {
    while !isClosed, !isWaiting, let saying = sayings.first, saying.isReady, !saying.isBlocked {
      let work = saying.work
      if work.isOver || work.isCancelled && !work.ignoresCancel {
        sayings.removeFirst()
        continue
      }
      switch saying.fault {
      case .empty:
        sayings.removeFirst()
        completed(work)
        continue
      case .garbage:
        sayings.removeFirst()
        breakContract(work)
        return
      default: break
      }
      if saying.at == 0 { sendWords(saying) }
      if saying.at >= saying.cutAt { return breakOff(saying) }
      guard saying.at < saying.levels.count * 2 else {
        finish(saying)
        continue
      }
      fillHalf(saying)
      let status = audio(work, scratch, count: Self.halfSamples)
      guard status == vox_status(VOX_OK) else {
        if status == vox_status(VOX_WOULD_BLOCK) { saying.isBlocked = true } else { sayings.removeFirst() }
        continue
      }
      saying.at += 1
      if saying.at % 2 == 0, let ms = vendor?.msPerWord, ms > 0 {
        isWaiting = true
        after(ms) { [self] in
          isWaiting = false
          pump()
        }
      }
    }
  }

  private func fillHalf(_ saying: Saying) {
    let begins = saying.at % 2 == 0
    Words.fill(scratch, saying.levels[saying.at / 2], count: Self.halfSamples, begins: begins)
    if !begins { (scratch + Self.halfSamples - Self.gapSamples).update(repeating: 0, count: Self.gapSamples) }
  }

  private func breakOff(_ saying: Saying) {
    // A part of the next word is there.
    if saying.at / 2 < saying.levels.count, world.chance.percent(60) {
      fillHalf(saying)
      _ = audio(saying.work, scratch, count: world.chance.some(1...Self.halfSamples - Self.gapSamples - 1))
    }
    let rest = sayings
    sayings = []
    failed(saying.work, ProviderError(.unavailable, "\(name) broke off", effects: .maybe))
    for other in rest.dropFirst() { failed(other.work, ProviderError(.unavailable, "\(name) broke off", effects: .maybe)) }
  }

  private func finish(_ saying: Saying) {
    sayings.removeFirst()
    usage(saying.work, "characters", saying.text.utf8.count)
    completed(saying.work)
    if saying.fault == .twoTerminals { sayAgain(saying.work) }
    if saying.fault == .hangsUp { hangUpSession() }
  }

  private func sendWords(_ saying: Saying) {
    var words: [vox_word] = []
    words.reserveCapacity(saying.levels.count)
    var at = 0
    let length = Self.soundSamples + Self.gapSamples
    for (i, word) in saying.text.utf8.split(separator: UInt8(ascii: " ")).enumerated() {
      let end = world.border.wordEnd(i * length + Self.soundSamples, wordSamples: length)
      words.append(
        vox_word(
          start: UInt64(min(i * length, end)), end: UInt64(end), text_at: UInt32(at), text_len: UInt32(word.count),
          confidence: 0, speaker: 0, flags: 0, zero: 0))
      at += word.count + 1
    }
    withView(saying.text) { view in
      words.withUnsafeBufferPointer { words in
        var event = vox_ev_words()
        event.h = head(vox_ev_words.self, .ttsWords, saying.work)
        event.end = UInt64(saying.levels.count * length)
        event.nwords = UInt32(words.count)
        event.text = view
        event.words = words.baseAddress
        saying.work.note(emit(&event), at: now)
      }
    }
  }

  override func resume(_ work: Work) {
    for saying in sayings where saying.work === work { saying.isBlocked = false }
    pump()
  }

  override func letGo(_ work: Work) {
    usage(work, "characters", Int(work.samples) / Self.soundSamples)
    if !work.ignoresCancel { sayings.removeAll { $0.work === work } }
    // One that goes on talking waits for nobody.
    after(0) { [self] in resume(work) }
  }
}
