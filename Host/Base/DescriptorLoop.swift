// A thread that waits for many descriptors at once, and for deadlines.

import CLinux
import Glibc
import Synchronization

/// What a descriptor is ready for.
public struct Readiness: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let read = Readiness(rawValue: UInt32(CLINUX_READ))
  public static let write = Readiness(rawValue: UInt32(CLINUX_WRITE))
  /// Hung up or failed; told together with what was asked for, never alone.
  public static let broken = Readiness(rawValue: UInt32(CLINUX_BROKEN))
}

/// Something that has a descriptor on a loop.
public protocol DescriptorOwner: AnyObject {
  /// Called on the loop for as long as the descriptor stays ready for what was asked.
  func ready(_ descriptor: Int32, _ how: Readiness)
}

/// One thread for the connections of many calls. Everything but `submit`, `wake` and `stop` happens on it.
///
/// A turn: descriptors that are ready, then timers, then what other threads submitted, then the chores. In tests nobody starts the thread:
/// they move a virtual clock and call `turn`.
public final class DescriptorLoop: @unchecked Sendable {
  public let clock: any Clock

  /// Descriptors that are ready more often than once in this time are served together, so long after the last turn.
  private var rest: Rest
  /// When the last turn began, and whether the loop waited for it less than a rest.
  private var turnedAt = Instant(ns: 0)
  private var isBusy = false
  private let set: Int32
  private let doorbell: Int32
  private let inbox = Mutex<[@Sendable () -> Void]>([])
  private let isRung = Atomic(false)
  private let sleeping = Atomic(false)
  /// Asleep, and awake again when the rest is over.
  private let resting = Atomic(false)
  private let stopping = Atomic(false)
  private var timers = TimerQueue()
  private var chores: [() -> Void] = []
  /// By descriptor.
  private var watches: [Watch] = []
  private var ready = [clinux_ready](repeating: clinux_ready(), count: DescriptorLoop.atOnce)

  /// Descriptors served in one turn: some hundred microseconds' work.
  private static let atOnce = 16

  private struct Watch {
    var owner: (any DescriptorOwner)?
    var asked: Readiness = []
  }

  /// Nil when the system gives this process no further descriptor.
  ///
  /// - Parameter restMs: when descriptors are ready more often than once in this time, they wait until it has passed since the last turn,
  ///   and are served together: a thread that wakes for each of them costs more than what it does for them. Where many are, the rest is
  ///   as short as it may be to gather what one turn serves. Who wakes the loop does not wait.
  public init?(clock: any Clock, restMs: Int = 0) {
    self.clock = clock
    rest = Rest(longestNs: Int64(restMs) * 1_000_000)
    set = clinux_watch_set()
    doorbell = clinux_doorbell()
    // What is negative was not opened, and is closed without effect.
    guard set >= 0, doorbell >= 0 else { return nil }
    clinux_watch(set, doorbell, Readiness.read.rawValue)
  }

  deinit {
    close(set)
    close(doorbell)
  }

  /// Starts the thread; false when the system has none left. `name` is shown by debuggers, at most 15 characters.
  public func start(name: String) -> Bool {
    OwnThread.start(name: name) { [self] in
      OwnThread.interruptNobody()
      while !stopping.load(ordering: .acquiring) { turn(waits: true) }
    }
  }

  // MARK: From any thread

  /// Runs `work` on the thread soon, after all that was submitted before.
  public func submit(_ work: @escaping @Sendable () -> Void) {
    inbox.withLock { $0.append(work) }
    wake()
  }

  /// Has the loop take a turn soon.
  @inline(__always)
  public func wake() {
    isRung.store(true, ordering: .sequentiallyConsistent)
    if sleeping.exchange(false, ordering: .sequentiallyConsistent) { clinux_ring(doorbell) }
  }

  /// As `wake`, but lets the loop rest first, which it does for `restMs` at most.
  @inline(__always)
  public func wakeAfterRest() {
    isRung.store(true, ordering: .sequentiallyConsistent)
    if !resting.load(ordering: .sequentiallyConsistent), sleeping.exchange(false, ordering: .sequentiallyConsistent) {
      clinux_ring(doorbell)
    }
  }

