// What a provider reported, as the host's own error value.

public import Base
public import Vox

extension Problem {
  /// The lists of classes, scopes and effects are the same on both sides of the ABI; a word this host lacks reads as a fault.
  public init(_ error: ProviderError) {
    self.init(
      Class(rawValue: error.cls.name) ?? .internal, scope: Scope(rawValue: error.scope.name) ?? .op,
      effects: Effects(rawValue: error.effects.name) ?? .maybe, code: error.code, error.message,
      retryAfterMs: error.retryAfterMs > 0 ? Int(error.retryAfterMs) : nil)
  }
}
