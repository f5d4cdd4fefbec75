// The event loop a call lives on: one thread, one ring, one wheel, one queue of timers.

import CLinux
import Glibc
import Synchronization

/// What reads the records of a loop's ring.
public protocol RingReader: AnyObject {
  /// One record; its bytes are valid until return. Called on the loop.
  func received(_ record: UnsafeRawPointer)
}

/// Work that reaches a loop by another way than its ring, such as memory that another process writes to. Called on the loop.
public protocol LoopSource: AnyObject, Sendable {
  /// A doorbell that rings when something comes while the loop sleeps. The loop never reads it (`clinux_porch`).
  var descriptor: Int32 { get }
  /// Takes a bounded part of what has come.
  func drain()
  /// Nothing waits, and whatever comes from now on will be told through the descriptor. False when something waits.
  func readyToSleep() -> Bool
  /// The loop does not sleep any more.
  func awake()
}

/// One thread that serves many calls. Everything a call owns is touched here only, so nothing in it needs a lock.
///
/// A turn of the loop: speech that is due, then what arrived, then timers, then whatever these left for later (`postpone`), then speech
/// that is due soon.
/// In tests and simulation nobody starts the thread: the world moves a virtual clock and calls `turn()`.
public final class CallLoop: @unchecked Sendable {
  public let index: Int
  public let clock: any Clock
  public let ring: EventRing
  /// Reads the ring; set before the loop starts.
  public weak var reader: (any RingReader)?

  /// How late frames of speech were handed to their lines. Touched on the loop.
  public var lateness = Lateness()

  private let wheel: TickWheel
  /// How long before their time frames of speech are served at the end of a turn.
  private let aheadNs: Int64
  private var timers = TimerQueue()
  private var postponed: [any TimerTarget] = []
  private var batch: [any TimerTarget] = []
  /// When the batch is served at the latest.
  private var batchDue = Instant(ns: 0)
  private let inbox = Mutex<[@Sendable () -> Void]>([])
  private let hasInbox = Atomic(false)
  private let sleeping = Atomic(false)
  private let stopping = Atomic(false)
  private let doorbell: Int32
  /// Where the loop sleeps: its own doorbell and those of its sources.
  private let porch: Int32
  private var sources: [any LoopSource] = []
  /// A source has its turn. Looked at on the loop only.
  private var isDraining = false
  /// The thread that runs the loop; 0 = none.
  private let thread = Atomic<UInt>(0)

  /// How many records are read before the wheel is looked at again, so that a burst of input cannot make speech late.
  private static let recordsPerRound = 16
  /// So much input is served before what is postponed, and no more: a loop that is never done with its input still does both.
  private static let roundsBeforePostponed = 8
  /// A batch of so many is served at once; a smaller one when the loop is awake anyway and this has passed since the batch before it, and
  /// not much later in any case.
  private static let batchSize = 8
  private static let batchMs = 10
  private static let batchGraceMs = 5

  /// - Parameters:
  ///   - index: which loop of the host this is.
  ///   - ringBytes: room for what other threads send; 2 MiB hold about four seconds of sound of 100 calls.
  ///   - frameMs: how often speech is served.
  ///   - aheadMs: speech that is due within this time is served at the end of a turn, as the loop is awake anyway: to be woken for it alone
  ///     costs more than to serve it. Calls so come to be served together, and early rather than late.
  public init(index: Int, clock: any Clock, ringBytes: Int = 2 << 20, frameMs: Int = 20, aheadMs: Int = 0) {
    self.index = index
    self.clock = clock
    ring = EventRing(capacity: ringBytes)
    wheel = TickWheel(frameMs: frameMs)
    aheadNs = Int64(min(aheadMs, frameMs / 2)) * 1_000_000
    doorbell = clinux_doorbell()
    porch = clinux_porch()
    _ = clinux_porch_add(porch, doorbell)
    postponed.reserveCapacity(512)
    batch.reserveCapacity(512)
  }

  deinit {
    close(porch)
    close(doorbell)
  }

  /// The present moment.
  @inline(__always) public var now: Instant { clock.now }

  // MARK: From any thread

  /// Writes a record for the reader; false when there is no room. Wakes the loop when it sleeps, unless the caller does so soon, after
  /// all that it has to write.
  @inline(__always)
  public func post(count: Int, urgent: Bool = false, wakes: Bool = true, _ fill: (UnsafeMutableRawPointer) -> Void) -> Bool {
    guard ring.write(count: count, urgent: urgent, fill) else { return false }
    if wakes { wake() }
    return true
  }

  /// Runs `work` on the loop soon. For control, not for media: it allocates and takes a short lock.
  public func submit(_ work: @escaping @Sendable () -> Void) {
    inbox.withLock { $0.append(work) }
    hasInbox.store(true, ordering: .releasing)
    wake()
  }

  /// Ends the thread after its present turn.
  public func stop() {
    stopping.store(true, ordering: .releasing)
    wake()
  }

  /// Has the loop take a turn soon.
  @inline(__always)
  public func wake() {
    guard sleeping.exchange(false, ordering: .acquiringAndReleasing) else { return }
    clinux_ring(doorbell)
  }

