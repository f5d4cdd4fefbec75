// The one door for facts: append from any thread, committed in groups by one writer thread, on disk before it is acknowledged.

public import Base
import Synchronization

/// An append-only log of facts in a folder of checksummed segment files.
///
/// `append` takes a short lock for the queue and returns; encoding, writing and `fdatasync` happen on the writer thread, which
/// commits whatever has gathered in `Limits.gatherMs` at once. A fact is acknowledged when it is on disk, never before.
///
/// When the disk refuses (full, gone), facts stay in memory in their order and the writer tries again; `health` says why. Beyond
/// `Limits.pressureBytes` of waiting facts `isPressed` asks the host to take no further calls; beyond `Limits.waitingBytes` facts are
/// refused, counted, and the count becomes a fact (`factsLost`) as soon as the disk is back. Nothing acknowledged is ever lost.
public final class Journal: FactSink {
  struct Waiting: Sendable {
    var entry: Entry
    var bytes: Int
    var onDurable: (@Sendable () -> Void)?
  }

  struct State: Sendable {
    var taken: UInt64
    var durable: UInt64
    var queue: [Waiting] = []
    var waitingBytes = 0
    var flushes: [(upTo: UInt64, done: @Sendable (Result<UInt64, Problem>) -> Void)] = []
    var problem: Problem?
    var refused: UInt64 = 0
    /// Refused facts not yet told by a `factsLost`.
    var untold: (count: UInt64, firstWallMs: UInt64, lastWallMs: UInt64)?
    var isClosing = false
    var isClosed = false
  }

  let folder: JournalFolder
  let disk: Disk
  let segmentBytes: Int
  let longestRetryMs: Int
  let clock: any Clock
  let state: Mutex<State>
  let bell = Bell()
  let ended = Bell()
  let onCommit: @Sendable ([Entry]) -> Void
  private let pressed = Atomic<Bool>(false)
  private let lock: FolderLock

  /// What was unreadable in the last segment, and how many bytes of an unfinished record were cut off. The host reports them once.
  public let damage: [Damage]
  public let tornBytes: Int

  /// Opens or makes the journal in `folder`, cuts off an unfinished last record and starts the writer.
  ///
  /// - Parameters:
  ///   - onCommit: gets every batch once it is on disk, in order, on the writer thread; live views hang here. It must be quick.
  /// - Throws: a `Problem` whose sentence names the folder: in use by another host, not writable, disk full.
  public convenience init(folder: String, clock: any Clock, onCommit: @escaping @Sendable ([Entry]) -> Void = { _ in }) throws(Problem) {
    try self.init(folder: folder, clock: clock, disk: .real, onCommit: onCommit)
  }

  init(
    folder path: String, clock: any Clock, disk: Disk, segmentBytes: Int = Limits.segmentBytes,
    longestRetryMs: Int = Limits.longestRetryMs,
    onCommit: @escaping @Sendable ([Entry]) -> Void = { _ in }
  ) throws(Problem) {
    folder = JournalFolder(path: path)
    self.disk = disk
    self.segmentBytes = segmentBytes
    self.longestRetryMs = longestRetryMs
    self.clock = clock
    self.onCommit = onCommit
    try folder.make()
    lock = try FolderLock(folder: path)
    let opening = try Opening(folder)
    damage = opening.damage
    tornBytes = opening.tornBytes
    state = Mutex(State(taken: opening.sequence, durable: opening.sequence))
    let first =
      if let (segment, bytes) = opening.segment {
        try SegmentWriter(segment, bytes: bytes, folder: folder, disk: disk)
      } else {
        try SegmentWriter(folder.segment(first: opening.sequence + 1), bytes: 0, folder: folder, disk: disk)
      }
    let writer = JournalWriter(self, segment: first)
    if !OwnThread.start(name: "journal", { writer.run() }) {
      throw Problem(.internal, code: "no_thread", "the system has no thread left for the journal; raise the limit of processes")
    }
  }

  public var isPressed: Bool { pressed.load(ordering: .relaxed) }

  public var health: JournalHealth {
    state.withLock {
      JournalHealth(durable: $0.durable, taken: $0.taken, isPressed: isPressed, refused: $0.refused, problem: $0.problem)
    }
  }

  public func append(_ fact: Fact, about subject: Subject) { append(fact, about: subject, onDurable: nil) }

  /// Takes a fact from any thread.
  /// - Parameter onDurable: called once on the writer thread when the fact is on disk; not at all when it is refused.
  /// - Returns: its sequence, or nil when it was refused because memory is full or the journal is closed.
  @discardableResult
  public func append(_ fact: Fact, about subject: Subject, onDurable: (@Sendable () -> Void)?) -> UInt64? {
    append(fact, about: subject, evenWhenFull: false, onDurable: onDurable)
  }

  @discardableResult
  func append(_ fact: Fact, about subject: Subject, evenWhenFull: Bool, onDurable: (@Sendable () -> Void)?) -> UInt64? {
    let bytes = Limits.factBytes + fact.textBytes
    let (sequence, wasEmpty) = state.withLock { state -> (UInt64?, Bool) in
      let wallMs = clock.wallMs
      guard evenWhenFull || (!state.isClosing && state.waitingBytes + bytes <= Limits.waitingBytes) else {
        state.refuse(at: wallMs)
        return (nil, false)
      }
      state.taken += 1
      let entry = Entry(sequence: state.taken, wallMs: wallMs, at: clock.now, subject: subject, fact: fact)
      state.queue.append(Waiting(entry: entry, bytes: bytes, onDurable: onDurable))
      state.waitingBytes += bytes
      if state.waitingBytes > Limits.pressureBytes { pressed.store(true, ordering: .relaxed) }
      return (state.taken, state.queue.count == 1)
    }
    if wasEmpty { bell.ring() }
    return sequence
  }

  /// Calls `done` on the writer thread once everything appended before is on disk, with the last sequence; or with the problem as
  /// soon as the disk refuses. The facts are kept and tried again all the same.
  public func flush(_ done: @escaping @Sendable (Result<UInt64, Problem>) -> Void) {
    let isClosed = state.withLock { state in
      if !state.isClosed { state.flushes.append((state.taken, done)) }
      return state.isClosed
    }
    if isClosed { done(.failure(Problem(.internal, code: "journal_closed", "the journal is closed"))) }
    bell.ring()
  }

  /// As `flush(_:)`, for tasks.
  @discardableResult
  public func flush() async throws -> UInt64 {
    try await withCheckedThrowingContinuation { continuation in flush { continuation.resume(with: $0) } }
  }

  /// Takes no more facts, writes what waits and releases the folder. Blocks until then, at most about `Limits.longestRetryMs`.
  /// - Throws: when facts could not be written; the sentence says how many.
  public func close() throws(Problem) {
    state.withLock { $0.isClosing = true }
    bell.ring()
    while !state.withLock({ $0.isClosed }) { ended.wait(atMostMs: 100) }
    lock.release()
    let left = health
    if let problem = left.problem {
      throw Problem(.unavailable, code: problem.code, "the journal closed with \(left.waiting) facts unwritten: \(problem.message)")
    }
  }

  func relieve(_ waitingBytes: Int) {
    // Half the threshold, so that the flag does not flutter.
    if waitingBytes < Limits.pressureBytes / 2 { pressed.store(false, ordering: .relaxed) }
  }
}

extension Journal.State {
  mutating func refuse(at wallMs: UInt64) {
    refused += 1
    untold = (count: (untold?.count ?? 0) + 1, firstWallMs: untold?.firstWallMs ?? wallMs, lastWallMs: wallMs)
  }
}
