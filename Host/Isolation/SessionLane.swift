// The sessions that one loop of the host has in one worker: where the loop finds their events.

import Base
import CLinux
import Glibc
import PluginABI
import Synchronization
import Vox

/// Served by a loop, or by a thread of its own (`serveOnThread`) where there is none. `drain`, `readyToSleep` and `awake` belong to
/// that one reader. Threads of the host wake the reader by means that the worker does not hold: it could fill its doorbell up, or take the
/// flag down.
final class SessionLane: LoopSource, @unchecked Sendable {
  let index: Int
  /// The worker rings it when the reader sleeps.
  let descriptor: Int32
  private let strip: BoardStrip
  private let workerSleeps: SharedWord
  private let loop: CallLoop?
  /// The reader's own doorbell, where it is no loop; and both of them.
  private let ownDoorbell: Int32
  private let porch: Int32
  private let worker: WorkerProcess
  private let host: UnsafePointer<vox_host_v0>
  private let scratch = UnsafeMutableRawPointer.allocate(byteCount: SessionMemory.ringBytes / 2, alignment: 16)

  private enum Change {
    case add(SessionProxy)
    case remove(slot: Int, then: @Sendable (SessionProxy) -> Void)
  }
  private let changes = Mutex<[Change]>([])
  private let hasChanges = Atomic(false)
  /// Empty and never filled again once the lane is retired.
  private let freeSlots = Mutex(Array((0..<Board.slots).reversed()))
  private let traffic = Atomic(false)
  private let isStopped = Atomic(false)
  private let leaving = Mutex<(@Sendable () -> Void)?>(nil)
  private let isGone = Atomic(false)

  // The reader's.
  /// Sessions with events that were not read yet.
  private var waiting = SlotTurns()
  private var sessions: [SessionProxy?] = Array(repeating: nil, count: Board.slots)
  /// The worker is dead, and every session of it has been told.
  private var isMourned = false

  init(index: Int, loop: CallLoop?, worker: WorkerProcess, host: UnsafePointer<vox_host_v0>) {
    self.index = index
    self.worker = worker
    self.host = host
    strip = worker.board.strip(index)
    workerSleeps = worker.board.workerSleeps
    self.loop = loop
    descriptor = clinux_doorbell()
    ownDoorbell = loop == nil ? clinux_doorbell() : -1
    porch = loop == nil ? clinux_porch() : -1
  }

  deinit {
    for fd in [descriptor, ownDoorbell, porch] where fd >= 0 { close(fd) }
    scratch.deallocate()
  }

  // MARK: From any thread

  /// Room for one more session; nil when there is none.
  func takeSlot() -> Int? { freeSlots.withLock { $0.popLast() } }

  func add(_ session: SessionProxy) { change(.add(session)) }

  /// Forgets a session; it is handed to `then` on the reading thread, which should let go of it elsewhere.
  func remove(slot: Int, then: @escaping @Sendable (SessionProxy) -> Void) { change(.remove(slot: slot, then: then)) }

  func giveBack(slot: Int) { freeSlots.withLock { $0.append(slot) } }

  /// Whether events came since this was asked last.
  func takeTraffic() -> Bool { traffic.exchange(false, ordering: .relaxed) }

  /// Takes the lane of a dead worker from its reader, once no session is left. True when the reader is done with it: nothing is emitted
  /// any more.
  ///
  /// - Parameter gone: called on the reader when asking again would be answered true.
  func retire(gone: @escaping @Sendable () -> Void) -> Bool {
    let isIdle = freeSlots.withLock {
      guard $0.count == Board.slots else { return false }
      $0 = []
      return true
    }
    guard isIdle else { return isGone.load(ordering: .acquiring) }
    let leave: @Sendable () -> Void = { [self] in
      // What waits to be forgotten is forgotten first.
      applyChanges()
      isGone.store(true, ordering: .releasing)
      gone()
    }
    if let loop {
      loop.submit { [self] in
        loop.remove(self)
        leave()
      }
    } else {
      leaving.withLock { $0 = leave }
      isStopped.store(true, ordering: .sequentiallyConsistent)
      wakeReader()
    }
    return false
  }

  private func change(_ change: Change) {
    changes.withLock { $0.append(change) }
    hasChanges.store(true, ordering: .sequentiallyConsistent)
    wakeReader()
  }

  /// Tells the worker that `slot` has calls for it, or room for its events.
  @inline(__always)
  func wakeWorker(_ slot: Int) {
    strip.toWorker.set(slot)
    workerSleeps.wakeSleeper()
  }

  /// Has the reader look at `slot`.
  func poke(_ slot: Int) {
    strip.toHost.set(slot)
    wakeReader()
  }

  /// Has the reader look at everything that is new.
  func wakeReader() { if let loop { loop.wake() } else { clinux_ring(ownDoorbell) } }

  // MARK: The reader

  /// Events read in one go, so that neither a busy session nor many of them make speech late.
  private static let batch = 16

  func drain() {
    if hasChanges.load(ordering: .acquiring) { applyChanges() }
    waiting.add(strip.toHost)
    var left = Self.batch
    while left > 0, let slot = waiting.next() {
      guard let session = sessions[slot] else { continue }
      traffic.store(true, ordering: .relaxed)
      let before = left
      if session.drain(into: scratch, host, left: &left) { waiting.add(slot) }
      // One whose held events the host has no room for has had its turn as well.
      if left == before { left -= 1 }
    }
    guard !worker.isAlive else { return }
    // A session that was destroyed meanwhile, perhaps by what it was told just now, is not to hear of it.
    applyChanges()
    mourn()
  }

  func readyToSleep() -> Bool {
    strip.hostSleeps.settle(1)
    return waiting.isEmpty && strip.toHost.isEmpty && !hasChanges.load(ordering: .sequentiallyConsistent) && (worker.isAlive || isMourned)
  }

  func awake() { strip.hostSleeps.settle(0) }

  private func applyChanges() {
    hasChanges.store(false, ordering: .sequentiallyConsistent)
    let list = changes.withLock {
      let list = $0
      $0 = []
      return list
    }
    for change in list {
      switch change {
      case .add(let session):
        sessions[session.slot] = session
        isMourned = false
        // Its first events may have been there before it was known.
        strip.toHost.set(session.slot)
      case .remove(let slot, let then):
        guard let session = sessions[slot] else { continue }
        sessions[slot] = nil
        then(session)
      }
    }
  }

  /// Ends every session of the dead worker, each once.
  private func mourn() {
    guard !isMourned, let crash = worker.crash else { return }
    let error = crash.error
    isMourned = true
    for case let session? in sessions where !session.fail(error, into: scratch, host) { isMourned = false }
  }

  // MARK: Without a loop

  /// Reads on a thread of its own, until it is retired.
  func serveOnThread() {
    OwnThread.start(name: "worker-events") { [self] in
      for doorbell in [descriptor, ownDoorbell] { _ = clinux_porch_add(porch, doorbell) }
      while !isStopped.load(ordering: .acquiring) {
        drain()
        if readyToSleep(), !isStopped.load(ordering: .sequentiallyConsistent) { clinux_porch_wait(porch, .max) }
        awake()
      }
      leaving.withLock { $0.take() }?()
    }
  }
}
