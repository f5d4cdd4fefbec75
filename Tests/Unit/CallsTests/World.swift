// A whole host in virtual time: one loop, one lane, puppets for providers. A minute of calls takes milliseconds.

import Base
@testable import Calls
import Failover
import Journal
import Loader
import Media
import PluginABI
import Speech
import Tenants
import Testing
import Vox

/// Everything runs on the thread of the test; a run with the same script is the same run.
final class World {
  static let library: Library? = try? Library.adopt(puppetEntry, path: "puppet")

  let clock = VirtualClock()
  let loop: CallLoop
  let table: SessionTable
  let lane: SteppedLane
  let journal: MemoryJournal
  let stage = Stage()
  let registry: Registry
  let desk: FrontDesk
  private var prober: Prober?

  /// - Parameters:
  ///   - rate: Hz of the line.
  ///   - lineRates: what it could run at; then each offer names `rate`.
  ///   - earsRate, voiceRate: Hz of the recogniser and of the voice where they are not the line's.
  ///   - providers: the names that the registry holds.
  ///   - numbers: the business's own.
  ///   - areProbed: the host probes providers that have failed.
  ///   - sounds: keeps lines that were spoken.
  ///   - prices: what the files of the providers say.
  ///   - agent: changes the agent, which by default says nothing by itself.
  init(
    seed: UInt64 = 1, rate: Int = 8000, lineRates: [Int]? = nil, earsRate: Int? = nil, voiceRate: Int? = nil,
    providers: [String] = ["line", "ears", "mind", "voice", "hands"], maxCalls: Int = 1000,
    numbers: [String] = ["*"], areProbed: Bool = false, sounds: AudioCache? = nil, prices: [String: Price] = [:],
    _ agent: (inout Agent) throws -> Void = { _ in }
  ) throws {
    let (clock, stage) = (clock, stage)
    stage.rate = rate
    stage.lineRates = lineRates
    stage.earsRate = earsRate
    stage.voiceRate = voiceRate
    loop = CallLoop(index: 0, clock: clock)
    table = SessionTable(loop: loop)
    let lane = SteppedLane(clock: clock)
    self.lane = lane
    journal = MemoryJournal(clock: clock)
    var reception = Agent(id: "reception", name: "Reception")
    reception.chains = [.stt: Chain("ears"), .llm: Chain("mind"), .tts: Chain("voice")]
    reception.vocabulary = false
    try agent(&reception)
    var tenant = Tenant(id: "clinic", name: "Clinic")
    // Words are told by their samples.
    tenant.matchesLoudness = false
    tenant.agents = [reception.id: reception]
    tenant.numbers = Dictionary(uniqueKeysWithValues: numbers.map { ($0, reception.id) })
    var directory = TenantDirectory()
    directory.add(tenant)
    let box = PortsBox()
    desk = FrontDesk(
      tables: [table], directory: directory, ids: IDMaker(clock: clock, random: Random(seed: seed)), maxCalls: maxCalls, journal: journal,
      ports: { box.ports }, log: { _, _, _ in })
    registry = Registry(
      context: HostContext(clock: clock, tables: [table]), owner: desk, makeLane: { _ in lane },
      resolveSecret: { _ throws(ProviderError) in "" })
    let library = try #require(Self.library)
    for name in providers {
      var file = ProviderFile(name: name, path: "\(name).yaml", library: "puppet", settings: ["stage": .string(stage.id)])
      file.declared.price = prices[name]
      try registry.add(file, library)
    }
    box.ports = CallPorts(
      journal: journal, providers: registry, availability: Availability(random: Random(seed: seed)),
      voiceDetector: { rate, _ in LevelDetector(rate: rate) }, localTime: { _, _ in "2026-03-02T09:30:00+01:00" },
      vocabulary: { _, _ in nil },
      recorded: { [stage] line, _, _, rate in
        stage.hasRecordings ? Recorded(text: line.text, samples: WordSound.agent(line.text, rate: rate, stage.codes)) : nil
      }, keepMessage: { [stage] _, samples, _ in stage.messages.append(samples) }, areProbed: areProbed)
    box.ports?.sounds = sounds
    if areProbed, let ports = box.ports {
      prober = Prober(table: table, providers: registry, availability: ports.availability, journal: journal)
      prober?.start()
    }
    settle()
  }

  deinit { stage.leave() }

  // MARK: Calls

  /// A new call is offered.
  @discardableResult
  func call(to number: String = "+41448000000") -> Caller {
    stage.openLine?(number)
    return stage.callers["offer-\(stage.offers)"] ?? Caller(offer: "none", stage: stage)
  }

  /// A call whose caller hears the agent from now on.
  func answeredCall() -> Caller {
    let caller = call()
    run(until: { caller.pickedUpAt > 0 })
    return caller
  }

  // MARK: Time

  var now: UInt64 { clock.now.ns }

  /// Does what is due now; answers when the next thing is due.
  @discardableResult
  func settle() -> Instant {
    while true {
      while lane.step() {}
      let due = loop.turn()
      if loop.isIdle, lane.next > clock.now { return min(due, lane.next) }
    }
  }

  func run(ms: Int) {
    let end = clock.now.advanced(byMs: ms)
    while clock.now < end { clock.move(to: min(settle(), end)) }
    settle()
  }

  /// Lets time pass until something is so.
  func run(
    until isSo: () -> Bool, withinMs: Int = 60_000, _ what: Comment = "it did not happen in time",
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let end = clock.now.advanced(byMs: withinMs)
    settle()
    while !isSo() {
      guard clock.now < end else {
        Issue.record(what, sourceLocation: sourceLocation)
        return
      }
      clock.move(to: min(settle(), end))
      settle()
    }
  }

  // MARK: What happened

  var facts: [Fact] { journal.entries.map(\.fact) }
  func facts<Payload: FactPayload>(_ type: Payload.Type) -> [Payload] { facts.compactMap { $0.payload as? Payload } }

  /// The agent's words as the journal holds them, in the order in which they ended.
  var said: [String] { facts(Fact.AgentSaid.self).map(\.text) }
  /// The caller's words as the journal holds them.
  var understood: [String] { facts(Fact.Heard.self).map(\.text) }
  var isOver: Bool { desk.liveCalls.isEmpty }

  /// Nothing is left of any call: no session, no op, no timer.
  func expectBaseline(sourceLocation: SourceLocation = #_sourceLocation) {
    prober?.stop()
    run(ms: 3000)
    #expect(desk.liveCalls.isEmpty, sourceLocation: sourceLocation)
    #expect(table.liveSessions == 0, sourceLocation: sourceLocation)
    #expect(table.liveOps == 0, sourceLocation: sourceLocation)
    #expect(loop.pendingTimers == 0, sourceLocation: sourceLocation)
    #expect(registry.providers.allSatisfy { $0.openSessions == 0 }, sourceLocation: sourceLocation)
  }
}

/// What calls are given, once it exists.
private final class PortsBox: @unchecked Sendable {
  var ports: CallPorts?
}
