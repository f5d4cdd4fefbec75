// How long something may still take.

import Glibc

/// A moment on the monotonic clock after which waiting ends.
public struct Deadline: Sendable {
  private let ns: UInt64

  /// So many milliseconds from now.
  public static func after(ms: Int) -> Deadline { Deadline(ns: now + UInt64(max(ms, 0)) * 1_000_000) }

  /// CLOCK_MONOTONIC in nanoseconds.
  public static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// What is left, rounded up, for `poll`; 0 when the moment has passed.
  public var leftMs: Int32 {
    let now = Self.now
    return ns > now ? Int32(clamping: (ns - now + 999_999) / 1_000_000) : 0
  }

  public var hasPassed: Bool { leftMs == 0 }
}
