// What a worker costs a frame of sound: there and back, beside two bare processes that wake each other in the same run.

import Base
import Glibc
import Isolation
import Loader
import Vox

struct WorkerBench {
  let place: Place
  init(_ place: Place) { self.place = place }

  /// As a host runs that nobody pins, which the promises are about, and then on the one core of the other figures.
  ///
  /// - Parameter rounds: of half a second each at cadence; both measures take turns, so that whatever else the machine does meets both.
  func run(rounds: Int) throws -> [Row] {
    Machine.use(oneCore: false)
    var rows = try rows(rounds: rounds, back: 15, cadence: 1.5)
    Machine.use(oneCore: true)
    rows += try self.rows(rounds: rounds, where: ", on one core")
    return rows
  }

  private func rows(rounds: Int, where place: String = "", back: Double? = nil, cadence: Double? = nil) throws -> [Row] {
    let bench = try OpenWorker(plugin: self.place.frameFixture, program: "/proc/self/exe")
    defer { bench.stop() }
    var (quick, paced, bare): ([Double], [Double], [Double]) = ([], [], [])
    for _ in 0..<rounds {
      bare.append(FrameRoundTrip.measureBare(rounds: 25, cadenceMs: 20).p50)
      paced.append(try bench.measure(frames: 25, cadenceMs: 20))
      quick.append(try bench.measure(frames: 2000, cadenceMs: 0))
    }
    func tenths(_ us: Double) -> Double { (us * 10).rounded() / 10 }
    return [
      Row(
        name: "20 ms frame through a worker and back, back to back\(place)", value: quick.median, unit: "us", limit: back,
        note: "push, ring, plugin, event, ring, owner; median"),
      Row(
        name: "the same at 20 ms cadence, by a bare eventfd ping-pong\(place)", value: paced.median / bare.median, unit: "times",
        limit: cadence, note: "\(tenths(paced.median)) us beside \(tenths(bare.median)) us"),
    ]
  }
}

/// A plugin in a worker whose sessions live on a loop of their own.
private final class OpenWorker: AccountOwner, @unchecked Sendable {
  private let loop: CallLoop
  private let table: SessionTable
  private var registry: Registry?
  private var provider: Provider?

  init(plugin: String, program: String) throws {
    let clock = SystemClock()
    loop = CallLoop(index: 0, clock: clock)
    table = SessionTable(loop: loop)
    let registry = Registry(
      context: HostContext(clock: clock, tables: [table]), owner: self, makeLane: { ThreadLane(name: $0, clock: clock) },
      resolveSecret: { _ throws(ProviderError) in "" })
    self.registry = registry
    let isolation = Isolation(program: program, loops: [loop], clock: clock)
    let library = try isolation.open(SealedLibrary(plugin), isolation.order(plugin), name: "frames")
    loop.start()
    let provider = try registry.add(ProviderFile(name: "frames", path: "frames.yaml", library: plugin), library)
    self.provider = provider
    let deadline = Machine.nowNs + 10_000_000_000
    while provider.accountState != .ready {
      guard Machine.nowNs < deadline else { throw BenchError("\(plugin) is not ready in a worker within 10 s") }
      Machine.sleep(ms: 1)
    }
  }

  /// The median, in microseconds.
  func measure(frames: Int, cadenceMs: Int) throws -> Double {
    guard let provider, let found = FrameRoundTrip.measure(provider, on: table, frames: frames, cadenceMs: cadenceMs) else {
      throw BenchError("the plugin in the worker does not answer frames")
    }
    return found.p50
  }

  /// The worker ends with its provider, or with this process.
  func stop() { provider?.stop { [loop] in loop.stop() } }

  func provider(_ provider: Provider, offers call: JSONValue) {}
  func provider(_ provider: Provider, withdrawsOffer id: String) {}
  func provider(_ provider: Provider, accountIs state: Provider.AccountState) {}
  func provider(_ provider: Provider, logs text: String, level: Int32) {}
}