  /// Ends the thread after its present turn.
  public func stop() {
    stopping.store(true, ordering: .releasing)
    wake()
  }

  // MARK: On the thread

  /// The present moment.
  @inline(__always) public var now: Instant { clock.now }

  /// Wakes `target` in `ms` milliseconds.
  public func timer(_ target: any TimerTarget, token: UInt64, inMs ms: Int) -> TimerID {
    timers.set(target, token: token, at: now.advanced(byMs: ms))
  }

  public func cancel(_ timer: TimerID?) {
    if let timer { timers.cancel(timer) }
  }

  /// Does `chore` at the end of each turn, after the chores that were added before. Before `start`, or on the thread.
  public func eachTurn(_ chore: @escaping () -> Void) { chores.append(chore) }

  /// Tells `owner` when the descriptor can be read or written, instead of whoever was told before. An owner that wants neither is not told
  /// that the descriptor broke before it wants something again, or it would be told for ever.
  public func watch(_ descriptor: Int32, _ owner: any DescriptorOwner, _ asked: Readiness) {
    let index = Int(descriptor)
    while watches.count <= index { watches.append(Watch()) }
    let wasAsked = watches[index].asked
    watches[index] = Watch(owner: owner, asked: asked)
    if wasAsked != asked { clinux_watch(set, descriptor, asked.rawValue) }
  }

  /// Before the descriptor is closed, or when somebody else is to be told.
  public func forget(_ descriptor: Int32) {
    guard watches.indices.contains(Int(descriptor)), watches[Int(descriptor)].owner != nil else { return }
    watches[Int(descriptor)] = Watch()
    clinux_watch(set, descriptor, 0)
  }

  /// Who is told about the descriptor.
  public func owner(of descriptor: Int32) -> (any DescriptorOwner)? {
    watches.indices.contains(Int(descriptor)) ? watches[Int(descriptor)].owner : nil
  }

  /// One turn; a thread's waits until there is something to do.
  public func turn(waits: Bool = false) {
    var waitMs: Int32 = 0
    var isWhole = false
    if waits {
      if isBusy { isWhole = restWhole() }
      sleeping.store(true, ordering: .sequentiallyConsistent)
      // Looked at once more after the flag is up: who wakes either sees the flag or is seen here.
      if !isRung.load(ordering: .sequentiallyConsistent) { waitMs = untilTimer }
    }
    let before = now
    let count = Int(clinux_watch_wait(set, waitMs, &ready, Int32(ready.count)))
    sleeping.store(false, ordering: .releasing)
    turnedAt = now
    // More than it could be told of do not wait.
    isBusy = turnedAt.ns - before.ns < rest.ns && count < ready.count
    rest.gathered(count, ofMost: ready.count, isWhole: isWhole)
    for i in 0..<count {
      let (descriptor, how) = (ready[i].descriptor, Readiness(rawValue: ready[i].how))
      if descriptor == doorbell {
        clinux_silence(doorbell)
      } else {
        owner(of: descriptor)?.ready(descriptor, how)
      }
    }
    while let (target, token) = timers.popDue(now) { target.timerFired(token: token) }
    if isRung.exchange(false, ordering: .sequentiallyConsistent) { runInbox() }
    for chore in chores { chore() }
  }

  /// Waits until a rest has passed since the last turn, or somebody wakes the loop: then false.
  private func restWhole() -> Bool {
    let due = turnedAt.advanced(byNs: rest.ns)
    let now = now
    guard due > now else { return true }
    sleeping.store(true, ordering: .sequentiallyConsistent)
    resting.store(true, ordering: .sequentiallyConsistent)
    if !isRung.load(ordering: .sequentiallyConsistent) { clinux_rest(doorbell, due.ns - now.ns) }
    resting.store(false, ordering: .sequentiallyConsistent)
    return self.now >= due
  }

  /// Rounded up, or a deadline within this millisecond would spin; never longer than a second.
  private var untilTimer: Int32 {
    let due = timers.next
    let now = now
    guard due > now else { return 0 }
    return Int32(min((due.ns - now.ns + 999_999) / 1_000_000, 1000))
  }

  private func runInbox() {
    let work = inbox.withLock { inbox in
      let taken = inbox
      inbox = []
      return taken
    }
    for item in work { item() }
  }
}
