// One text being said: its sentences, and what was made of it while the host had no room.

import FliteEngine
import PluginABI
import PluginKit
import Synchronization
import Vox

/// The state of a SAY op. Belongs to the speaker's queue, except where a method says so.
final class Speech: @unchecked Sendable {
  enum Step { case goesOn, waits, done }

  private enum Item {
    case words([vox_word])
    case audio([Int16])
  }

  let op: Op
  private let text: String
  private let sentences: [Sentence]
  private var next = 0
  /// What the host has not taken yet, in order: at most one sentence and a half, since the next is begun only when it is empty.
  private var backlog: [Item] = []
  private var hasRoom = true
  private var isLost = false
  /// Hz of what was made.
  private var rate = 16_000
  /// Samples made so far, taken by the host or not.
  private(set) var made: UInt64 = 0
  private let handed = Atomic<UInt64>(0)
  private let handedMs = Atomic<UInt64>(0)

  /// [session]
  init(_ op: Op, text: String) {
    self.op = op
    self.text = text
    sentences = Sentence.sentences(of: SpeakableText.tokens(of: text))
  }

  /// Nobody waits for more of this text. Any thread.
  var isUnwanted: Bool { isLost || op.isCancelled || op.isOver }

  func roomAgain() { hasRoom = true }

  /// Hands over what waits; when all is taken, has the next sentence made or ends the op.
  func step(_ synthesize: (Sentence) -> Void) -> Step {
    handOver()
    if isUnwanted { return .done }
    if !backlog.isEmpty { return .waits }
    guard next < sentences.count else {
      reportUsage()
      op.completed(["samples": .int(Int64(made))])
      return .done
    }
    next += 1
    synthesize(sentences[next - 1])
    return .goesOn
  }

  func fail(_ sentence: String) { op.failed(ProviderError(.internal, sentence)) }

  /// The words of a sentence that begins at sample `start`; called before its audio.
  func add(_ spans: [SpokenSpan], from start: UInt64, rate: Int) {
    let words = spans.map { span in
      vox_word(
        start: start + UInt64(span.start * Double(rate)), end: start + UInt64(span.end * Double(rate)),
        text_at: UInt32(clamping: span.source.lowerBound), text_len: UInt32(clamping: span.source.count), confidence: 0,
        speaker: 0, flags: 0, zero: 0)
    }
    if !words.isEmpty { add(.words(words)) }
  }

  /// At most 200 ms of sound, right behind the last.
  func add(_ samples: [Int16], rate: Int) {
    self.rate = rate
    made += UInt64(samples.count)
    add(.audio(samples))
  }

  private func add(_ item: Item) {
    backlog.append(item)
    handOver()
  }

  private func handOver() {
    while hasRoom, !isUnwanted, let item = backlog.first {
      switch emit(item) {
      case .ok: backlog.removeFirst()
      case .wouldBlock: hasRoom = false
      case .stale, .invalid: isLost = true
      }
    }
    if isUnwanted { backlog.removeAll() }
  }

  private func emit(_ item: Item) -> PushResult {
    switch item {
    case .words(let words):
      return op.words(.ttsWords, text: text, start: words.first?.start ?? 0, end: words.last?.end ?? 0, words: words)
    case .audio(let samples):
      let position = handed.load(ordering: .relaxed)
      let result = samples.withUnsafeBufferPointer { op.audio($0, rate: rate, position: position) }
      guard result == .ok else { return result }
      let total = position + UInt64(samples.count)
      handed.store(total, ordering: .relaxed)
      handedMs.store(total * 1000 / UInt64(rate), ordering: .relaxed)
      return .ok
    }
  }

  /// What was consumed up to now, also of an op that is being cancelled. Any thread.
  func reportUsage() {
    op.usage(VOX_METER_CHARACTERS, UInt64(text.unicodeScalars.count))
    op.usage(VOX_METER_AUDIO_OUT_MS, handedMs.load(ordering: .relaxed))
  }
}
