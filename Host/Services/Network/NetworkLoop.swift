// The thread of the network: sockets, transfers and deadlines of all providers.

import Base
import CCurl
import CLinux
import Glibc
import Synchronization

/// Something that owns a socket of its own on the network's thread.
protocol SocketWatcher: AnyObject {
  /// The socket is readable, writable or broken.
  func ready(readable: Bool, writable: Bool)
}

/// Whose transfer it is.
protocol TransferOwner: AnyObject {
  /// It has ended by itself, on the network's thread.
  func ended(_ result: CURLcode)
}

/// One thread for all of the host's outgoing connections, so that every call shares the open ones. A byte that arrives is read here and
/// its event written straight into the ring of the call's loop: one hop, whichever call it is for.
///
/// Everything but `submit` and `wake` happens on the thread.
final class NetworkLoop: @unchecked Sendable {
  let clock: any Clock
  /// Asked once per turn before it sleeps.
  var drain: () -> Void = {}

  private let multi: UnsafeMutableRawPointer
  let share: UnsafeMutableRawPointer?
  private let epoll: Int32
  private let doorbell: Int32
  private let inbox = Mutex<[@Sendable () -> Void]>([])
  private let isRung = Atomic(false)
  private let stopping = Atomic(false)
  private var timers = TimerQueue()
  private var transfersDue = Instant.never
  private var watchers: [Int32: (watcher: any SocketWatcher, events: UInt32)] = [:]
  var masks = Masks()
  private var owners: [UnsafeMutableRawPointer: any TransferOwner] = [:]

  private enum Tag {
    static let doorbell: UInt64 = 0
    static let transfer: UInt64 = 1 << 32
    static let watcher: UInt64 = 2 << 32
  }

  init?(clock: any Clock) {
    // Idempotent and, with this library, safe to call from any thread.
    guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK, let multi = curl_multi_init() else { return nil }
    self.clock = clock
    self.multi = multi
    share = ccurl_share_sessions()
    epoll = ccurl_epoll()
    doorbell = clinux_doorbell()
    guard epoll >= 0, doorbell >= 0 else { return nil }
    ccurl_multi_long(multi, CURLMOPT_MAXCONNECTS, Limits.connections)
    ccurl_multi_callbacks(multi, Self.watchTransfer, Self.setTransferTimer, Unmanaged.passUnretained(self).toOpaque())
    ccurl_epoll_watch(epoll, doorbell, EPOLLIN.rawValue, Tag.doorbell)
  }

  /// False when the system has no thread left.
  func start() -> Bool { OwnThread.start(name: "network") { [self] in run() } }

  // MARK: From any thread

  /// Runs `work` on the thread soon.
  func submit(_ work: @escaping @Sendable () -> Void) {
    inbox.withLock { $0.append(work) }
    wake()
  }

  /// Has `drain` called soon.
  func wake() {
    if !isRung.exchange(true, ordering: .sequentiallyConsistent) { clinux_ring(doorbell) }
  }

  func stop() {
    stopping.store(true, ordering: .releasing)
    wake()
  }

  // MARK: On the thread

  var now: Instant { clock.now }

  func timer(_ target: any TimerTarget, token: UInt64, inMs ms: Int) -> TimerID {
    timers.set(target, token: token, at: now.advanced(byMs: ms))
  }

  func cancel(_ timer: TimerID?) {
    if let timer { timers.cancel(timer) }
  }

  /// Begins a transfer; false when the library refuses it.
  func add(_ easy: UnsafeMutableRawPointer, _ owner: any TransferOwner) -> Bool {
    guard curl_multi_add_handle(multi, easy) == CURLM_OK else { return false }
    owners[easy] = owner
    return true
  }

  /// Ends a transfer, or takes one that has ended out. Never inside one of its callbacks.
  func remove(_ easy: UnsafeMutableRawPointer) {
    if owners.removeValue(forKey: easy) != nil { curl_multi_remove_handle(multi, easy) }
  }

