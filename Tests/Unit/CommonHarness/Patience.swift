// How long a test waits for a fact.

import Glibc

/// A deadline that counts the time the test had, not what passed on the wall: a machine that ran something else meanwhile did not run
/// what the test waits for either.
///
///     var patience = Patience()
///     while !fact() { guard patience.waits() else { throw ... } }
public struct Patience: Sendable {
  /// A look at the fact that takes longer was not the test's doing.
  private static let longestStep = Duration.milliseconds(20)

  private var left: Duration
  private var last = ContinuousClock.now

  /// - Parameter ms: of the test's own time; generous, since only a test that fails needs all of it.
  public init(ms: Int = 20_000) { left = .milliseconds(ms) }

  /// Pauses for a moment before the next look; false when there is to be none.
  ///
  /// - Parameter us: the pause. Not none: whoever is waited for needs the processor.
  public mutating func waits(us: UInt32 = 500) -> Bool {
    guard counts() else { return false }
    usleep(us)
    return true
  }

  /// Takes off what has passed since the last look, without a pause; false when nothing is left.
  public mutating func counts() -> Bool {
    let now = ContinuousClock.now
    left -= min(now - last, Self.longestStep)
    last = now
    return left > .zero
  }
}
