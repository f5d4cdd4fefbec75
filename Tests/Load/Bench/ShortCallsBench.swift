// Ten thousand short calls: memory must be flat.

import Base
import Calls
import Runtime

struct ShortCallsBench {
  let place: Place
  init(_ place: Place) { self.place = place }

  func run(calls: Int) throws -> [Row] {
    let turn = try place.folder("short") + "/turn.wav"
    try WAVFile.write([Int16](repeating: 0, count: 320), rate: 16000, to: turn)
    let host = try HostUnderLoad(
      place,
      calls:
        "[{to: \"1\", from: \"2\", at_ms: 200, repeat: \(calls), every_ms: 10, hang_up_after_ms: 100, patience_ms: 100, turns: [{file: \(turn)}]}]"
    )
    host.start()
    // The first tenth fills pools and caches; from then on nothing may grow.
    let warm = try wait(host, for: calls / 10)
    let end = try wait(host, for: calls)
    host.stop()
    let growth = Double(end - warm) / 1e6
    return [
      Row(name: "growth over \(calls) short calls", value: growth, unit: "MB", limit: 5, note: "resident after a tenth and at the end")
    ]
  }

  private func wait(_ host: HostUnderLoad, for calls: Int) throws -> Int {
    let deadline = Machine.nowNs + UInt64(calls) * 60_000_000 + 30_000_000_000
    while host.runtime.desk.callsEnded < calls {
      guard Machine.nowNs < deadline else {
        throw BenchError("only \(host.runtime.desk.callsEnded) of \(calls) short calls ended in time")
      }
      Machine.sleep(ms: 20)
    }
    Machine.trim()
    return Machine.residentBytes()
  }
}
