// With which provider the next piece of work begins.

/// How long a caller stays with the provider that served last.
public enum Stickiness: String, CaseIterable, Sendable {
  /// To the end of the call, or until that one fails too: the caller does not hear the voice change back.
  case call
  /// To the end of the turn; then the chain's order counts again.
  case turn
}

/// Where one call stands in one chain. Answers the position to begin with; nil means the chain's own order.
public struct Home: Equatable, Sendable {
  private let sticky: Stickiness
  public private(set) var first: Int?

  public init(_ sticky: Stickiness) { self.sticky = sticky }

  /// The provider at this position has served a piece of work.
  public mutating func served(by position: Int) { first = position }

  /// A new turn begins: the only moment at which a call may return to a provider it had left.
  public mutating func turnBegan() {
    if sticky == .turn { first = nil }
  }
}
