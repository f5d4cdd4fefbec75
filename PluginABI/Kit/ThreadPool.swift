// A few threads of a plugin's own for many sessions: each session's work stays in order, none waits for a thread of its own.

import Glibc
import Synchronization

/// Threads that take turns with the work of any number of `SerialQueue`s. Swift's shared concurrency pool is not used, because
/// all images of the process share it and two blocked tasks would stop everybody; for the same reason work here must not wait
/// for the host: keep what it refuses, and go on when `Session.resume` comes.
public final class ThreadPool: Sendable {
  private let inbox = Inbox()
  private let threads: Mutex<[pthread_t]>

  /// - Parameters:
  ///   - name: shown by `ps` and debuggers, at most 15 characters.
  ///   - threads: how many pieces of work run at the same time, at least 1.
  public init(name: String, threads: Int) {
    let inbox = inbox
    self.threads = Mutex((0..<max(threads, 1)).compactMap { _ in Self.start(inbox, name: String(name.prefix(15))) })
  }

  deinit {
    stop()
    for thread in takeThreads() { pthread_detach(thread) }
  }

  /// A new line of work; what is put there runs one piece at a time and in order, on any of the threads.
  /// - Parameter limit: how many pieces may wait.
  public func queue(limit: Int = 1024) -> SerialQueue { SerialQueue(inbox, limit: limit) }

  /// Ends the threads after the work that waits; does not wait for them.
  public func stop() {
    pthread_mutex_lock(inbox.mutex)
    inbox.isStopping = true
    pthread_cond_broadcast(inbox.filled)
    pthread_mutex_unlock(inbox.mutex)
  }

  /// Ends the threads after the work that waits, and waits until they are gone. Not from a thread of the pool itself.
  public func join() {
    stop()
    for thread in takeThreads() { pthread_join(thread, nil) }
  }

  private func takeThreads() -> [pthread_t] {
    threads.withLock { threads in
      defer { threads = [] }
      return threads
    }
  }

  /// What the threads share; every member below the condition is guarded by the mutex.
  fileprivate final class Inbox: @unchecked Sendable {
    // Allocated, because both need an address that never moves.
    let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    let filled = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Queues with work that no thread is at; each stands here at most once, so fairness is one piece per turn.
    var ready: [SerialQueue.Line] = []
    var isStopping = false

    init() {
      pthread_mutex_init(mutex, nil)
      pthread_cond_init(filled, nil)
    }

    deinit {
      pthread_cond_destroy(filled)
      pthread_mutex_destroy(mutex)
      filled.deallocate()
      mutex.deallocate()
    }

    func run() {
      pthread_mutex_lock(mutex)
      while true {
        while ready.isEmpty, !isStopping { pthread_cond_wait(filled, mutex) }
        if ready.isEmpty { break }
        let line = ready.removeFirst()
        do {
          // Let go of before the mutex is taken again: it may hold the last reference to the pool, whose deinit takes it too.
          let work = line.waiting.removeFirst()
          pthread_mutex_unlock(mutex)
          work()
        }
        pthread_mutex_lock(mutex)
        if line.waiting.isEmpty { line.isBusy = false } else { ready.append(line) }
      }
      pthread_mutex_unlock(mutex)
    }
  }

  private final class Start {
    let inbox: Inbox
    let name: String
    init(_ inbox: Inbox, _ name: String) {
      self.inbox = inbox
      self.name = name
    }
  }

  private static func start(_ inbox: Inbox, name: String) -> pthread_t? {
    let start = Unmanaged.passRetained(Start(inbox, name))
    var thread = pthread_t()
    let failed = pthread_create(
      &thread, nil,
      { raw in
        guard let raw else { return nil }
        let start = Unmanaged<Start>.fromOpaque(raw).takeRetainedValue()
        ThreadPool.name(start.name)
        start.inbox.run()
        return nil
      }, start.toOpaque())
    guard failed != 0 else { return thread }
    start.release()
    return nil
  }

  /// Through /proc, because glibc hides pthread_setname_np behind _GNU_SOURCE, which Swift's import does not define. A thread
  /// without a name works as well, so a failure is of no consequence.
  private static func name(_ name: String) {
    let file = open("/proc/thread-self/comm", O_WRONLY)
    guard file >= 0 else { return }
    _ = name.withCString { write(file, $0, strlen($0)) }
    close(file)
  }
}

/// Work of one owner on a `ThreadPool`: one piece at a time, in order; the queue is bounded.
public final class SerialQueue: Sendable {
  /// Guarded by the mutex of the inbox.
  fileprivate final class Line: @unchecked Sendable {
    var waiting: [@Sendable () -> Void] = []
    /// A thread is at it, or it stands among the ready ones.
    var isBusy = false
  }

  private let inbox: ThreadPool.Inbox
  private let line = Line()
  private let limit: Int

  fileprivate init(_ inbox: ThreadPool.Inbox, limit: Int) {
    self.inbox = inbox
    self.limit = limit
  }

  /// Puts work at the end; false when the queue is full or the pool has been stopped. Never blocks for long.
  @discardableResult
  public func async(_ work: @escaping @Sendable () -> Void) -> Bool {
    pthread_mutex_lock(inbox.mutex)
    defer { pthread_mutex_unlock(inbox.mutex) }
    guard !inbox.isStopping, line.waiting.count < limit else { return false }
    line.waiting.append(work)
    guard !line.isBusy else { return true }
    line.isBusy = true
    inbox.ready.append(line)
    pthread_cond_signal(inbox.filled)
    return true
  }
}
