// Counts what was spent in the last hour.

public import Base

/// One tenant's hedges: minute by minute over an hour and the minute that has begun, so that no hour ever exceeds the cap.
public struct Spend: Equatable, Sendable {
  private struct Minute: Equatable, Sendable {
    var number: UInt64
    var count = 0
    var micros: Int64 = 0
  }

  private static let minuteNs: UInt64 = 60_000_000_000
  /// Oldest first.
  private var minutes: [Minute] = []

  public init() {}

  /// Books one hedge if the cap allows it.
  /// - Parameter cost: its estimated cost; nil when it is not known.
  /// - Returns: false when it is not allowed, and nothing was booked.
  public mutating func take(_ cost: Money?, within cap: SpendCap, at now: Instant) -> Bool {
    let number = now.ns / Self.minuteNs
    minutes.removeAll { $0.number + 60 < number }
    if let most = cap.perHour, minutes.reduce(0, { $0 + $1.count }) >= most { return false }
    var micros: Int64 = 0
    if let most = cap.costPerHour {
      guard let cost, cost.currency == most.currency else { return false }
      let (sum, overflow) = minutes.reduce(0) { $0 + $1.micros }.addingReportingOverflow(max(cost.micros, 0))
      guard !overflow, sum <= most.micros else { return false }
      micros = max(cost.micros, 0)
    }
    if minutes.last?.number != number { minutes.append(Minute(number: number)) }
    minutes[minutes.count - 1].count += 1
    minutes[minutes.count - 1].micros += micros
    return true
  }
}
