// How late the machine is, so that a test does not hold it against a plugin.

import Base
import Glibc
import Synchronization

/// As many threads as there are cores, each of which is due every few milliseconds and notes how late it was run: what else the machine
/// does takes as much from everybody.
final class Metronome: Sendable {
  static let shared = Metronome()
  private static let beatMs = 5
  /// Lateness that a machine at rest has too.
  private static let toleranceMs = 1.0

  private struct Late {
    let atMs: Double
    let byMs: Double
  }
  /// Oldest first.
  private let lates = Mutex<[Late]>([])

  private init() {
    for _ in 0..<sysconf(Int32(_SC_NPROCESSORS_ONLN)) {
      OwnThread.start(name: "metronome") { [self] in beat() }
    }
  }

  /// By how much the machine was late since a moment of CLOCK_MONOTONIC, all threads together, in milliseconds.
  func lateMs(since ms: Double) -> Double {
    lates.withLock { $0.reversed().prefix { $0.atMs >= ms }.reduce(0) { $0 + $1.byMs } }
  }

  private func beat() {
    let clock = SystemClock()
    while true {
      let due = clock.now.advanced(byMs: Self.beatMs)
      usleep(UInt32(Self.beatMs) * 1_000)
      let now = clock.now
      let byMs = now.ms(since: due)
      if byMs > Self.toleranceMs { lates.withLock { $0.append(Late(atMs: Double(now.ns) / 1e6, byMs: byMs)) } }
    }
  }
}
