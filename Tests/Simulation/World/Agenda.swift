// What the simulated world is going to do, in order of time.

import Base

/// Errands with their moments; equal moments in the order in which they were noted, so that a run with the same seed is the same run.
struct Agenda {
  private struct Errand {
    let at: Instant
    let order: UInt64
    let body: () -> Void
  }

  private var heap: [Errand] = []
  private var order: UInt64 = 0

  /// The earliest moment; `never` when there is nothing to do.
  var next: Instant { heap.first?.at ?? .never }

  mutating func note(at: Instant, _ body: @escaping () -> Void) {
    order += 1
    heap.append(Errand(at: at, order: order, body: body))
    var i = heap.count - 1
    while i > 0, isBefore(i, (i - 1) / 2) {
      heap.swapAt(i, (i - 1) / 2)
      i = (i - 1) / 2
    }
  }

  /// The next errand whose moment has come, taken out.
  mutating func popDue(_ now: Instant) -> (() -> Void)? {
    guard let first = heap.first, first.at <= now else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var i = 0
    while true {
      var least = i
      let (left, right) = (2 * i + 1, 2 * i + 2)
      if left < heap.count, isBefore(left, least) { least = left }
      if right < heap.count, isBefore(right, least) { least = right }
      if least == i { return first.body }
      heap.swapAt(i, least)
      i = least
    }
  }

  private func isBefore(_ a: Int, _ b: Int) -> Bool {
    heap[a].at == heap[b].at ? heap[a].order < heap[b].order : heap[a].at < heap[b].at
  }
}
