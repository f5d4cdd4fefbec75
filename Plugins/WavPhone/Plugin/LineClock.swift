// The one thread that all calls tick on, every 20 ms each, by absolute deadlines.

import Glibc
import PluginKit

/// Ticks calls. Each call has one of twenty slots of a millisecond, the emptiest when it came, so that a thousand calls are fifty
/// every millisecond rather than all at once. Deadlines are absolute: a late tick never delays the ones after it.
final class LineClock: @unchecked Sendable {
  static let frameMs: UInt64 = 20

  /// Shared with the thread, which must not keep the clock itself alive.
  private final class Wheel: @unchecked Sendable {
    let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Guarded by the mutex.
    var slots: [[WavCall]] = Array(repeating: [], count: Int(LineClock.frameMs))
    var isStopping = false

    init() {
      var attributes = pthread_condattr_t()
      pthread_condattr_init(&attributes)
      pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
      pthread_mutex_init(mutex, nil)
      pthread_cond_init(changed, &attributes)
      pthread_condattr_destroy(&attributes)
    }

    deinit {
      pthread_cond_destroy(changed)
      pthread_mutex_destroy(mutex)
      changed.deallocate()
      mutex.deallocate()
    }
  }

  private let wheel = Wheel()
  private let thread = SerialThread(name: "wavphone-clock")

  /// - Parameter everyQuarter: called on the clock's thread about four times a second while there are calls; must not block.
  init(everyQuarter: @escaping @Sendable () -> Void) {
    let wheel = wheel
    thread.async { LineClock.run(wheel, everyQuarter) }
  }

  /// Ends the thread and waits until it is gone; answers the calls that were still going on, which nothing ticks any more.
  func stop() -> [WavCall] {
    pthread_mutex_lock(wheel.mutex)
    wheel.isStopping = true
    pthread_cond_signal(wheel.changed)
    pthread_mutex_unlock(wheel.mutex)
    thread.join()
    // The calls hold the clock, so they are let go of here.
    defer { wheel.slots = [] }
    return Array(wheel.slots.joined())
  }

  /// CLOCK_MONOTONIC in nanoseconds, as the host's.
  static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Ticks `call` within 20 ms and then every 20 ms, until its `tick` answers false.
  func add(_ call: WavCall) {
    pthread_mutex_lock(wheel.mutex)
    defer { pthread_mutex_unlock(wheel.mutex) }
    guard !wheel.isStopping else { return }
    let slot = wheel.slots.indices.min { wheel.slots[$0].count < wheel.slots[$1].count } ?? 0
    wheel.slots[slot].append(call)
    pthread_cond_signal(wheel.changed)
  }

  private static func run(_ wheel: Wheel, _ everyQuarter: () -> Void) {
    let scratch = LineFrames()
    var ms = now / 1_000_000
    var lastQuarter = ms
    pthread_mutex_lock(wheel.mutex)
    while !wheel.isStopping {
      guard let due = nextDue(after: ms, wheel) else {
        pthread_cond_wait(wheel.changed, wheel.mutex)
        ms = max(ms, now / 1_000_000)
        continue
      }
      guard isReached(due, wheel) else { continue }
      ms = due
      let slot = Int(due % frameMs)
      let calls = wheel.slots[slot]
      pthread_mutex_unlock(wheel.mutex)

      var finished = 0
      for call in calls where !call.tick(due: due * 1_000_000, scratch) { finished += 1 }
      if due - lastQuarter >= 250 {
        lastQuarter = due
        everyQuarter()
      }

      pthread_mutex_lock(wheel.mutex)
      if finished > 0 { wheel.slots[slot].removeAll(where: \.isOver) }
    }
    pthread_mutex_unlock(wheel.mutex)
  }

  /// The next millisecond that has calls.
  private static func nextDue(after ms: UInt64, _ wheel: Wheel) -> UInt64? {
    for next in (ms + 1)...(ms + frameMs) where !wheel.slots[Int(next % frameMs)].isEmpty { return next }
    return nil
  }

  /// Waits until that millisecond; false when something changed meanwhile, so that the next due may be another.
  private static func isReached(_ dueMs: UInt64, _ wheel: Wheel) -> Bool {
    guard now < dueMs * 1_000_000 else { return true }
    var until = timespec(tv_sec: Int(dueMs / 1_000), tv_nsec: Int(dueMs % 1_000) * 1_000_000)
    return pthread_cond_timedwait(wheel.changed, wheel.mutex, &until) == ETIMEDOUT
  }
}
