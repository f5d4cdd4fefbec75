// What the calls of a host have learned about providers, and share.

public import Base
public import Failover
import Synchronization

/// Health of accounts and the spend of hedges, one value for all loops.
///
/// Behind a lock, since a provider's outage concerns every loop at once; it is held for a microsecond when work begins or ends,
/// never on the way of a frame.
public final class Availability: Sendable {
  private let state: Mutex<SharedState>

  /// - Parameter random: for the jitter of back-offs.
  public init(random: Random) { state = Mutex(SharedState(random: random)) }

  /// What another knows at this moment; from here on each learns for itself.
  init(copyOf other: Availability) { state = Mutex(other.state.withLock { $0 }) }

  /// Any thread. `body` must neither block nor call back.
  public func with<Result: Sendable>(_ body: (inout SharedState) -> Result) -> Result { state.withLock { body(&$0) } }

  /// How an account stands at this moment.
  public func condition(of account: Account, at now: Instant) -> Health.Condition {
    state.withLock { $0.health.condition(of: account, at: now) }
  }
}
