// What is to happen later on a loop: a heap of deadlines that can be taken back.

/// Something that can be woken at a moment.
public protocol TimerTarget: AnyObject {
  /// The moment has come. `token` is what was given with the timer.
  func timerFired(token: UInt64)
}

/// Names a timer; one that has fired or was cancelled is simply unknown.
public struct TimerID: Hashable, Sendable {
  fileprivate let index: Int
  fileprivate let generation: UInt32
}

/// Deadlines in order, touched on its loop only. Timers with equal deadlines fire in the order in which they were set, so that a
/// run with the same seed is the same run.
public struct TimerQueue {
  private struct Entry {
    var at = Instant.never
    var order: UInt64 = 0
    var target: (any TimerTarget)?
    var token: UInt64 = 0
    var heapIndex = -1
    var generation: UInt32 = 0
  }

  private var entries: [Entry] = []
  private var free: [Int] = []
  private var heap: [Int] = []
  private var order: UInt64 = 0

  public init() {
    entries.reserveCapacity(256)
    free.reserveCapacity(256)
    heap.reserveCapacity(256)
  }

  /// The earliest deadline; `never` when there is none.
  public var next: Instant { heap.first.map { entries[$0].at } ?? .never }
  public var count: Int { heap.count }

  /// Wakes `target` at `at`; the queue keeps it alive until then or until `cancel`.
  public mutating func set(_ target: any TimerTarget, token: UInt64, at: Instant) -> TimerID {
    let index =
      free.popLast()
      ?? {
        entries.append(Entry())
        return entries.count - 1
      }()
    order += 1
    entries[index].at = at
    entries[index].order = order
    entries[index].target = target
    entries[index].token = token
    entries[index].heapIndex = heap.count
    heap.append(index)
    rise(from: heap.count - 1)
    return TimerID(index: index, generation: entries[index].generation)
  }

  /// Takes a timer back; false when it has fired or was cancelled before.
  @discardableResult
  public mutating func cancel(_ id: TimerID) -> Bool {
    guard entries.indices.contains(id.index), entries[id.index].generation == id.generation,
      entries[id.index].heapIndex >= 0
    else { return false }
    remove(at: entries[id.index].heapIndex)
    return true
  }

  /// The next target whose moment has come, taken out of the queue.
  public mutating func popDue(_ now: Instant) -> (target: any TimerTarget, token: UInt64)? {
    guard let first = heap.first, entries[first].at <= now, let target = entries[first].target else { return nil }
    let token = entries[first].token
    remove(at: 0)
    return (target, token)
  }

  private mutating func remove(at position: Int) {
    let index = heap[position]
    let last = heap.count - 1
    if position != last {
      heap.swapAt(position, last)
      entries[heap[position]].heapIndex = position
    }
    heap.removeLast()
    if position < heap.count {
      sink(from: position)
      rise(from: position)
    }
    entries[index].target = nil
    entries[index].heapIndex = -1
    entries[index].generation &+= 1
    free.append(index)
  }

  private func isBefore(_ a: Int, _ b: Int) -> Bool {
    let (x, y) = (heap[a], heap[b])
    return entries[x].at == entries[y].at ? entries[x].order < entries[y].order : entries[x].at < entries[y].at
  }

  private mutating func swap(_ a: Int, _ b: Int) {
    heap.swapAt(a, b)
    entries[heap[a]].heapIndex = a
    entries[heap[b]].heapIndex = b
  }

  private mutating func rise(from start: Int) {
    var i = start
    while i > 0, isBefore(i, (i - 1) / 2) {
      swap(i, (i - 1) / 2)
      i = (i - 1) / 2
    }
  }

  private mutating func sink(from start: Int) {
    var i = start
    while true {
      var least = i
      let (left, right) = (2 * i + 1, 2 * i + 2)
      if left < heap.count, isBefore(left, least) { least = left }
      if right < heap.count, isBefore(right, least) { least = right }
      if least == i { return }
      swap(i, least)
      i = least
    }
  }
}
