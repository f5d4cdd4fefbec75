// Time as the host sees it: one monotonic clock, passed in, replaced by a virtual one in tests and simulation.

import Glibc
import Synchronization

/// A point on CLOCK_MONOTONIC, in nanoseconds. The same number means the same moment in the host and in a worker process.
public struct Instant: Comparable, Hashable, Sendable {
  public var ns: UInt64

  @inlinable public init(ns: UInt64) { self.ns = ns }

  /// Later than every instant a clock can answer; "never" for a deadline.
  public static let never = Instant(ns: .max)

  @inlinable public static func < (a: Instant, b: Instant) -> Bool { a.ns < b.ns }

  /// The instant `ms` milliseconds later; stays at `never` when it would pass the end of time.
  @inlinable public func advanced(byMs ms: Int) -> Instant { advanced(byNs: Int64(ms) * 1_000_000) }

  /// The instant `ns` nanoseconds later (or earlier, when negative), clamped to the range of the clock.
  @inlinable public func advanced(byNs delta: Int64) -> Instant {
    if delta >= 0 {
      let (sum, overflow) = ns.addingReportingOverflow(UInt64(delta))
      return overflow ? .never : Instant(ns: sum)
    }
    let back = delta.magnitude
    return Instant(ns: ns > back ? ns - back : 0)
  }

  /// Milliseconds from `earlier` to this instant; negative when `earlier` is later.
  @inlinable public func ms(since earlier: Instant) -> Double {
    ns >= earlier.ns ? Double(ns - earlier.ns) / 1e6 : -Double(earlier.ns - ns) / 1e6
  }
}

/// Where instants come from. Everything that needs the time is given one; nobody reads the system's clock directly.
public protocol Clock: AnyObject, Sendable {
  /// The present moment. Callable from any thread, never blocks.
  var now: Instant { get }
  /// Milliseconds since 1970-01-01 UTC, for what people read. Never used to measure.
  var wallMs: UInt64 { get }
}

/// The machine's own clock.
public final class SystemClock: Clock {
  public init() {}

  public var now: Instant {
    var t = timespec()
    clock_gettime(CLOCK_MONOTONIC, &t)
    return Instant(ns: UInt64(t.tv_sec) * 1_000_000_000 + UInt64(t.tv_nsec))
  }

  public var wallMs: UInt64 {
    var t = timespec()
    clock_gettime(CLOCK_REALTIME, &t)
    return UInt64(t.tv_sec) * 1000 + UInt64(t.tv_nsec) / 1_000_000
  }
}

/// A clock that stands still until it is moved, so that a simulated hour takes no time.
public final class VirtualClock: Clock {
  private let ns: Atomic<UInt64>
  private let wallAtZeroMs: UInt64

  /// - Parameters:
  ///   - start: the first instant; not zero, because zero means "none" in the ABI.
  ///   - wallMs: the calendar time at that instant.
  public init(start: Instant = Instant(ns: 1_000_000_000), wallMs: UInt64 = 1_800_000_000_000) {
    ns = Atomic(start.ns)
    wallAtZeroMs = wallMs - start.ns / 1_000_000
  }

  public var now: Instant { Instant(ns: ns.load(ordering: .acquiring)) }
  public var wallMs: UInt64 { wallAtZeroMs + now.ns / 1_000_000 }

  /// Moves the clock forward to `instant`; a clock never runs backwards, so an earlier instant changes nothing.
  public func move(to instant: Instant) {
    if instant > now { ns.store(instant.ns, ordering: .releasing) }
  }
}
