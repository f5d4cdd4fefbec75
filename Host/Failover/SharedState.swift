// What all calls of a host share when they choose providers.

public import Base

/// Health, and what each tenant has spent on hedges. One value per host, guarded by whoever shares it among loops.
public struct SharedState: Sendable {
  public var health: Health
  /// By tenant; as many as the host has tenants that hedge.
  private var spends: [String: Spend] = [:]

  public init(_ settings: Breaker.Settings = Breaker.Settings(), random: Random) { health = Health(settings, random: random) }

  /// Books one hedge of a tenant if its cap allows it.
  public mutating func takeHedge(_ tenant: String, _ cost: Money?, within cap: SpendCap, at now: Instant) -> Bool {
    spends[tenant, default: Spend()].take(cost, within: cap, at: now)
  }
}
