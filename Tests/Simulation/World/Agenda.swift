// What the simulated world is going to do, in order of time.

import Base

/// Errands with their moments; equal moments in the order in which they were noted, so that a run with the same seed is the same run.
struct Agenda {
  /// Plain numbers, so that putting them in order costs nothing else; `body` is a place in `bodies`.
  private struct Errand {
    let at: Instant
    let order: UInt64
    let body: Int

    func isBefore(_ other: Errand) -> Bool { at == other.at ? order < other.order : at < other.at }
  }

  private var heap: [Errand] = []
  private var bodies: [(() -> Void)?] = []
  private var free: [Int] = []
  private var order: UInt64 = 0

  /// The earliest moment; `never` when there is nothing to do.
  private(set) var next = Instant.never

  mutating func note(at: Instant, _ body: @escaping () -> Void) {
    order += 1
    let place = free.popLast() ?? bodies.count
    if place == bodies.count { bodies.append(body) } else { bodies[place] = body }
    rise(Errand(at: at, order: order, body: place))
    next = heap[0].at
  }

  /// The next errand whose moment has come, taken out.
  mutating func popDue(_ now: Instant) -> (() -> Void)? {
    guard next <= now, let first = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty { sink(last) }
    next = heap.first?.at ?? .never
    free.append(first.body)
    return bodies[first.body].take()
  }

  private mutating func rise(_ errand: Errand) {
    var i = heap.count
    heap.append(errand)
    while i > 0, errand.isBefore(heap[(i - 1) / 2]) {
      heap[i] = heap[(i - 1) / 2]
      i = (i - 1) / 2
    }
    heap[i] = errand
  }

  /// Puts an errand in the place of the first.
  private mutating func sink(_ errand: Errand) {
    var i = 0
    while 2 * i + 1 < heap.count {
      var least = 2 * i + 1
      if least + 1 < heap.count, heap[least + 1].isBefore(heap[least]) { least += 1 }
      guard heap[least].isBefore(errand) else { break }
      heap[i] = heap[least]
      i = least
    }
    heap[i] = errand
  }
}
