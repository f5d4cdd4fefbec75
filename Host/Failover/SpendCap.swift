// What a tenant is ready to pay for hedges.

/// The most that hedged attempts may add within any hour; nil: no limit of that kind.
public struct SpendCap: Equatable, Sendable {
  /// Hedged attempts.
  public var perHour: Int?
  /// Their estimated cost. With it, a provider whose cost is not known is not hedged.
  public var costPerHour: Money?

  public init(perHour: Int? = nil, costPerHour: Money? = nil) {
    self.perHour = perHour
    self.costPerHour = costPerHour
  }
}
