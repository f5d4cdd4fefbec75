// The drills that wait for their call.

public import Base
import Synchronization

/// A drill is armed for a caller's number that nobody else has, and the call from that number takes it along.
public final class Drills: Sendable {
  private struct Armed {
    let drill: Drill
    let until: Instant
  }

  private let armed = Mutex<[String: Armed]>([:])
  /// A call that was not placed by then will not come; more at once than this are somebody's loop.
  private static let waitMs = 60_000
  private static let most = 32

  public init() {}

  /// - Parameter from: the number that the drilled call will come from.
  public func arm(_ drill: Drill, from: String, at now: Instant) throws(Problem) {
    let isArmed = armed.withLock { armed in
      armed = armed.filter { $0.value.until > now }
      guard armed.count < Self.most else { return false }
      armed[from] = Armed(drill: drill, until: now.advanced(byMs: Self.waitMs))
      return true
    }
    if !isArmed { throw Problem(.overloaded, "\(Self.most) drills wait for their calls already; try again in a minute") }
  }

  /// The drill of a call from that number, once.
  func take(from: String, at now: Instant) -> Drill? {
    armed.withLock { armed in
      guard let found = armed.removeValue(forKey: from), found.until > now else { return nil }
      return found.drill
    }
  }
}
