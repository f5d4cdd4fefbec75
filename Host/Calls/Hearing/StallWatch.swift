// Notices that the recogniser which serves does not listen any more.

import Base
import Failover

/// Runs a `StallDetector` on the call's loop: a recogniser that sends interim words and tells nothing at all to half a second of speech is
/// lost, if another could take its place.
final class StallWatch: TimerTarget {
  private let loop: CallLoop
  private let isNeeded: () -> Bool
  private let stalled: () -> Void
  private var detector = StallDetector(afterMs: 0)
  private var timer: TimerID?

  /// Neither closure may hold its owner: the loop holds the watch.
  ///
  /// - Parameters:
  ///   - isNeeded: whether somebody serves who sends interim words, and somebody else could; a chain may change in the middle of a call.
  ///   - stalled: called once for each recogniser that has stalled.
  init(loop: CallLoop, isNeeded: @escaping () -> Bool, stalled: @escaping () -> Void) {
    self.loop = loop
    self.isNeeded = isNeeded
    self.stalled = stalled
  }

  /// Another recogniser serves.
  ///
  /// - Parameter speechFrom: since when it has been given speech that still goes on; nil when nobody speaks.
  func begin(afterMs: Int, speechFrom: Instant?) {
    detector = StallDetector(afterMs: afterMs)
    if let speechFrom { detector.speechBegan(at: speechFrom) }
    arm()
  }

  /// Nobody serves.
  func end() {
    loop.cancel(timer)
    timer = nil
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
    timer = detector.nextDue != .never && isNeeded() ? loop.timer(self, token: 0, at: detector.nextDue) : nil
  }

  func timerFired(token: UInt64) {
    timer = nil
    if detector.tick(at: loop.now) { stalled() } else { arm() }
  }
}
