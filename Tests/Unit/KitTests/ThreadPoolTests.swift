// Threads of plugins come to an end, however they are let go of.

import Foundation
import PluginKit
import Synchronization
import Testing

@Suite struct ThreadPoolTests {
  /// Work runs in the order in which it was given, and `join` returns when the last piece is done and the thread is gone.
  @Test func joinWaitsForTheWork() {
    let done = Mutex<[Int]>([])
    let thread = SerialThread(name: "kit-join")
    for i in 0..<100 { thread.async { done.withLock { $0.append(i) } } }
    thread.join()
    #expect(done.withLock { $0 } == Array(0..<100))
    #expect(!thread.async {})
    #expect(endsSoon("kit-join"))
  }

  /// A piece of work may hold the last reference to the thread's owner, and then lets go of the thread on the thread itself.
  @Test func threadIsReleasedByItsOwnWork() {
    final class Owner: Sendable {
      let thread = SerialThread(name: "kit-owner")
      deinit { thread.stop() }
    }
    for _ in 0..<200 {
      let isLetGo = DispatchSemaphore(value: 0)
      var owner: Owner? = Owner()
      owner?.thread.async { [owner] in
        isLetGo.wait()
        _ = owner
      }
      owner = nil
      isLetGo.signal()
    }
    #expect(endsSoon("kit-owner"))
  }

  /// Queues of one pool each keep their order while its threads take turns with them; what is beyond the limit is refused.
  @Test func queuesKeepTheirOrder() {
    let pool = ThreadPool(name: "kit-pool", threads: 3)
    let done = (0..<10).map { _ in Recorder() }
    for recorder in done {
      let queue = pool.queue(limit: 1_000)
      for i in 0..<1_000 { #expect(queue.async { recorder.numbers.withLock { $0.append(i) } }) }
    }
    let gate = DispatchSemaphore(value: 0)
    let narrow = pool.queue(limit: 2)
    narrow.async { gate.wait() }
    var taken = 0
    while narrow.async({}), taken < 10 { taken += 1 }
    #expect((1...2).contains(taken))
    gate.signal()
    pool.join()
    for recorder in done { #expect(recorder.numbers.withLock { $0 } == Array(0..<1_000)) }
  }

  private final class Recorder: Sendable { let numbers = Mutex<[Int]>([]) }

  /// Whether the last thread of that name ends, within twenty seconds.
  private func endsSoon(_ name: String) -> Bool {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
      let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
      let names = tasks.compactMap { try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8) }
      if !names.contains(where: { $0.hasPrefix(name) }) { return true }
      sched_yield()
    }
    return false
  }
}
