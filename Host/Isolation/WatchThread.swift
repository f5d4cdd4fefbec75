// The thread that watches the workers of one provider.

import Base
import CLinux
import Glibc
import Synchronization

/// Runs work it is given, tells which descriptors became readable, and ticks. Everything a supervisor owns is touched here only.
final class WatchThread: @unchecked Sendable {
  private struct State {
    var work: [@Sendable () -> Void] = []
    /// Closed, and negative, once the thread has ended.
    var doorbell = clinux_doorbell()
    var isStopping = false
  }
  private let state = Mutex(State())

  deinit { state.withLock { if $0.doorbell >= 0 { close($0.doorbell) } } }

  /// False when the system has no thread left: nothing is done then.
  ///
  /// - Parameters:
  ///   - descriptors: asked for before each wait.
  ///   - readable: one of them has something to read, or its other side is gone.
  ///   - tick: called every `Watchdog.tickMs` at least, and after each wait.
  func start(
    name: String, descriptors: @escaping @Sendable () -> [Int32], readable: @escaping @Sendable (Int32) -> Void,
    tick: @escaping @Sendable () -> Void
  ) -> Bool {
    let doorbell = state.withLock { $0.doorbell }
    let isStarted = OwnThread.start(name: name) { [self] in
      while !state.withLock({ $0.isStopping }) {
        let list = [doorbell] + descriptors()
        var rang = [UInt8](repeating: 0, count: list.count)
        if clinux_wait_any(list, Int32(list.count), UInt64(Watchdog.tickMs) * 1_000_000, &rang) > 0 {
          if rang[0] != 0 { clinux_silence(doorbell) }
          for i in 1..<list.count where rang[i] != 0 { readable(list[i]) }
        }
        runInbox()
        tick()
      }
      closeInbox()
    }
    if !isStarted { closeInbox() }
    return isStarted
  }

  private func closeInbox() {
    state.withLock {
      close($0.doorbell)
      $0.doorbell = -1
    }
    runInbox()
  }

  /// Runs `work` on the thread soon; once the thread has ended, here. From any thread.
  func submit(_ work: @escaping @Sendable () -> Void) {
    let isWaiting = state.withLock {
      guard $0.doorbell >= 0 else { return false }
      $0.work.append(work)
      clinux_ring($0.doorbell)
      return true
    }
    if !isWaiting { work() }
  }

  /// Ends the thread after its present turn. To be called on it.
  func stop() { state.withLock { $0.isStopping = true } }

  private func runInbox() {
    let work = state.withLock {
      let work = $0.work
      $0.work = []
      return work
    }
    for item in work { item() }
  }
}
