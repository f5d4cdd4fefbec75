// What a piece of work has cost.

/// Money in whole millionths, because cents that are added a million times must not drift.
public struct Cost: Codable, Equatable, Sendable {
  /// Millionths of the currency's unit.
  public var micros: Int64
  /// ISO 4217, three capitals.
  public var currency: String

  public init(micros: Int64, currency: String) {
    self.micros = micros
    self.currency = currency
  }
}
