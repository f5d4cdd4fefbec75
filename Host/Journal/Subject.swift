// Whom a fact is about.

public import Base

/// The call, tenant and agent a fact belongs to; all nil for a fact of the host itself.
public struct Subject: Hashable, Sendable {
  public var call: CallID?
  /// The tenant's id and the agent's name as configured: letters, digits, `.`, `_` and `-`; any other byte is written as `_`.
  public var tenant: String?
  public var agent: String?

  public init(call: CallID? = nil, tenant: String? = nil, agent: String? = nil) {
    self.call = call
    self.tenant = tenant
    self.agent = agent
  }

  /// A fact of the host, about no call.
  public static let host = Subject()
}
