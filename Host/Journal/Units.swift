// What a piece of work consumed.

/// An amount of one meter, an integer in its own unit.
public struct Units: Codable, Equatable, Sendable {
  /// A registered meter: `audio_in_ms`, `characters`, `tokens_out`, ...
  public var meter: String
  public var amount: UInt64
  /// The model and tier that really served.
  public var label: String?

  public init(meter: String, amount: UInt64, label: String? = nil) {
    self.meter = meter
    self.amount = amount
    self.label = label
  }
}
