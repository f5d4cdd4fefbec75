// Wakes one waiting thread; the writer sleeps on it while there is nothing to write.

import Glibc

/// A flag with a condition variable: a ring before the wait is not missed, and many rings wake once.
/// `ring` may be called from any thread and blocks for no longer than it takes to set the flag.
final class Bell: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  private var isRung = false

  init() {
    mutex = .allocate(capacity: 1)
    condition = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    // The monotonic clock, so that a step of the calendar neither ends a wait nor prolongs it.
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func ring() {
    pthread_mutex_lock(mutex)
    isRung = true
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
  }

  /// Waits for a ring.
  func wait() {
    pthread_mutex_lock(mutex)
    while !isRung { pthread_cond_wait(condition, mutex) }
    isRung = false
    pthread_mutex_unlock(mutex)
  }

  /// Waits for a ring at most `ms`.
  func wait(atMostMs ms: Int) {
    var until = timespec()
    clock_gettime(CLOCK_MONOTONIC, &until)
    let ns = until.tv_nsec + (ms % 1000) * 1_000_000
    until.tv_sec += ms / 1000 + ns / 1_000_000_000
    until.tv_nsec = ns % 1_000_000_000
    pthread_mutex_lock(mutex)
    while !isRung, pthread_cond_timedwait(condition, mutex, &until) == 0 {}
    isRung = false
    pthread_mutex_unlock(mutex)
  }
}
