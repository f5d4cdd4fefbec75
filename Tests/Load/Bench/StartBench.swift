// How long `patchbay serve` with twenty providers takes to be ready, and what it holds while idle.

/// Measures the product's own process, its HTTP server included, from before it exists.
struct StartBench {
  let place: Place
  init(_ place: Place) { self.place = place }

  func run(rounds: Int) throws -> [Row] {
    var ms: [Double] = []
    var megabytes: [Double] = []
    for _ in 0..<rounds {
      let start = Machine.nowNs
      let host = try ServingHost(place, HostFolder(place, calls: "[]", echoes: 19))
      ms.append(Double(Machine.nowNs - start) / 1e6)
      // What it allocated to start is given back, or not, within this time.
      Machine.sleep(ms: 500)
      megabytes.append(Double(Machine.residentBytes(of: host.pid)) / 1e6)
    }
    return [
      Row(
        name: "start with 20 providers", value: ms.median, unit: "ms", limit: 300,
        note: "program started, libraries opened, accounts ready, serving"),
      Row(name: "idle memory", value: megabytes.median, unit: "MB", limit: 60, note: "resident, whole process, shared libraries included"),
    ]
  }
}
