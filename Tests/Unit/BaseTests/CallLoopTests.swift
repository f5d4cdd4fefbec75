// The loop: what comes first in a turn, and that a sleeping loop is woken.

import Base
import Dispatch
import Glibc
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

/// Has one turn that does something.
private final class Source: LoopSource, @unchecked Sendable {
  /// The end of a pipe that nobody writes to.
  let descriptor: Int32
  private let otherEnd: Int32
  private var body: (() -> Void)?

  init(_ body: @escaping () -> Void) {
    self.body = body
    var ends: [Int32] = [-1, -1]
    pipe(&ends)
    (descriptor, otherEnd) = (ends[0], ends[1])
  }
  deinit { for end in [descriptor, otherEnd] { close(end) } }

  func drain() {
    body?()
    body = nil
  }
  func readyToSleep() -> Bool { body == nil }
  func awake() {}
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

  /// What is postponed waits for a burst of input to be served, and for no more than 128 records of a longer one.
  @Test(arguments: [(20, 20), (300, 128)]) func postponedBehindABurst(records: Int, before: Int) {
    let loop = CallLoop(index: 0, clock: VirtualClock())
    let log = Log()
    let later = Timer { _ in log.lines.append("postponed") }
    let reader = Reader { _ in
      if log.lines.isEmpty { loop.postpone(later) }
      log.lines.append("record")
    }
    loop.reader = reader
    for i in 0..<records { #expect(post(loop, UInt64(i))) }
    _ = loop.turn()
    #expect(log.lines.firstIndex(of: "postponed") == before)
    #expect(log.lines.count == records + 1)
  }

  /// A batch waits for company: not before the first one, then 15 ms at most, 10 when the loop is awake anyway, and not beyond eight.
  @Test func batches() {
    let clock = VirtualClock()
    clock.move(to: Instant(ns: 1_000_000_000))
    let loop = CallLoop(index: 0, clock: clock)
    var served = 0
    let target = Timer { _ in served += 1 }
    func turn(afterMs ms: Int) -> Instant {
      clock.move(to: clock.now.advanced(byMs: ms))
      return loop.turn()
    }
    loop.postponeInBatch(target)
    _ = loop.turn()
    #expect(served == 1)
    let first = clock.now
    _ = turn(afterMs: 1)
    loop.postponeInBatch(target)
    #expect(turn(afterMs: 1) == first.advanced(byMs: 15))
    #expect(turn(afterMs: 7) == first.advanced(byMs: 15) && served == 1)
    #expect(turn(afterMs: 1) == .never && served == 2)
    for _ in 0..<7 { loop.postponeInBatch(target) }
    _ = loop.turn()
    #expect(served == 2)
    loop.postponeInBatch(target)
    _ = loop.turn()
    #expect(served == 10)
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

  /// Speech that is due within the next milliseconds is served at the end of a turn that something else brought, not in one of its own,
  /// and keeps its time; what is due later waits.
  @Test func speechAhead() {
    let clock = VirtualClock()
    let loop = CallLoop(index: 0, clock: clock, aheadMs: 10)
    let log = Log()
    let reader = Reader { _ in log.lines.append("record") }
    loop.reader = reader
    let pulse = Pulse { log.lines.append("speech") }
    let due = loop.join(pulse)
    clock.move(to: due.advanced(byMs: -11))
    #expect(post(loop, 1))
    #expect(loop.turn() == due)
    #expect(log.lines == ["record"])
    clock.move(to: due.advanced(byMs: -10))
    #expect(post(loop, 2))
    #expect(loop.turn() == due.advanced(byMs: 20))
    #expect(log.lines == ["record", "record", "speech"])
    clock.move(to: due.advanced(byMs: 20))
    #expect(loop.turn() == due.advanced(byMs: 40))
    #expect(log.lines.count == 4)
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
      // Missed, it would not come at all.
      guard arrived.wait(timeout: .now() + .milliseconds(900)) == .success else {
        Issue.record("round \(round) was missed")
        break
      }
    }
    loop.stop()
  }

  /// What a source brings in its turn is taken at once; not what is brought meanwhile by the one who takes it, by another thread, or
  /// outside of the turn.
  @Test func direct() {
    let loop = CallLoop(index: 0, clock: SystemClock())
    let done = DispatchSemaphore(value: 0)
    nonisolated(unsafe) var (took, within, elsewhere, after, outside) = (false, true, true, false, true)
    let source = Source {
      took = loop.takeDirectly { within = loop.takeDirectly {} }
      let asked = DispatchSemaphore(value: 0)
      DispatchQueue.global().async {
        elsewhere = loop.takeDirectly {}
        asked.signal()
      }
      asked.wait()
      after = loop.takeDirectly {}
      loop.submit {
        outside = loop.takeDirectly {}
        done.signal()
      }
    }
    loop.submit { loop.add(source) }
    loop.start()
    #expect(done.wait(timeout: .now() + .seconds(10)) == .success)
    #expect(took && after)
    #expect(!within && !elsewhere && !outside)
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
