// One place of a chain, with all that decides whether and how it is tried.

/// A provider in a tenant's chain, as the configuration and the registry describe it at this moment.
public struct Candidate: Equatable, Sendable {
  /// What stands against any session with it, independent of the tenant.
  public enum Availability: Equatable, Sendable {
    case available
    /// No file of that name in `plugins.d`, or the file was refused.
    case missing
    /// Switched off in its file.
    case disabled
    /// It takes no new sessions, because it is being replaced or removed.
    case draining
    /// Taken out by the supervisor or the loader, for this reason.
    case quarantined(String)
    /// Its plugin does not serve the role; the word for it.
    case lacksRole(String)
  }

  /// Its place in the tenant's chain, counted from 0; its name in every action of `Attempts`.
  public var position: Int
  public var account: Account
  public var deadlines: Deadlines
  public var availability: Availability
  /// Regions the provider may use, and agreements it stands under, as the operator declared them.
  public var regions: Set<String>
  public var agreements: Set<String>
  public var price: Price?
  /// It does the same work once for the same idempotency key, so that work with lasting effects may be repeated at it.
  public var honoursKeys: Bool

  public init(
    position: Int, account: Account, deadlines: Deadlines, availability: Availability = .available, regions: Set<String> = [],
    agreements: Set<String> = [], price: Price? = nil, honoursKeys: Bool = false
  ) {
    self.position = position
    self.account = account
    self.deadlines = deadlines
    self.availability = availability
    self.regions = regions
    self.agreements = agreements
    self.price = price
    self.honoursKeys = honoursKeys
  }
}
