// The loop: what comes first in a turn, and that a sleeping loop is woken.

import Base
import Dispatch
import Synchronization
import Testing

private final class Log {
  var lines: [String] = []
}

private final class Timer: TimerTarget {
  let body: (UInt64) -> Void
  init(_ body: @escaping (UInt64) -> Void) { self.body = body }
  func timerFired(token: UInt64) { body(token) }
}

private final class Pulse: Ticked {
  let body: () -> Void
  init(_ body: @escaping () -> Void) { self.body = body }
  func tick(due: Instant) -> Bool {
    body()
    return true
  }
}

private final class Reader: RingReader {
  let body: (UInt64) -> Void
  init(_ body: @escaping (UInt64) -> Void) { self.body = body }
  func received(_ record: UnsafeRawPointer) { body(record.load(as: UInt64.self)) }
}

@Suite struct CallLoopTests {
  private func post(_ loop: CallLoop, _ value: UInt64) -> Bool { loop.post(count: 8) { $0.storeBytes(of: value, as: UInt64.self) } }

  /// In one turn speech is served first, then what arrived, then timers, then what was postponed.
  @Test func orderOfATurn() {
    let clock = VirtualClock()
    let loop = CallLoop(index: 0, clock: clock)
    let log = Log()
    let later = Timer { _ in log.lines.append("postponed") }
    let timer = Timer { _ in log.lines.append("timer") }
    let reader = Reader { _ in
      log.lines.append("record")
      loop.postpone(later)
    }
    let pulse = Pulse { log.lines.append("speech") }
    loop.reader = reader
    let due = loop.join(pulse)
    _ = loop.timer(timer, token: 1, at: due)
    #expect(post(loop, 1))
    clock.move(to: due)
    #expect(loop.turn() == due.advanced(byMs: 20))
    #expect(log.lines == ["speech", "record", "timer", "postponed"])
    #expect(loop.pendingTimers == 0)
  }

  /// Joining the wheel from within a tick is safe, and the new member is served from its own moment on.
  @Test func joinsWhileTicking() {
    let clock = VirtualClock()
    let loop = CallLoop(index: 0, clock: clock)
    let log = Log()
    let second = Pulse { log.lines.append("second") }
    var joined = Instant.never
    let first = Pulse {
      log.lines.append("first")
      if joined == .never { joined = loop.join(second) }
    }
    let due = loop.join(first)
    // Late by 7 ms, so that the second is in a slot of its own.
    clock.move(to: due.advanced(byMs: 7))
    _ = loop.turn()
    #expect(log.lines == ["first"])
    #expect(joined == due.advanced(byMs: 27))
    clock.move(to: due.advanced(byMs: 67))
    _ = loop.turn()
    #expect(log.lines == ["first", "first", "second", "first", "second", "first", "second"])
  }

  /// A flood of records does not hold speech up for longer than sixteen of them.
  @Test func speechBetweenRecords() {
    let clock = VirtualClock()
    let loop = CallLoop(index: 0, clock: clock)
    let log = Log()
    let reader = Reader { _ in
      log.lines.append("record")
      // Reading takes time.
      clock.move(to: clock.now.advanced(byMs: 5))
    }
    loop.reader = reader
    let pulse = Pulse { log.lines.append("speech") }
    _ = loop.join(pulse)
    for value in 0..<64 as Range<UInt64> { #expect(post(loop, value)) }
    _ = loop.turn()
    let between = log.lines.split(separator: "speech").map(\.count)
    #expect(between.max() ?? 0 <= 16)
    #expect(log.lines.count { $0 == "record" } == 64)
  }

  /// Work that was submitted runs in the next turn, in order, also what it submits itself.
  @Test func submitted() {
    let loop = CallLoop(index: 0, clock: VirtualClock())
    nonisolated(unsafe) var done: [Int] = []
    loop.submit {
      done.append(1)
      loop.submit { done.append(3) }
    }
    loop.submit { done.append(2) }
    #expect(!loop.isIdle)
    _ = loop.turn()
    if !loop.isIdle { _ = loop.turn() }
    #expect(done == [1, 2, 3])
    #expect(loop.isIdle)
  }

  /// A loop that sleeps is woken by a record and by work from another thread, a thousand times without being missed once.
  @Test func wakes() {
    let loop = CallLoop(index: 0, clock: SystemClock())
    let arrived = DispatchSemaphore(value: 0)
    let reader = Reader { _ in arrived.signal() }
    loop.reader = reader
    loop.start()
    for round in 0..<1000 as Range<UInt64> {
      if round % 2 == 0 { #expect(post(loop, round)) } else { loop.submit { arrived.signal() } }
      // Missed, it would come with the loop's own look after a second.
      guard arrived.wait(timeout: .now() + .milliseconds(900)) == .success else {
        Issue.record("round \(round) was missed")
        break
      }
    }
    loop.stop()
  }

  /// Timers of a running loop come at their time and not before.
  @Test func realTimers() {
    let clock = SystemClock()
    let loop = CallLoop(index: 0, clock: clock)
    let fired = DispatchSemaphore(value: 0)
    let at = clock.now.advanced(byMs: 30)
    let early = Atomic(false)
    loop.start()
    loop.submit {
      let timer = Timer { _ in
        if clock.now < at { early.store(true, ordering: .relaxed) }
        fired.signal()
      }
      _ = loop.timer(timer, token: 1, at: at)
    }
    #expect(fired.wait(timeout: .now() + .seconds(10)) == .success)
    let wasEarly = early.load(ordering: .relaxed)
    #expect(!wasEarly)
    loop.stop()
  }
}
