// Where work runs one piece at a time, away from the loops: the calls into a provider that may take longer.

import Glibc

/// A serial queue with deadlines. In simulation it is stepped by hand.
public protocol Lane: AnyObject, Sendable {
  /// Runs `work` after everything given before. Callable from any thread.
  func async(_ work: @escaping @Sendable () -> Void)
  /// Runs `work` at `at`, between pieces of other work.
  func at(_ at: Instant, _ work: @escaping @Sendable () -> Void)
  /// Ends the lane after what waits in it.
  func stop()
}

/// A lane with a thread of its own.
public final class ThreadLane: Lane, @unchecked Sendable {
  private struct Later {
    let at: Instant
    let work: @Sendable () -> Void
  }

  private let clock: any Clock
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var work: [@Sendable () -> Void] = []
  private var later: [Later] = []
  private var stopping = false

  public init(name: String, clock: any Clock) {
    self.clock = clock
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(changed, &attributes)
    pthread_condattr_destroy(&attributes)
    OwnThread.start(name: name) { [self] in run() }
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  public func async(_ work: @escaping @Sendable () -> Void) { change { self.work.append(work) } }

  public func at(_ at: Instant, _ work: @escaping @Sendable () -> Void) {
    change {
      let place = later.firstIndex { $0.at > at } ?? later.endIndex
      later.insert(Later(at: at, work: work), at: place)
    }
  }

  public func stop() { change { stopping = true } }

  private func change(_ body: () -> Void) {
    pthread_mutex_lock(mutex)
    body()
    pthread_cond_signal(changed)
    pthread_mutex_unlock(mutex)
  }

  private func run() {
    while let batch = take() {
      for item in batch { item() }
    }
  }

  /// Waits for the next work; nil at the end.
  private func take() -> [@Sendable () -> Void]? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if !work.isEmpty {
        let batch = work
        work = []
        return batch
      }
      if stopping { return nil }
      if let first = later.first {
        if first.at <= clock.now {
          later.removeFirst()
          return [first.work]
        }
        var deadline = timespec(tv_sec: Int(first.at.ns / 1_000_000_000), tv_nsec: Int(first.at.ns % 1_000_000_000))
        pthread_cond_timedwait(changed, mutex, &deadline)
      } else {
        pthread_cond_wait(changed, mutex)
      }
    }
  }
}

/// A lane without a thread: whoever owns the virtual clock runs what is due.
public final class SteppedLane: Lane, @unchecked Sendable {
  private let clock: any Clock
  private var work: [@Sendable () -> Void] = []
  private var later: [(at: Instant, work: @Sendable () -> Void)] = []

  public init(clock: any Clock) { self.clock = clock }

  public func async(_ work: @escaping @Sendable () -> Void) { self.work.append(work) }

  public func at(_ at: Instant, _ work: @escaping @Sendable () -> Void) {
    let place = later.firstIndex { $0.at > at } ?? later.endIndex
    later.insert((at, work), at: place)
  }

  public func stop() {}

  /// The next deadline; `now` when work waits.
  public var next: Instant { !work.isEmpty ? clock.now : later.isEmpty ? .never : later[0].at }

  /// Runs what is due now; true when there was anything.
  public func step() -> Bool {
    if !work.isEmpty {
      let batch = work
      work = []
      for item in batch { item() }
      return true
    }
    guard !later.isEmpty, later[0].at <= clock.now else { return false }
    later.removeFirst().work()
    return true
  }
}
