// Many calls on one core: what the host adds to a turn, how late frames leave, what a call costs.

import Base
import Calls
import Journal
import Runtime
import Synchronization

struct LoadBench {
  let place: Place
  init(_ place: Place) { self.place = place }

  func run(sizes: [Int], seconds: Int) throws -> [Row] {
    var rows: [Row] = []
    var residents: [(calls: Int, bytes: Int)] = []
    for size in sizes {
      let result = try load(calls: size, seconds: seconds)
      residents.append((size, result.resident))
      let limit: Double? = size == 1 ? 5 : size <= 100 ? 10 : nil
      rows += [
        Row(name: "host's share of a turn, \(size) calls, p50", value: result.hostMs.quantile(0.5), unit: "ms"),
        Row(
          name: "host's share of a turn, \(size) calls, p99", value: result.hostMs.quantile(0.99), unit: "ms", limit: limit,
          note: "\(result.hostMs.count) turns"),
        Row(
          name: "lateness of a frame beyond a bare timer, \(size) calls, p99", value: result.lateMs - result.timerMs, unit: "ms", limit: 1,
          note: "frames \(result.lateMs) ms, bare timer \(result.timerMs) ms, \(result.frames) frames"),
        Row(
          name: "CPU per call-minute, \(size) calls", value: result.cpuPerCallMinute, unit: "s",
          note: "host, plugins and callers in one process"),
      ]
    }
    if let most = residents.last {
      rows.append(
        Row(
          name: "memory per call", value: Double(most.bytes) / Double(most.calls) / 1e6, unit: "MB", limit: 1,
          note: "of \(most.calls) calls over the idle host, callers included"))
    }
    return rows
  }

  struct Result {
    var hostMs: [Double]
    var lateMs: Double
    var timerMs: Double
    var frames: UInt64
    var cpuPerCallMinute: Double
    /// Bytes beyond those of the idle host.
    var resident: Int
  }

  private func load(calls: Int, seconds: Int) throws -> Result {
    let turn = try place.folder("turn") + "/turn.wav"
    try HostUnderLoad.writeTurn(to: turn)
    let turns = (0..<max(seconds / 3, 2)).map { _ in "{file: \(turn)}" }.joined(separator: ", ")
    // Callers come over one second, so that they do not all speak in the same frame.
    let host = try HostUnderLoad(
      place,
      calls:
        "[{to: \"1\", from: \"2\", at_ms: 500, repeat: \(calls), every_ms: \(max(1000 / calls, 1)), hold_open: true, turns: [\(turns)]}]")
    host.start()
    let runtime = host.runtime
    // The callers come after half a second: until then the host is idle.
    Machine.trim()
    let idle = Machine.residentBytes()
    Machine.sleep(ms: 3000)
    let timer = BareTimer()
    timer.start()
    let cpu = Machine.cpuSeconds
    let since = Machine.nowNs
    Machine.sleep(ms: seconds * 1000)
    let cpuUsed = Machine.cpuSeconds - cpu
    let span = Double(Machine.nowNs - since) / 1e9
    timer.stop()
    let resident = Machine.residentBytes() - idle
    let live = runtime.desk.liveCalls.count
    guard live == calls else { throw BenchError("\(live) of \(calls) calls are up; the figures would mean nothing") }
    let lateness = LoopReading.lateness(runtime.loops[0])
    host.stop()
    let reader = try JournalReader(folder: "\(host.folder)/state/journal")
    var hostMs: [Double] = []
    while let entry = try reader.nextEntry() {
      if case .turnEnded(let ended) = entry.fact, ended.outcome == .answered { hostMs.append(ended.waterfall.hostMs) }
    }
    return Result(
      hostMs: hostMs, lateMs: lateness.quantileMs(0.99), timerMs: timer.lateness.quantileMs(0.99), frames: lateness.total,
      cpuPerCallMinute: cpuUsed / span * 60 / Double(calls), resident: resident)
  }
}

/// Reads what a loop has counted, on the loop.
final class LoopReading: Sendable {
  private let box = Mutex<Lateness?>(nil)

  static func lateness(_ loop: CallLoop) -> Lateness {
    let reading = LoopReading()
    loop.submit { reading.box.withLock { $0 = loop.lateness } }
    while true {
      if let found = reading.box.withLock({ $0 }) { return found }
      Machine.sleep(ms: 1)
    }
  }
}

/// A thread that does nothing but wake every 20 ms by an absolute deadline: what the machine itself is late by.
final class BareTimer: @unchecked Sendable {
  private let running = Atomic(true)
  private let ended = DoneFlag()
  private(set) var lateness = Lateness()

  func start() {
    OwnThread.start(name: "bare-timer") { [self] in
      var due = Machine.nowNs
      while running.load(ordering: .acquiring) {
        due += 20_000_000
        Machine.sleep(untilNs: due)
        let now = Machine.nowNs
        lateness.note(ns: now > due ? now - due : 0)
      }
      ended.set()
    }
  }

  func stop() {
    running.store(false, ordering: .releasing)
    while !ended.isSet { Machine.sleep(ms: 1) }
  }
}
