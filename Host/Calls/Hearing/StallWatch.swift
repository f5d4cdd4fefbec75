// Notices that the recogniser which serves does not listen any more.

import Base
import Failover

/// Runs a `StallDetector` on the call's loop: a recogniser that sends interim words and tells nothing at all to half a second of speech is
/// lost, if another could take its place.
final class StallWatch: TimerTarget {
  private let loop: CallLoop
  private let stalled: () -> Void
  private var detector = StallDetector(afterMs: 0)
  private var isOn = false
  private var timer: TimerID?

  /// - Parameter stalled: called once for each recogniser that has stalled. It must not hold its owner: the loop holds the watch.
  init(loop: CallLoop, stalled: @escaping () -> Void) {
    self.loop = loop
    self.stalled = stalled
  }

  /// Another recogniser serves.
  ///
  /// - Parameters:
  ///   - isOn: it sends interim words, and there is somebody else.
  ///   - speechFrom: since when it has been given speech that still goes on; nil when nobody speaks.
  func begin(afterMs: Int, isOn: Bool, speechFrom: Instant?) {
    detector = StallDetector(afterMs: afterMs)
    self.isOn = isOn
    if let speechFrom { detector.speechBegan(at: speechFrom) }
    arm()
  }

  /// Nobody serves.
  func end() {
    isOn = false
    arm()
  }

  func speechBegan(at onset: Instant) {
    detector.speechBegan(at: onset)
    arm()
  }

  func speechEnded(at end: Instant) {
    detector.speechEnded(at: end)
    arm()
  }

  /// The recogniser gave a sign of life.
  func message() {
    detector.message(at: loop.now)
    arm()
  }

  private func arm() {
    loop.cancel(timer)
    timer = isOn && detector.nextDue != .never ? loop.timer(self, token: 0, at: detector.nextDue) : nil
  }

  func timerFired(token: UInt64) {
    timer = nil
    if detector.tick(at: loop.now) { stalled() } else { arm() }
  }
}
