// One frame on its way: emitted by a line, through the ring and the engine, into the recogniser.

import Base
import Calls
import Journal
import Loader
import Media
import PluginKit
import Synchronization
import Tenants
import Vox

/// Runs one call by hand on this thread and times its frames.
struct FramePath {
  let place: Place
  init(_ place: Place) { self.place = place }

  /// The median over the rounds of the mean time of a frame.
  func microsecondsPerFrame(rounds: Int) throws -> Double {
    let clock = SystemClock()
    let loop = CallLoop(index: 0, clock: clock)
    let table = SessionTable(loop: loop)
    let context = HostContext(clock: clock, tables: [table])
    let journal = MemoryJournal(clock: clock)
    var directory = TenantDirectory()
    directory.add(Self.tenant)
    let box = SourceBox()
    let desk = FrontDesk(
      tables: [table], directory: directory, ids: IDMaker(clock: clock, random: Random(seed: 1)), maxCalls: 10, journal: journal,
      ports: {
        box.source.map {
          CallPorts(
            journal: journal, providers: $0, voiceDetector: { _ in EnergyVAD(sampleRate: 16000) }, localTime: { _, _ in "" },
            vocabulary: { _, _ in nil })
        }
      }, log: { _, _, _ in })
    let registry = Registry(
      context: context, owner: desk, makeLane: { ThreadLane(name: $0, clock: clock) }, resolveSecret: { _ throws(ProviderError) in "" })
    box.source = registry
    try registry.add(ProviderFile(name: "echo", path: "bench", library: "libEcho.so"), try Library.open("\(place.libraries)/libEcho.so"))
    try registry.add(ProviderFile(name: "line", path: "bench", library: "linked"), try Library.adopt(benchLineEntry, path: "linked"))
    try wait(loop, "the accounts") { registry.providers.allSatisfy { $0.accountState == .ready } }
    BenchLine.offer("1")
    try wait(loop, "the answer") { BenchLine.shared.withLock { $0.answered == 1 } }
    // The recogniser's session may open a little later than the line's.
    for _ in 0..<50 {
      _ = loop.turn()
      Machine.sleep(ms: 2)
    }
    return try (0..<rounds).map { _ in try time(loop) }.median
  }

  private func time(_ loop: CallLoop) throws -> Double {
    guard let leg = BenchLine.shared.withLock({ $0.legs.first }) else { throw BenchError("no leg was opened") }
    let frame = [Int16](repeating: 0, count: 320)
    let frames = 5000
    let start = Machine.nowNs
    frame.withUnsafeBufferPointer { samples in
      for i in 0..<frames {
        leg.lineAudio(samples, rate: 16000, position: UInt64(i) * 320)
        _ = loop.turn()
      }
    }
    return Double(Machine.nowNs - start) / 1000 / Double(frames)
  }

  private func wait(_ loop: CallLoop, _ what: String, until done: () -> Bool) throws {
    let deadline = Machine.nowNs + 5_000_000_000
    while !done() {
      guard Machine.nowNs < deadline else { throw BenchError("\(what) did not come within 5 s") }
      _ = loop.turn()
      Machine.sleep(ms: 1)
    }
  }

  private static var tenant: Tenant {
    var tenant = Tenant(id: "bench", name: "Bench")
    tenant.numbers = ["*": "agent"]
    tenant.chains = [.stt: Chain("echo"), .llm: Chain("echo"), .tts: Chain("echo")]
    var agent = Agent(id: "agent", name: "Agent")
    agent.vocabulary = false
    tenant.agents = ["agent": agent]
    return tenant
  }
}

/// The registry, which exists only after the front desk that needs it.
private final class SourceBox: @unchecked Sendable {
  var source: (any ProviderSource)?
}
