// Whose health is meant: a provider with one credential.

/// A provider with one credential and its settings, the operator's or one tenant's. Two accounts are the same when their keys are.
public struct Account: Hashable, Sendable {
  /// The provider's name; all its accounts are ejected when the provider fails as such.
  public let provider: String
  /// Unique on the host: whose credential it is belongs to it, and the role where a provider serves several, since a vendor's speech
  /// may be down while its model is up. Never the credential itself.
  public let key: String
  /// The host probes it by itself with tiny synthetic work. Otherwise the next real piece of work is the probe.
  public let isProbed: Bool

  public init(provider: String, key: String, isProbed: Bool = false) {
    self.provider = provider
    self.key = key
    self.isProbed = isProbed
  }

  public static func == (a: Account, b: Account) -> Bool { a.key == b.key }
  public func hash(into hasher: inout Hasher) { hasher.combine(key) }
}
