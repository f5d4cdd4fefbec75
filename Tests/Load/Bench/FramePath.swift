// One frame on its way: emitted by a line, through the ring and the engine, into the recogniser.

import Base
import Calls
import Counting
import Glibc
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
    let loop = try answeredCall()
    return try (0..<rounds).map { _ in try time(loop) }.median
  }

  /// Carries frames and measures nothing: for a tool that counts instructions from outside.
  func carry(_ frames: Int) throws { _ = try time(try answeredCall(), frames: frames) }

  /// How many blocks the loop's thread takes from the heap while frames go both ways: the caller's to the voice detector and the
  /// recogniser, the agent's to the line.
  ///
  /// - Parameter planted: one block is taken on purpose, to show that it would be seen.
  /// - Returns: the blocks taken, and how many of the agent's frames reached the line meanwhile.
  func allocations(frames: Int, planted: Bool) throws -> (blocks: UInt64, spoken: Int) {
    let trap = Trap(weights: place.weights)
    let loop = try answeredCall(trap)
    guard let leg = BenchLine.leg else { throw BenchError("no leg was opened") }
    let frame = [Int16](repeating: 0, count: 320)
    var blocks: UInt64 = 0
    let before = BenchLine.spoken
    frame.withUnsafeBufferPointer { samples in
      var due = Machine.nowNs
      for i in 0..<frames {
        if planted, i == frames / 2 { trap.isArmed = true }
        // Others' threads pass their events in between; what they bring is no part of a frame's way.
        due += 20_000_000
        while Machine.nowNs + 1_000_000 < due {
          _ = loop.turn()
          Machine.sleep(ms: 1)
        }
        let count = counting_allocations()
        leg.lineAudio(samples, rate: 16000, position: UInt64(i) * 320)
        _ = loop.turn()
        Machine.sleep(untilNs: due)
        _ = loop.turn()
        blocks += counting_allocations() - count
      }
    }
    return (blocks, BenchLine.spoken - before)
  }

  /// A loop with one call that is being answered at length, run by hand on this thread.
  private func answeredCall(_ trap: Trap? = nil) throws -> CallLoop {
    BenchLine.reset()
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
            journal: journal, providers: $0, availability: Availability(random: Random(seed: 1)),
            voiceDetector: { _, _ in trap?.detector ?? EnergyVAD(sampleRate: 16000) }, localTime: { _, _ in "" },
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
    try wait(loop, "the answer") { BenchLine.isAnswered }
    // The recogniser's session may open a little later than the line's.
    for _ in 0..<50 {
      _ = loop.turn()
      Machine.sleep(ms: 2)
    }
    return loop
  }

  private func time(_ loop: CallLoop, frames: Int = 5000) throws -> Double {
    guard let leg = BenchLine.leg else { throw BenchError("no leg was opened") }
    let frame = [Int16](repeating: 0, count: 320)
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
    agent.greeting = .text(String(repeating: "one two three four five six seven eight nine ten ", count: 8))
    tenant.agents = ["agent": agent]
    return tenant
  }
}

/// The network that detects voices, with a place where one block can be taken on purpose.
private final class Trap: @unchecked Sendable {
  let detector: any VoiceDetector
  /// The next window takes a block.
  var isArmed = false
  /// Kept, so that no compiler may leave it out.
  var block: UnsafeMutableRawPointer?

  init(weights folder: String) {
    let inner: any VoiceDetector =
      (try? SileroWeights(path: "\(folder)/silero-16k.f32", sampleRate: 16_000)).map { SileroVAD(weights: $0) }
      ?? EnergyVAD(sampleRate: 16_000)
    let trapped = TrappedDetector(inner: inner)
    detector = trapped
    trapped.trap = self
  }

  deinit { free(block) }
}

private final class TrappedDetector: VoiceDetector {
  private let inner: any VoiceDetector
  weak var trap: Trap?

  init(inner: any VoiceDetector) { self.inner = inner }

  var sampleRate: UInt32 { inner.sampleRate }
  var windowSamples: Int { inner.windowSamples }

  func hear(_ window: UnsafeBufferPointer<Int16>) {
    if let trap, trap.isArmed {
      trap.isArmed = false
      trap.block = malloc(16)
    }
    inner.hear(window)
  }

  func conclude() -> Float { inner.conclude() }

  func reset() { inner.reset() }
}

/// The registry, which exists only after the front desk that needs it.
private final class SourceBox: @unchecked Sendable {
  var source: (any ProviderSource)?
}
