// Everything that touches the disk: loads sounds, writes recordings, on a thread of its own.

import Glibc
import PluginKit
import Sound
import Synchronization
import Vox

/// The disk's thread and the tapes that are running.
final class TapeDeck: @unchecked Sendable {
  private let host: Host
  // Room for every call of a large test to end in the same moment.
  private let thread = SerialThread(name: "wavphone-disk", limit: 16_384)
  private let sweepWaits = Atomic(false)
  /// The thread's alone.
  private var running: [Tape] = []

  init(_ host: Host) { self.host = host }

  /// Writes what waits, then ends the thread and waits until it is gone.
  func stop() { thread.join() }

  /// Runs work that may wait for the disk; false when too much waits already.
  func work(_ work: @escaping @Sendable () -> Void) -> Bool { thread.async(work) }

  /// Starts a recording.
  func start(_ tape: Tape) {
    _ = thread.async { [self] in
      Self.makeFolder(of: tape.path)
      tape.open()
      running.append(tape)
    }
  }

  /// Writes what all tapes have collected. Called by the clock; asks once however often it is called.
  func sweep() {
    guard !sweepWaits.exchange(true, ordering: .acquiringAndReleasing) else { return }
    let isQueued = thread.async { [self] in
      sweepWaits.store(false, ordering: .releasing)
      for tape in running { tape.drain() }
    }
    if !isQueued { sweepWaits.store(false, ordering: .releasing) }
  }

  /// Completes recordings and a report, then calls `done` on the disk's thread. Nothing may be appended any more.
  /// - Returns: false when too much waits already; then the recordings end where they are, and `done` is not called.
  func finish(_ tapes: [Tape], report: (path: String, json: JSONValue)?, done: @escaping @Sendable () -> Void) -> Bool {
    thread.async { [self] in
      running.removeAll { tape in tapes.contains { $0 === tape } }
      for tape in tapes {
        if let problem = tape.close() { host.log(.error, problem.description) }
      }
      if let report { write(report.json, to: report.path) }
      done()
    }
  }

  private func write(_ json: JSONValue, to path: String) {
    Self.makeFolder(of: path)
    let bytes = Array((json.text + "\n").utf8)
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0, Glibc.write(file, bytes, bytes.count) == bytes.count else {
      host.log(.error, "\(path): cannot be written: \(String(cString: strerror(errno))).")
      if file >= 0 { close(file) }
      return
    }
    close(file)
  }

  /// Makes the folders above a file, as far as they are missing; a failure shows when the file itself is opened.
  private static func makeFolder(of path: String) {
    for (i, character) in path.enumerated() where character == "/" && i > 0 { mkdir(String(path.prefix(i)), 0o755) }
  }
}
