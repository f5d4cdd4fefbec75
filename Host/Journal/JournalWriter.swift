// The writer thread of a journal: gather, encode, write, sync, acknowledge; and patience with a disk that refuses.

import Base
import FoundationEssentials
import Synchronization

/// Runs on its own thread from `run` to its return, and is touched by no other: that is what makes it safe to hand over.
/// The journal's state it reads and changes under the journal's lock.
final class JournalWriter: @unchecked Sendable {
  private let journal: Journal
  private var segment: SegmentWriter?
  private let encoder = EntryJSON.makeEncoder()
  private var bytes: [UInt8] = []
  /// Taken from the queue and not yet written.
  private var backlog: ArraySlice<Journal.Waiting> = []

  init(_ journal: Journal, segment: SegmentWriter) {
    self.journal = journal
    self.segment = segment
  }

  func run() {
    OwnThread.interruptNobody()
    while true {
      let (hasWork, hurry, isClosing) = journal.state.withLock { state in
        (!state.queue.isEmpty || !state.flushes.isEmpty, state.isClosing || !state.flushes.isEmpty, state.isClosing)
      }
      if !hasWork {
        if isClosing { return end() }
        journal.bell.wait()
        continue
      }
      if !hurry { journal.bell.wait(atMostMs: Limits.gatherMs) }
      if !drain() { return end() }
    }
  }

  /// Writes batches until nothing waits. Gives up on a refusing disk only when the journal closes.
  private func drain() -> Bool {
    var pauseMs = Limits.retryMs
    var spentMs = 0
    while let batch = take() {
      while true {
        do throws(Problem) {
          try commit(batch)
          pauseMs = Limits.retryMs
          break
        } catch {
          refused(error)
          if journal.state.withLock({ $0.isClosing }) {
            if spentMs >= journal.longestRetryMs { return false }
            spentMs += pauseMs
          }
          journal.bell.wait(atMostMs: pauseMs)
          pauseMs = min(pauseMs * 2, journal.longestRetryMs)
        }
      }
    }
    answerFlushes(nil)
    return true
  }

  /// The next batch. The whole queue changes hands at once, so that nobody who appends waits while a backlog is divided.
  private func take() -> ArraySlice<Journal.Waiting>? {
    if backlog.isEmpty {
      backlog = journal.state.withLock { state in
        defer { state.queue = [] }
        return state.queue[...]
      }
    }
    let batch = backlog.prefix(Limits.batchFacts)
    backlog.removeFirst(batch.count)
    return batch.isEmpty ? nil : batch
  }

  private func commit(_ batch: ArraySlice<Journal.Waiting>) throws(Problem) {
    guard let first = batch.first, let last = batch.last else { return }
    encode(batch)
    try openSegment(first: first.entry.sequence).append(bytes)
    journal.state.withLock { state in
      state.durable = last.entry.sequence
      state.waitingBytes -= batch.reduce(0) { $0 + $1.bytes }
      state.problem = nil
      journal.relieve(state.waitingBytes)
    }
    tellLosses()
    for waiting in batch { waiting.onDurable?() }
    journal.onCommit(batch.map(\.entry))
    answerFlushes(nil)
  }

  private func encode(_ batch: ArraySlice<Journal.Waiting>) {
    bytes.removeAll(keepingCapacity: true)
    for waiting in batch {
      let start = bytes.count
      Frame.append(to: &bytes) { bytes in try? EntryJSON.append(waiting.entry, to: &bytes, by: encoder) }
      // Texts are bounded where they enter, so this is a fault of the host; the loss is told in the fact's place.
      if bytes.count - start <= Frame.headBytes || bytes.count - start > Limits.recordBytes {
        bytes.removeLast(bytes.count - start)
        var entry = waiting.entry
        entry.fact = .factsLost(.init(count: 1, firstWallMs: entry.wallMs, lastWallMs: entry.wallMs))
        Frame.append(to: &bytes) { bytes in try? EntryJSON.append(entry, to: &bytes, by: encoder) }
      }
    }
  }

  /// The segment for a batch that begins with `first`: the present one while it has room.
  private func openSegment(first: UInt64) throws(Problem) -> SegmentWriter {
    if let segment, segment.bytes < journal.segmentBytes { return segment }
    segment = nil
    let fresh = try SegmentWriter(journal.folder.segment(first: first), bytes: 0, folder: journal.folder, disk: journal.disk)
    segment = fresh
    return fresh
  }

  private func refused(_ problem: Problem) {
    journal.state.withLock { $0.problem = problem }
    answerFlushes(problem)
  }

  /// The disk is back: what was refused meanwhile becomes a fact.
  private func tellLosses() {
    let untold = journal.state.withLock { state in
      defer { state.untold = nil }
      return state.untold
    }
    guard let untold else { return }
    let fact = Fact.FactsLost(count: untold.count, firstWallMs: untold.firstWallMs, lastWallMs: untold.lastWallMs)
    journal.append(.factsLost(fact), about: .host, evenWhenFull: true, onDurable: nil)
  }

  /// Answers the flushes that are due: all of them with `problem`, or those whose facts are on disk.
  private func answerFlushes(_ problem: Problem?) {
    let (due, durable) = journal.state.withLock { state in
      let due = state.flushes.filter { problem != nil || $0.upTo <= state.durable }
      state.flushes.removeAll { problem != nil || $0.upTo <= state.durable }
      return (due, state.durable)
    }
    for flush in due { flush.done(problem.map { .failure($0) } ?? .success(durable)) }
  }

  private func end() {
    segment = nil
    journal.state.withLock { $0.isClosed = true }
    answerFlushes(Problem(.internal, code: "journal_closed", "the journal is closed"))
    journal.ended.ring()
  }
}
