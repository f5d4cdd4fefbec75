// What crossing the ABI costs: one call through the table of a plugin in C, beside a bare call of the same run.

import Glibc
import PluginABI
import Vox

struct BoundaryBench {
  let place: Place
  init(_ place: Place) { self.place = place }

  func run(rounds: Int) throws -> [Row] {
    let table = try open("\(place.examples)/libToneC.so")
    guard let call = table.pointee.role else { throw BenchError("the example has no role function") }
    var through: [Double] = []
    var bare: [Double] = []
    for _ in 0..<rounds {
      bare.append(perCall(2_000_000) { reference($0) })
      // An id of another length is answered at once, so what is measured is the call and not the work behind it.
      withView("vox") { id in
        var id = id
        through.append(perCall(2_000_000) { _ in call(&id) == nil ? 1 : 0 })
      }
    }
    let path = FramePath(place)
    let frame = try path.microsecondsPerFrame(rounds: rounds)
    let clean = try path.allocations(frames: 150, planted: false)
    let planted = try path.allocations(frames: 150, planted: true)
    // Unoptimised code takes blocks of its own, so that one more proves nothing.
    guard _isDebugAssertConfiguration() || planted.blocks == clean.blocks + 1 else {
      throw BenchError("a planted allocation was not seen: \(clean.blocks) without it, \(planted.blocks) with it")
    }
    return [
      Row(
        name: "one ABI call through the table", value: through.median, unit: "ns", limit: 20,
        note: "a bare call in the same run: \((bare.median * 100).rounded() / 100) ns"),
      Row(
        name: "20 ms frame from line to recogniser", value: frame, unit: "us", limit: 20,
        note: "emit, ring, engine, push; energy VAD included"),
      Row(
        name: "allocations on the way of 150 frames, both ways", value: Double(clean.blocks), unit: "", limit: 0,
        note: "\(clean.spoken) frames of the agent among them; a planted one was seen"),
    ]
  }

  private func open(_ path: String) throws -> UnsafePointer<vox_plugin_v0> {
    guard let image = dlopen(path, RTLD_NOW | RTLD_LOCAL), let symbol = dlsym(image, VOX_ENTRY_SYMBOL) else {
      throw BenchError("\(path) cannot be opened: \(String(cString: dlerror())); run: make examples")
    }
    typealias Entry = @convention(c) (UInt32, UInt32, UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer?
    var why = vox_view(ptr: nil, len: 0)
    let draft = UInt32(VOX_ABI_DRAFT)
    guard let table = unsafeBitCast(symbol, to: Entry.self)(draft, draft, &why) else { throw BenchError("\(path): \(why.string)") }
    return table.assumingMemoryBound(to: vox_plugin_v0.self)
  }

  private func perCall(_ count: Int, _ body: (Int) -> Int) -> Double {
    var sum = 0
    let start = Machine.nowNs
    for i in 0..<count { sum &+= body(i) }
    let ns = Double(Machine.nowNs - start) / Double(count)
    return sum == .min ? 0 : ns
  }

  @inline(never)
  private func reference(_ i: Int) -> Int { i ^ 0x5555 }
}
