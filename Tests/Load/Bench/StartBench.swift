// How long a host with twenty providers takes to be ready, and what it holds while idle.

import Runtime

struct StartBench {
  let place: Place
  init(_ place: Place) { self.place = place }

  func run(rounds: Int) throws -> [Row] {
    var ms: [Double] = []
    var resident = 0
    for round in 0..<rounds {
      let start = Machine.nowNs
      let host = try HostUnderLoad(place, calls: "[]", providers: 18)
      host.start()
      ms.append(Double(Machine.nowNs - start) / 1e6)
      if round == 0 {
        Machine.sleep(ms: 300)
        resident = Machine.residentBytes
      }
      host.stop()
    }
    return [
      Row(
        name: "start with 20 providers", value: ms.median, unit: "ms", limit: 300,
        note: "configuration written, libraries opened, accounts ready"),
      Row(name: "idle memory", value: Double(resident) / 1e6, unit: "MB", limit: 60, note: "whole process, HTTP server excluded"),
    ]
  }
}
