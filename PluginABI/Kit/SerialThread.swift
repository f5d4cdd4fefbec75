// A thread of a plugin's own, for work that takes time: files, a library that keeps its state per thread.

/// Runs closures one after the other on its own thread; the queue is bounded. For work of many sessions use a `ThreadPool`.
public final class SerialThread: Sendable {
  private let pool: ThreadPool
  private let queue: SerialQueue

  /// - Parameters:
  ///   - name: shown by `ps` and debuggers, at most 15 characters.
  ///   - limit: how many closures may wait.
  public init(name: String, limit: Int = 1024) {
    pool = ThreadPool(name: name, threads: 1)
    queue = pool.queue(limit: limit)
  }

  /// Puts work at the end of the queue; false when the queue is full or the thread has been stopped. Never blocks for long.
  @discardableResult
  public func async(_ work: @escaping @Sendable () -> Void) -> Bool { queue.async(work) }

  /// Ends the thread after the work that waits; does not wait for it.
  public func stop() { pool.stop() }

  /// Ends the thread after the work that waits, and waits until it is gone. Not from the thread itself.
  public func join() { pool.join() }
}
