// The worker's session thread: waits for calls of any session and for timers, and runs them.

import Base
import CLinux
import Glibc
import Loader
import PluginABI
import Synchronization
import Vox

/// One thread for all sessions of the worker, so the `[session]` functions of one session never overlap.
final class SessionThread: @unchecked Sendable {
  let board: Board
  private let hosts: [Waker]
  private let strips: [BoardStrip]
  let clock: any Clock
  private let thread = Atomic<UInt>(0)
  private let inbox = Mutex<[@Sendable () -> Void]>([])
  private let hasInbox = Atomic(false)
  /// Told of each session that is forgotten. Set before `start`.
  var forgotten: (WorkerSession) -> Void = { _ in }

  // The thread's.
  private var sessions: [[WorkerSession?]]
  private var timers: [(at: UInt64, session: WorkerSession, token: UInt64)] = []
  private let scratch = UnsafeMutableRawPointer.allocate(byteCount: SessionMemory.ringBytes / 2, alignment: 16)
  private var waits = Waits()

  init(board: Board, hosts: [Int32], clock: any Clock) {
    self.board = board
    self.clock = clock
    strips = hosts.indices.map { board.strip($0) }
    self.hosts = hosts.enumerated().map { Waker(sleeps: board.strip($0.offset).hostSleeps, doorbell: $0.element) }
    sessions = Array(repeating: Array(repeating: nil, count: Board.slots), count: hosts.count)
  }

  @inline(__always) var now: UInt64 { clock.now.ns }

  // MARK: From any thread

  /// Whether the caller runs on this thread.
  var isCurrent: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

  func submit(_ work: @escaping @Sendable () -> Void) {
    inbox.withLock { $0.append(work) }
    hasInbox.store(true, ordering: .sequentiallyConsistent)
    wake()
  }

  private func wake() { board.workerSleeps.wakeSleeper() }

  func add(_ session: WorkerSession) {
    submit { [self] in
      guard sessions.indices.contains(session.lane), (0..<Board.slots).contains(session.slot) else { return }
      sessions[session.lane][session.slot] = session
      strips[session.lane].toWorker.set(session.slot)
    }
  }

  /// Tells the host that a session has events for it, or room for its calls.
  @inline(__always)
  func wakeHost(_ session: WorkerSession) {
    strips[session.lane].toHost.set(session.slot)
    hosts[session.lane].wake()
  }

  /// Has the thread look at a session.
  func poke(_ session: WorkerSession) {
    strips[session.lane].toWorker.set(session.slot)
    wake()
  }

  func setTimer(_ session: WorkerSession, token: UInt64, at: vox_time) -> vox_status {
    submit { [self] in
      timers.removeAll { $0.session === session && $0.token == token }
      session.timers.remove(token)
      guard at != 0, session.timers.count < ProviderSession.maxTimers else { return }
      session.timers.insert(token)
      let place = timers.firstIndex { $0.at > at } ?? timers.endIndex
      timers.insert((at, session, token), at: place)
    }
    return vox_status(VOX_OK)
  }

  // MARK: The thread

  func start() { OwnThread.start(name: "sessions") { [self] in run() } }

  private func run() -> Never {
    thread.store(UInt(pthread_self()), ordering: .relaxed)
    // On a single core a look would keep from running whom it looks for.
    let mayLook = clinux_cores() > 1
    while true {
      turn()
      if mayLook, waits.areShort, look() { continue }
      board.workerSleeps.settle(1)
      if hasNothing {
        let since = now
        board.workerSleeps.sleep(forNs: untilTimer)
        waits.slept(now - since)
      }
      board.workerSleeps.settle(0)
    }
  }

  private var hasNothing: Bool {
    strips.allSatisfy { $0.toWorker.isEmpty } && !hasInbox.load(ordering: .sequentiallyConsistent)
  }

  /// Looks for something to do without sleeping, so that nobody need wake this thread; false when nothing came.
  private func look() -> Bool {
    let end = now + Waits.lookNs
    while hasNothing {
      guard now < end else {
        waits.lookedInVain()
        return false
      }
      clinux_relax()
    }
    return true
  }

  /// Without a timer of a plugin it sleeps without one of the kernel, which would cost microseconds on either side of the sleep.
  private var untilTimer: UInt64 {
    guard let due = timers.first?.at else { return .max }
    let now = now
    return due > now ? due - now : 0
  }

  private func turn() {
    if hasInbox.exchange(false, ordering: .sequentiallyConsistent) {
      let work = inbox.withLock {
        let work = $0
        $0 = []
        return work
      }
      for item in work { item() }
    }
    for (lane, strip) in strips.enumerated() {
      strip.toWorker.take { slot in
        guard let session = sessions[lane][slot] else { return }
        if session.drain(into: scratch) { strip.toWorker.set(slot) }
      }
    }
    guard !timers.isEmpty else { return }
    // At most those that were due before this turn: a timer of the past that sets itself again must not keep the calls waiting.
    var left = timers.count
    let now = now
    while left > 0, let first = timers.first, first.at <= now {
      left -= 1
      timers.removeFirst()
      guard first.session.timers.remove(first.token) != nil, !first.session.isOver else { continue }
      var mark = vox_ev_mark()
      mark.h = Layout.head(vox_ev_mark.self, .timer, target: first.session.handle)
      mark.value = first.token
      withUnsafePointer(to: &mark) { p in
        p.withMemoryRebound(to: vox_event.self, capacity: 1) { first.session.deliver($0) }
      }
    }
  }

  /// Runs a function of the plugin under the eyes of the watchdog.
  @inline(__always)
  func call<R>(_ function: PluginFunction, _ body: () -> R) -> R {
    board.sessionCall.enter(function, at: clock.now.ns)
    defer { board.sessionCall.leave() }
    return body()
  }

  func take(spilled record: [UInt8], number: UInt64, lane: Int, slot: Int) {
    guard sessions.indices.contains(lane), (0..<Board.slots).contains(slot), let session = sessions[lane][slot] else { return }
    session.take(spilled: record, number: number)
    strips[lane].toWorker.set(slot)
  }

  /// Takes a session off the thread; no function of it runs any more but `destroy`.
  func forget(lane: Int, slot: Int) -> WorkerSession? {
    guard sessions.indices.contains(lane), (0..<Board.slots).contains(slot), let session = sessions[lane][slot] else { return nil }
    sessions[lane][slot] = nil
    session.end()
    timers.removeAll { $0.session === session }
    forgotten(session)
    return session
  }
}