  // MARK: On the loop

  /// The length of a frame of speech.
  public var frameNs: UInt64 { wheel.frameNs }

  /// Serves `member` every frame from one frame after now; answers its first due time.
  public func join(_ member: any Ticked) -> Instant { wheel.add(member, now: now) }

  /// Wakes `target` at `at`.
  public func timer(_ target: any TimerTarget, token: UInt64, at: Instant) -> TimerID {
    timers.set(target, token: token, at: at)
  }

  public func cancel(_ timer: TimerID?) {
    if let timer { timers.cancel(timer) }
  }

  /// Wakes `target` (with token 0) at the end of this turn, after speech and input of all calls have been served. For work that
  /// may wait a little, such as voice activity detection.
  public func postpone(_ target: any TimerTarget) { postponed.append(target) }

  /// Wakes `target` (with token 0) like `postpone`, together with others who ask the same: when eight wait, or none were served in the
  /// last 10 ms, or soon after these have passed. For work that costs little more for several calls than for one.
  public func postponeInBatch(_ target: any TimerTarget) { batch.append(target) }

  public var pendingTimers: Int { timers.count }

  /// Serves `source` from now on.
  public func add(_ source: any LoopSource) {
    sources.append(source)
    _ = clinux_porch_add(porch, source.descriptor)
  }

  /// Runs `body` at once when this is asked by a source that has its turn, on the loop's own thread: what it brings is where it
  /// belongs, and need not go through the ring. `body` may do whatever a reader of the ring may.
  ///
  /// - Returns: false when it was not run. [any thread]
  @inline(__always)
  public func takeDirectly(_ body: () -> Void) -> Bool {
    guard thread.load(ordering: .relaxed) == UInt(pthread_self()), isDraining else { return false }
    // What others write meanwhile is not the source's.
    isDraining = false
    body()
    isDraining = true
    return true
  }

  public func remove(_ source: any LoopSource) {
    sources.removeAll { $0 === source }
    clinux_porch_remove(porch, source.descriptor)
  }

  /// One turn; answers when the next one is due at the latest.
  public func turn() -> Instant {
    let reader = reader
    var more = true
    var rounds = 0
    while more {
      wheel.run(now: now)
      more = false
      isDraining = true
      for source in sources { source.drain() }
      isDraining = false
      if let reader {
        more = ring.drain(limit: Self.recordsPerRound) { reader.received($0) } == Self.recordsPerRound
      }
      if hasInbox.exchange(false, ordering: .acquiringAndReleasing) {
        let work = inbox.withLock {
          let taken = $0
          $0 = []
          return taken
        }
        for item in work { item() }
      }
      if timers.count > 0 {
        while let (target, token) = timers.popDue(now) {
          target.timerFired(token: token)
          wheel.run(now: now)
        }
      }
      rounds += 1
      if more, rounds % Self.roundsBeforePostponed != 0 { continue }
      if !batch.isEmpty { serveBatch() }
      var i = 0
      while i < postponed.count {
        let target = postponed[i]
        i += 1
        target.timerFired(token: 0)
        wheel.run(now: now)
      }
      if !postponed.isEmpty { postponed.removeAll(keepingCapacity: true) }
      // What arrives meanwhile comes before the next of those whose time has not come.
      if !more, aheadNs > 0 { more = wheel.runSlot(now: now.advanced(byNs: aheadNs)) }
    }
    return min(wheel.nextDue, timers.next, batch.isEmpty ? .never : batchDue.advanced(byMs: Self.batchGraceMs))
  }

  private func serveBatch() {
    let now = now
    guard batch.count >= Self.batchSize || now >= batchDue else { return }
    batchDue = now.advanced(byMs: Self.batchMs)
    postponed += batch
    batch.removeAll(keepingCapacity: true)
  }

  /// True when nothing waits to be done at this moment; a simulated world may then move its clock.
  public var isIdle: Bool { ring.isEmpty && !hasInbox.load(ordering: .acquiring) }

  /// Turns until `stop()`, sleeping between turns until something arrives or is due.
  public func run() {
    thread.store(UInt(pthread_self()), ordering: .relaxed)
    while !stopping.load(ordering: .acquiring) {
      let due = turn()
      sleeping.store(true, ordering: .sequentiallyConsistent)
      atomicMemoryFence(ordering: .sequentiallyConsistent)
      // Looked at once more after the flag is up: a writer either sees the flag or is seen here.
      let maySleep = isIdle && !stopping.load(ordering: .acquiring) && sources.allSatisfy { $0.readyToSleep() }
      if maySleep { sleep(until: due) }
      sleeping.store(false, ordering: .releasing)
      for source in sources { source.awake() }
    }
  }

  private func sleep(until due: Instant) {
    // Never longer than a second, so that neither a clock set wrongly nor a doorbell that was missed can stop the calls.
    let now = now
    clinux_porch_wait(porch, due > now ? min(due.ns - now.ns, 1_000_000_000) : 0)
  }

  /// Starts the loop's thread.
  public func start() {
    OwnThread.start(name: "call-loop-\(index)") { [self] in
      OwnThread.sharpenTimers()
      run()
    }
  }
}
