// How late things happen on a loop, counted without allocation so that every one can be counted.

/// A histogram of durations in steps of 50 microseconds up to 12.8 ms; what is later is counted in the last step.
public struct Lateness: Sendable {
  public static let stepNs: UInt64 = 50_000
  public static let steps = 256

  public private(set) var counts = [UInt64](repeating: 0, count: Lateness.steps)
  public private(set) var total: UInt64 = 0
  public private(set) var worstNs: UInt64 = 0
  public private(set) var sumNs: UInt64 = 0

  public init() {}

  @inline(__always)
  public mutating func note(ns: UInt64) {
    counts[Int(min(ns / Self.stepNs, UInt64(Self.steps - 1)))] += 1
    total += 1
    sumNs += ns
    if ns > worstNs { worstNs = ns }
  }

  /// The duration that `share` (0 to 1) of all did not exceed, in milliseconds, to the upper end of its step.
  public func quantileMs(_ share: Double) -> Double {
    guard total > 0 else { return 0 }
    let wanted = UInt64((Double(total) * share).rounded(.up))
    var seen: UInt64 = 0
    for (step, count) in counts.enumerated() {
      seen += count
      if seen >= wanted { return Double(UInt64(step + 1) * Self.stepNs) / 1e6 }
    }
    return Double(worstNs) / 1e6
  }
}