  /// Tells `watcher` when the socket can be read or written. One that wants neither is not told that it broke before it wants something
  /// again, or it would be told for ever.
  func watch(_ socket: Int32, _ watcher: any SocketWatcher, reads: Bool, writes: Bool) {
    let events = (reads ? EPOLLIN.rawValue : 0) | (writes ? EPOLLOUT.rawValue : 0)
    if let known = watchers[socket], known.watcher === watcher, known.events == events { return }
    watchers[socket] = (watcher, events)
    ccurl_epoll_watch(epoll, socket, events, Tag.watcher | UInt64(UInt32(bitPattern: socket)))
  }

  /// Before the socket is closed.
  func forget(_ socket: Int32) {
    watchers[socket] = nil
    ccurl_epoll_watch(epoll, socket, 0, 0)
  }

  private func run() {
    var tags = [UInt64](repeating: 0, count: 64)
    var events = [UInt32](repeating: 0, count: 64)
    while !stopping.load(ordering: .acquiring) {
      let count = Int(ccurl_epoll_wait(epoll, waitMs, &tags, &events))
      for i in 0..<count { handle(tags[i], events[i]) }
      if now >= transfersDue {
        transfersDue = .never
        act(CURL_SOCKET_TIMEOUT, 0)
      }
      while let (target, token) = timers.popDue(now) { target.timerFired(token: token) }
      runInbox()
      drain()
      reap()
    }
  }

  /// Rounded up, or a deadline within this millisecond would spin.
  private var waitMs: Int32 {
    let due = min(transfersDue, timers.next)
    let now = now
    guard due > now else { return 0 }
    return Int32(min((due.ns - now.ns + 999_999) / 1_000_000, 1000))
  }

  private func handle(_ tag: UInt64, _ events: UInt32) {
    let socket = Int32(bitPattern: UInt32(truncatingIfNeeded: tag))
    let isBroken = events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
    let readable = events & EPOLLIN.rawValue != 0
    let writable = events & EPOLLOUT.rawValue != 0
    switch (tag >> 32) << 32 {
    case Tag.doorbell: clinux_silence(doorbell)
    case Tag.transfer:
      act(socket, (readable ? CURL_CSELECT_IN : 0) | (writable ? CURL_CSELECT_OUT : 0) | (isBroken ? CURL_CSELECT_ERR : 0))
    case Tag.watcher: watchers[socket]?.watcher.ready(readable: readable || isBroken, writable: writable || isBroken)
    default: break
    }
  }

  private func act(_ socket: Int32, _ events: Int32) {
    var running: Int32 = 0
    curl_multi_socket_action(multi, socket, events, &running)
  }

  private func runInbox() {
    guard isRung.exchange(false, ordering: .sequentiallyConsistent) else { return }
    let work = inbox.withLock { inbox in
      let taken = inbox
      inbox = []
      return taken
    }
    for item in work { item() }
  }

  private func reap() {
    var result = CURLE_OK
    while let easy = ccurl_multi_ended(multi, &result) { owners[easy]?.ended(result) }
  }

  private static let watchTransfer: ccurl_socket_callback = { _, socket, what, context, _ in
    guard let context else { return 0 }
    let loop = Unmanaged<NetworkLoop>.fromOpaque(context).takeUnretainedValue()
    let events =
      switch what {
      case CURL_POLL_IN: EPOLLIN.rawValue
      case CURL_POLL_OUT: EPOLLOUT.rawValue
      case CURL_POLL_INOUT: EPOLLIN.rawValue | EPOLLOUT.rawValue
      default: UInt32(0)
      }
    ccurl_epoll_watch(loop.epoll, socket, events, Tag.transfer | UInt64(UInt32(bitPattern: socket)))
    return 0
  }

  private static let setTransferTimer: ccurl_timer_callback = { _, ms, context in
    guard let context else { return 0 }
    let loop = Unmanaged<NetworkLoop>.fromOpaque(context).takeUnretainedValue()
    loop.transfersDue = ms < 0 ? .never : loop.now.advanced(byMs: ms)
    return 0
  }
}
