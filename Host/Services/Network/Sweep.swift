// Looks for connections whose owner is gone.

import Base

/// Runs something every tenth of a second for as long as there is reason to. On the network's thread.
///
/// An owner that ends in order lets go of what it has under way. One that crashes does not, and its vendor would go on working and
/// charging.
final class Sweep: TimerTarget {
  private static let everyMs = 100
  private let loop: DescriptorLoop
  /// False when nothing is left to look at.
  private let look: () -> Bool
  private var timer: TimerID?

  init(_ loop: DescriptorLoop, _ look: @escaping () -> Bool) {
    self.loop = loop
    self.look = look
  }

  /// There is something to look at.
  func begin() {
    if timer == nil { timer = loop.timer(self, token: 0, inMs: Self.everyMs) }
  }

  func timerFired(token: UInt64) {
    timer = nil
    if look() { begin() }
  }
}
