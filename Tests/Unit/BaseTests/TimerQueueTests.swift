// Deadlines: in order, taken back, and the same for the same script.

import Base
import Testing

private final class Target: TimerTarget {
  var fired: [UInt64] = []
  func timerFired(token: UInt64) { fired.append(token) }
}

@Suite struct TimerQueueTests {
  private func fire(_ queue: inout TimerQueue, until now: UInt64) {
    while let (target, token) = queue.popDue(Instant(ns: now)) { target.timerFired(token: token) }
  }

  /// Timers fire in the order of their deadlines, and of their setting where these are equal.
  @Test func order() {
    var queue = TimerQueue()
    let target = Target()
    for (token, at) in [(1, 30), (2, 10), (3, 20), (4, 10), (5, 30)] as [(UInt64, UInt64)] {
      _ = queue.set(target, token: token, at: Instant(ns: at))
    }
    #expect(queue.next == Instant(ns: 10))
    fire(&queue, until: 9)
    #expect(target.fired == [])
    fire(&queue, until: 20)
    #expect(target.fired == [2, 4, 3])
    fire(&queue, until: 100)
    #expect(target.fired == [2, 4, 3, 1, 5])
    #expect(queue.count == 0)
    #expect(queue.next == .never)
  }

  /// A timer that was taken back does not fire; its name is worth nothing afterwards, also when its place is used again.
  @Test func cancel() {
    var queue = TimerQueue()
    let target = Target()
    let first = queue.set(target, token: 1, at: Instant(ns: 10))
    var answers = [queue.cancel(first), queue.cancel(first)]
    let second = queue.set(target, token: 2, at: Instant(ns: 10))
    answers.append(queue.cancel(first))
    fire(&queue, until: 10)
    answers.append(queue.cancel(second))
    #expect(target.fired == [2])
    #expect(answers == [true, false, false, false])
  }

  /// The queue lets go of a target that has fired or was cancelled.
  @Test func letsGo() {
    var queue = TimerQueue()
    weak var seen: Target?
    do {
      let target = Target()
      seen = target
      _ = queue.set(target, token: 1, at: Instant(ns: 10))
      let taken = queue.set(target, token: 2, at: Instant(ns: 20))
      queue.cancel(taken)
    }
    #expect(seen != nil)
    fire(&queue, until: 10)
    #expect(seen == nil)
  }

  /// Ten thousand random settings and cancellations behave as a sorted list does.
  @Test func likeASortedList() {
    var queue = TimerQueue()
    var random = Random(seed: 11)
    let target = Target()
    var model: [(at: UInt64, order: UInt64, id: TimerID)] = []
    var expected: [UInt64] = []
    var now: UInt64 = 0
    for order in 0..<10_000 as Range<UInt64> {
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<5:
        let at = now + UInt64.random(in: 0...50, using: &random)
        model.append((at, order, queue.set(target, token: order, at: Instant(ns: at))))
      case 5..<7:
        guard let index = model.indices.randomElement(using: &random) else { continue }
        let id = model.remove(at: index).id
        let cancelled = queue.cancel(id)
        #expect(cancelled)
      default:
        now += UInt64.random(in: 0...5, using: &random)
        let due = model.filter { $0.at <= now }.sorted { ($0.at, $0.order) < ($1.at, $1.order) }
        model.removeAll { $0.at <= now }
        expected += due.map(\.order)
        fire(&queue, until: now)
      }
      #expect(queue.count == model.count)
      #expect(queue.next.ns == model.map(\.at).min() ?? .max)
    }
    #expect(target.fired == expected)
  }
}
