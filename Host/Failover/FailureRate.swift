// How many of an account's recent attempts failed.

import Base

/// Counts outcomes in six parts of a sliding window.
struct FailureRate: Equatable, Sendable {
  private struct Part: Equatable, Sendable {
    var number: UInt64 = 0
    var successes = 0
    var failures = 0
  }

  private static let parts = 6
  private let partNs: UInt64
  private var parts = [Part](repeating: Part(), count: Self.parts)

  init(windowMs: Int) { partNs = UInt64(max(windowMs, Self.parts)) * 1_000_000 / UInt64(Self.parts) }

  mutating func note(success: Bool, at now: Instant) {
    let number = now.ns / partNs
    let index = Int(number % UInt64(Self.parts))
    if parts[index].number != number { parts[index] = Part(number: number) }
    if success { parts[index].successes += 1 } else { parts[index].failures += 1 }
  }

  /// What happened within the window.
  func counts(at now: Instant) -> (failures: Int, total: Int) {
    let newest = now.ns / partNs
    let live = parts.filter { $0.number <= newest && newest - $0.number < UInt64(Self.parts) }
    let failures = live.reduce(0) { $0 + $1.failures }
    return (failures, live.reduce(failures) { $0 + $1.successes })
  }

  mutating func clear() { parts = [Part](repeating: Part(), count: Self.parts) }
}
