// A whole host in this process, with echo providers and callers from WAV files.

import Base
import Glibc
import Journal
import Logging
import Runtime
import Vox

/// Writes a configuration into a folder of the bench and runs a host on it.
final class HostUnderLoad {
  let folder: String
  let runtime: Runtime

  /// - Parameter calls: the `calls` of the WAV line, JSON as its settings say.
  init(_ place: Place, calls: String) throws {
    folder = try HostFolder(place, calls: calls, echoes: 1).path
    var options = Runtime.Options(
      state: "\(folder)/state", config: "\(folder)/config", providers: "\(folder)/plugins.d", libraries: place.libraries,
      weights: place.weights)
    options.loops = 1
    options.maxCalls = 2000
    var log = Logger(label: "bench")
    log.logLevel = .error
    runtime = try Runtime(options, log: log)
  }

  func start() {
    let done = DoneFlag()
    Task.detached { [runtime] in
      try? await runtime.start()
      done.set()
    }
    while !done.isSet { Machine.sleep(ms: 1) }
  }

  func stop() {
    let done = DoneFlag()
    Task.detached { [runtime] in
      await runtime.drain(ms: 200)
      await runtime.stop()
      done.set()
    }
    while !done.isSet { Machine.sleep(ms: 5) }
  }

  /// A caller's recording: `seconds` of a turn, one second of tone at its start, so that voice detection has work all the time.
  static func writeTurn(to path: String) throws {
    var samples = [Int16](repeating: 0, count: 4800)
    for i in 0..<16000 {
      // A buzz with syllables: loud enough for every detector, cheap to make.
      let syllable = (i / 1600) % 2 == 0 ? 1.0 : 0.6
      samples.append(Int16(9000 * syllable * Double((i % 107) - 53) / 53))
    }
    samples += [Int16](repeating: 0, count: 6400)
    try WAVFile.write(samples, rate: 16000, to: path)
  }
}

import Synchronization

final class DoneFlag: Sendable {
  private let flag = Atomic(false)
  var isSet: Bool { flag.load(ordering: .acquiring) }
  func set() { flag.store(true, ordering: .releasing) }
}
