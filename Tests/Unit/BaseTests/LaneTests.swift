// Lanes: one thing at a time, in order, later things when their time has come.

import Base
import Dispatch
import Synchronization
import Testing

@Suite struct LaneTests {
  /// Work on a thread of its own runs in order, one piece at a time; delayed work at its time; nothing after the stop.
  @Test func threadLane() {
    let clock = SystemClock()
    let lane = ThreadLane(name: "lane", clock: clock)
    let done = DispatchSemaphore(value: 0)
    let log = Mutex<[Int]>([])
    let at = clock.now.advanced(byMs: 20)
    lane.at(at.advanced(byMs: 5)) {
      log.withLock { $0.append(clock.now >= at ? 101 : -1) }; done.signal()
    }
    lane.at(at) { log.withLock { $0.append(clock.now >= at ? 100 : -1) } }
    for i in 0..<50 { lane.async { log.withLock { $0.append(i) } } }
    #expect(done.wait(timeout: .now() + .seconds(10)) == .success)
    #expect(log.withLock { $0 } == Array(0..<50) + [100, 101])
    let stopped = DispatchSemaphore(value: 0)
    lane.async { stopped.signal() }
    lane.stop()
    #expect(stopped.wait(timeout: .now() + .seconds(10)) == .success)
  }

  /// A stepped lane does what is due, no more, and tells when the next thing is.
  @Test func steppedLane() {
    let clock = VirtualClock()
    let lane = SteppedLane(clock: clock)
    nonisolated(unsafe) var done: [Int] = []
    #expect(lane.next == .never)
    lane.at(clock.now.advanced(byMs: 20)) { done.append(2) }
    lane.at(clock.now.advanced(byMs: 10)) { done.append(1) }
    lane.async { done.append(0) }
    #expect(lane.next == clock.now)
    while lane.step() {}
    #expect(done == [0])
    #expect(lane.next == clock.now.advanced(byMs: 10))
    clock.move(to: clock.now.advanced(byMs: 30))
    while lane.step() {}
    #expect(done == [0, 1, 2])
  }
}
