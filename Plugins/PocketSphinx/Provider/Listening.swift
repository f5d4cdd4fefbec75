// One LISTEN op: audio on its way to a decoder, transcripts on their way to the host.

import PluginABI
import PluginKit
import PocketSphinxEngine
import Synchronization
import Vox

/// Audio comes in on the call's thread [session]; everything else happens on the session's queue [queue].
final class Listening: @unchecked Sendable {
  let op: Op
  private let rate: Int
  private let queue: SerialQueue
  private let ring: SampleRing
  private let isScheduled = Atomic(false)
  /// The host was refused and waits to be told that there is room.
  private let isStarved = Atomic(false)
  private var recogniser: Recogniser?
  /// Where the host asked for what was said so far, in samples pushed; mark 0 is the end.
  private var marks: [(at: UInt64, mark: UInt64)] = []
  /// What the host had no room for, in order. While something waits here nothing is decoded.
  private var outbox: [Item] = []

  private enum Item {
    case event(Recogniser.Event)
    case flushed(UInt64, mark: UInt64)
    case completed
  }

  /// Ten seconds: as long as the longest utterance.
  private static let bufferSeconds = 10

  /// [session]
  init(_ op: Op, rate: Int, _ queue: SerialQueue) {
    self.op = op
    self.rate = rate
    self.queue = queue
    ring = SampleRing(capacity: rate * Self.bufferSeconds)
  }

  /// Keeps the samples and wakes a decoding thread when 100 ms of them wait. No allocation but the wake-up's. [session]
  func push(_ samples: UnsafeBufferPointer<Int16>) -> PushResult {
    guard samples.count <= ring.capacity else { return .invalid }
    if !ring.write(samples) {
      isStarved.store(true, ordering: .sequentiallyConsistent)
      // The room may have come before the reader could see that somebody waits for it.
      guard ring.write(samples) else {
        schedule()
        return .wouldBlock
      }
      isStarved.store(false, ordering: .sequentiallyConsistent)
    }
    if ring.written - ring.taken >= UInt64(rate / 10) { schedule() }
    return .ok
  }

  /// [session]
  func finalize(_ mark: UInt64) {
    let at = ring.written
    queue.async {
      self.marks.append((at, mark))
      self.work()
    }
  }

  /// [session]
  func cancel() {
    reportUsage()
    queue.async { self.abandon() }
  }

  /// The host has room again. [session]
  func goOn() { queue.async { self.work() } }

  private func schedule() {
    guard !isScheduled.exchange(true, ordering: .acquiringAndReleasing) else { return }
    if !queue.async({ self.work() }) { isScheduled.store(false, ordering: .releasing) }
  }

  /// [queue]
  func begin(_ recogniser: Recogniser) { self.recogniser = recogniser }

  /// [queue]
  func expect(_ answer: Recogniser.Answer?) { try? recogniser?.expect(answer) }

  /// Leaves the decoder to others. [queue]
  func abandon() {
    recogniser?.abandon()
    recogniser = nil
    outbox.removeAll()
    marks.removeAll()
  }

  /// Decodes at most 200 ms, then lets other calls have their turn. [queue]
  private func work() {
    isScheduled.store(false, ordering: .releasing)
    guard let recogniser, !op.isCancelled, !op.isOver else { return abandon() }
    for _ in 0..<2 {
      guard handOver() else { return }
      let end = marks.first?.at ?? ring.written
      let samples = ring.read(min(rate / 10, Int(clamping: end > ring.taken ? end - ring.taken : 0)))
      samples.withUnsafeBufferPointer { recogniser.feed($0) { self.outbox.append(.event($0)) } }
      if let first = marks.first, ring.taken >= first.at {
        marks.removeFirst()
        flush(recogniser, first.mark)
      }
    }
    guard handOver() else { return }
    tellRoom()
    if !op.isOver, !marks.isEmpty || ring.written - ring.taken >= UInt64(rate / 10) { schedule() }
  }

  private func tellRoom() {
    // Half of the ring, so that the host is not asked for every frame anew.
    guard ring.written - ring.taken <= UInt64(ring.capacity / 2) else { return }
    if isStarved.exchange(false, ordering: .sequentiallyConsistent) { op.resume() }
  }

  private func flush(_ recogniser: Recogniser, _ mark: UInt64) {
    recogniser.flush { self.outbox.append(.event($0)) }
    outbox.append(mark == 0 ? .completed : .flushed(recogniser.position, mark: mark))
  }

  /// True when the host has taken all.
  private func handOver() -> Bool {
    while let item = outbox.first {
      if emit(item) == .wouldBlock {
        // An interim is worth nothing once the next one is there.
        guard case .event(.interim) = item else { return false }
      }
      if !outbox.isEmpty { outbox.removeFirst() }
    }
    return !op.isOver
  }

  private func emit(_ item: Item) -> PushResult {
    switch item {
    case .event(.speechStarted(let position)): return op.mark(.speechStarted, position: position)
    case .event(.interim(let heard)): return transcript(heard, isFinal: false)
    case .event(.final(let heard)): return transcript(heard, isFinal: true)
    case .flushed(let position, let mark): return op.mark(.flushed, position: position, value: mark)
    case .completed:
      reportUsage()
      op.completed()
      abandon()
      return .ok
    }
  }

  private func transcript(_ heard: Heard, isFinal: Bool) -> PushResult {
    var at = 0
    let words = heard.words.map { word in
      defer { at += word.text.utf8.count + 1 }
      return vox_word(
        start: word.start, end: word.end, text_at: UInt32(clamping: at), text_len: UInt32(clamping: word.text.utf8.count),
        confidence: UInt16(clamping: word.confidence), speaker: 0, flags: 0, zero: 0)
    }
    return op.words(
      .transcript, text: heard.text, start: heard.start, end: heard.end, final: isFinal, confidence: heard.confidence, words: words)
  }

  /// Any thread.
  private func reportUsage() { op.usage(VOX_METER_AUDIO_IN_MS, ring.written * 1_000 / UInt64(max(rate, 1))) }
}
