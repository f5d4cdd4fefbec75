// What went wrong, as a value: one closed list of classes for providers and host alike, and a sentence a person can act on.

/// An error value. `message` is one English sentence that a tenant may read: which thing, what was expected, what to do.
public struct Problem: Error, Codable, Equatable, Sendable, CustomStringConvertible {
  /// The class of an error. Plugins choose the nearest of the first nine; `crashed` and `caller` are given by the host alone.
  public enum Class: String, Codable, CaseIterable, Sendable {
    /// The credential is wrong or lacks a right.
    case auth
    /// Credit or plan is spent; waiting does not help.
    case quota
    /// Too fast; the vendor may have told when to come back.
    case rate
    /// The request itself is wrong; the same again fails again.
    case invalid
    /// The vendor is up and has no capacity.
    case overloaded
    /// Connect, DNS, TLS, reset, 5xx.
    case unavailable
    /// A deadline passed.
    case timeout
    /// The vendor's policy refuses this content.
    case refused
    /// A fault of the plugin or of the host.
    case `internal`
    /// The plugin died.
    case crashed
    /// The caller is gone or took the work back.
    case caller
  }

  /// How far an error reaches. Only `provider` takes the provider away from everybody.
  public enum Scope: String, Codable, CaseIterable, Sendable { case op, session, account, provider }

  /// Whether the work may have taken effect at the vendor.
  public enum Effects: String, Codable, CaseIterable, Sendable { case none, maybe, yes }

  public var errorClass: Class
  public var scope: Scope
  public var effects: Effects
  /// Stable, for programs: `voice_not_found`. Empty when there is none.
  public var code: String
  public var message: String
  /// When to come back, as the vendor told it; nil when it did not.
  public var retryAfterMs: Int?

  public init(
    _ errorClass: Class, scope: Scope = .op, effects: Effects = .none, code: String = "", _ message: String,
    retryAfterMs: Int? = nil
  ) {
    self.errorClass = errorClass
    self.scope = scope
    self.effects = effects
    self.code = code
    self.message = message
    self.retryAfterMs = retryAfterMs
  }

  public var description: String { message }

  enum CodingKeys: String, CodingKey {
    case errorClass = "class"
    case scope, effects, code, message, retryAfterMs
  }
}
