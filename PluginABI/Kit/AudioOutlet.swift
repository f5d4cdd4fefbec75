// Where a synthesis thread writes its sound: split into pieces, held back while the host has no room.

import Glibc
import Synchronization
import Vox

/// The audio of one op, written from a thread of the plugin's own, which may wait here while the host is full. Forward
/// `Session.resume` and `Session.cancel` to `wake()`.
public final class AudioOutlet: @unchecked Sendable {
  public let op: Op
  /// Hz.
  public let rate: Int
  /// Samples handed to the host so far.
  public private(set) var position: UInt64 = 0
  private let piece: Int
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let woken = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var wakes = 0

  /// Pieces of 100 ms: half of what one event may carry.
  public init(_ op: Op, rate: Int) {
    self.op = op
    self.rate = rate
    piece = max(rate / 10, 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(woken, nil)
  }

  deinit {
    pthread_cond_destroy(woken)
    pthread_mutex_destroy(mutex)
    woken.deallocate()
    mutex.deallocate()
  }

  /// Hands `samples` to the host, waiting for room where needed. False when the op was cancelled or the host let go of it.
  public func write(_ samples: UnsafeBufferPointer<Int16>) -> Bool {
    var at = 0
    while at < samples.count {
      if op.isCancelled { return false }
      let seen = wakeCount()
      let part = UnsafeBufferPointer(rebasing: samples[at..<min(at + piece, samples.count)])
      switch op.audio(part, rate: rate, position: position) {
      case .ok:
        at += part.count
        position += UInt64(part.count)
      case .wouldBlock: wait(after: seen)
      case .stale, .invalid: return false
      }
    }
    return true
  }

  /// There may be room again, or the op was cancelled.
  public func wake() {
    pthread_mutex_lock(mutex)
    wakes += 1
    pthread_cond_broadcast(woken)
    pthread_mutex_unlock(mutex)
  }

  private func wakeCount() -> Int {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return wakes
  }

  /// Waits for a wake-up later than `seen`, so that one between the refusal and the wait is not missed.
  private func wait(after seen: Int) {
    pthread_mutex_lock(mutex)
    while wakes == seen, !op.isCancelled { pthread_cond_wait(woken, mutex) }
    pthread_mutex_unlock(mutex)
  }
}
