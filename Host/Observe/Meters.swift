// What counts and measures: three kinds of meter, each one atomic step to use from any thread.

import Synchronization

/// A number that only grows.
public final class Counter: Sendable {
  private let total = Atomic<UInt64>(0)

  init() {}

  public func add(_ count: Int = 1) {
    if count > 0 { total.wrappingAdd(UInt64(count), ordering: .relaxed) }
  }

  public var value: UInt64 { total.load(ordering: .relaxed) }
}

/// A number that goes up and down.
public final class Gauge: Sendable {
  private let level = AtomicDouble()

  init() {}

  public func set(_ value: Double) { level.set(value) }
  public func add(_ change: Double) { level.add(change) }
  public var value: Double { level.value }
}

/// How often values fell into fixed buckets.
public final class Histogram: Sendable {
  /// Latencies of a voice call in seconds, from a millisecond to the longest wait a caller bears.
  public static let latencySeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

  /// Inclusive upper bounds, ascending; what is above the last falls into a bucket of its own.
  public let bounds: [Double]
  private let counts: [Counter]
  private let total = AtomicDouble()

  init(_ bounds: [Double]) {
    self.bounds = bounds.sorted()
    counts = (0...bounds.count).map { _ in Counter() }
  }

  /// Notes a value; one that is not finite is left out, because a sum would never recover from it.
  public func observe(_ value: Double) {
    guard value.isFinite else { return }
    counts[bounds.firstIndex { value <= $0 } ?? bounds.count].add()
    total.add(value)
  }

  /// Values up to and including each bound, then all of them.
  public var cumulative: [UInt64] {
    var sum: UInt64 = 0
    return counts.map {
      sum &+= $0.value
      return sum
    }
  }

  public var sum: Double { total.value }
}

/// A Double that threads may add to without a lock.
private final class AtomicDouble: Sendable {
  private let bits = Atomic<UInt64>(0)

  var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

  func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

  func add(_ change: Double) {
    var seen = bits.load(ordering: .relaxed)
    while true {
      let next = (Double(bitPattern: seen) + change).bitPattern
      let (done, now) = bits.weakCompareExchange(expected: seen, desired: next, ordering: .relaxed)
      if done { return }
      seen = now
    }
  }
}
