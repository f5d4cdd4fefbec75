// A whole host in virtual time: the real engine, simulated tenants, callers and vendors.

import Base
import Calls
import Failover
import Journal
import Loader
import Media
import Speech
import Tenants
import Vox

/// Everything runs on one thread, and chance comes from the seed alone: the same seed is the same run.
final class World: @unchecked Sendable {
  static let lineName = "line"
  static let start = Instant(ns: 1_000_000_000)

  let seed: UInt64
  let clock = VirtualClock(start: World.start)
  var chance: Chance
  var climate: Climate
  var agenda = Agenda()
  let border: Border
  private(set) lazy var witness = Witness(self)
  private(set) var vendors: [String: Vendor] = [:]
  private(set) var tenants: [String: Tenant] = [:]
  var callers: [String: SimulatedCaller] = [:]
  var offer: ((SimulatedCaller) -> Void)?
  var hostFacts: [Entry] = []
  /// Room for the caller's next 100 ms.
  let block = UnsafeMutablePointer<Int16>.allocate(capacity: 800)
  let loop: CallLoop
  let table: SessionTable
  let availability: Availability
  private let lane: SteppedLane
  private let registry: Registry
  private let desk: FrontDesk
  private let recorder = Recorder()
  private let ports = PortsBox()
  private var name = ""
  private var offers = 0
  private var closesAt = Instant.never

  /// - Parameters:
  ///   - minutes: virtual minutes in which callers come; nil: ten.
  ///   - border: what lies between the engine and the world.
  init(seed: UInt64, minutes: Int? = nil, lines: Int? = nil, border: Border = Border()) throws {
    self.seed = seed
    self.border = border
    chance = Chance(seed: seed)
    climate = Climate(&chance)
    if let minutes { climate.minutes = minutes }
    if let lines { climate.lines = lines }
    // A frame of 20 ms is the audio path's; nothing that is decided here depends on it, so most worlds take longer ones.
    loop = CallLoop(index: 0, clock: clock, ringBytes: 1 << 17, frameMs: chance.percent(5) ? 20 : 100, aheadMs: chance.percent(50) ? 10 : 0)
    table = SessionTable(loop: loop)
    let lane = SteppedLane(clock: clock)
    self.lane = lane
    availability = Availability(random: Random(seed: chance.seed()))
    let (ports, clock, availability) = (ports, clock, availability)
    let ids = IDMaker(clock: clock, random: Random(seed: chance.seed()))
    let directory = World.makeTenants(&chance, &vendors)
    var shown = TenantDirectory()
    for tenant in directory {
      tenants[tenant.id] = tenant
      shown.add(border.tenant(tenant))
    }
    desk = FrontDesk(
      tables: [table], directory: shown, ids: ids, maxCalls: 1000, journal: recorder, ports: { ports.ports }, log: { _, _, _ in })
    registry = Registry(
      context: HostContext(clock: clock, tables: [table]), owner: desk, makeLane: { _ in lane }, resolveSecret: { _ in "" })
    recorder.world = self
    name = Wire.enter(self)
    let library = try Wire.library()
    for name in [World.lineName] + vendors.keys.sorted() {
      var declared = ProviderFile.Declared()
      if let region = vendors[name]?.region { declared.regions = [region] }
      let file = ProviderFile(
        name: name, path: "\(name).yaml", library: "simulated", settings: ["world": .string(self.name)], declared: declared)
      _ = try registry.add(file, library)
    }
    ports.ports = CallPorts(
      journal: recorder, providers: registry, availability: availability, voiceDetector: { _, _ in LevelDetector() },
      localTime: { _, _ in "2026-03-02T09:30:00+01:00" }, vocabulary: { _, _ in nil },
      recorded: { line, _, _, _ in World.recorded(line.text) })
    if chance.percent(80) { ports.ports?.sounds = AudioCache() }
    settle()
  }

  deinit {
    // The desk knows the providers and they know the desk.
    ports.ports = nil
    Wire.leave(name)
    block.deallocate()
  }

  // MARK: Tenants

  /// Words of the lines an agent says by itself.
  private static func line(_ first: Int, _ count: Int) -> String { (first..<first + count).map { "k\($0)" }.joined(separator: " ") + "." }

  private static func makeTenants(_ chance: inout Chance, _ vendors: inout [String: Vendor]) -> [Tenant] {
    for number in 1...7 {
      let vendor = Vendor("v\(number)", &chance)
      vendors[vendor.name] = vendor
    }
    return (1...chance.some(2...3)).map { makeTenant($0, &chance, vendors) }
  }

  private static func makeTenant(_ number: Int, _ chance: inout Chance, _ vendors: [String: Vendor]) -> Tenant {
    var agent = Agent(id: "agent", name: "Agent")
    agent.vocabulary = false
    agent.disclosure = chance.percent(50) ? line(1, 6) : ""
    agent.greeting = chance.percent(60) ? .text(line(10, 5)) : chance.percent(30) ? .fromModel : .none
    agent.fillers.lines = [line(20, 2), line(23, 3), line(27, 2)]
    agent.silence.prompts = [line(30, 4), line(35, 6)]
    agent.farewell = line(50, 4)
    agent.lastResort = line(60, 7)
    agent.confidence.againQuestion = line(70, 6)
    agent.transfers = ["desk": "+41440000099"]
    agent.turnTaking.preemptiveGeneration = chance.percent(60)
    agent.turnTaking.interruption.minWords = chance.percent(25) ? 2 : 0
    agent.turnTaking.endpointing.mode = chance.percent(40) ? .dynamic : .fixed
    var tenant = Tenant(id: "t\(number)", name: "T\(number)")
    // Words are told by their samples.
    tenant.matchesLoudness = false
    let names = vendors.keys.sorted()
    let isBound = chance.percent(40)
    for role in [Role.stt, .llm, .tts, .tool] {
      var chosen: [String] = []
      let length = chance.some(2...3)
      while chosen.count < length {
        let name = chance.one(names)
        if !chosen.contains(name) { chosen.append(name) }
      }
      var chain = Chain(chosen.map { Chain.Link(provider: $0) })
      if isBound, chosen.contains(where: { vendors[$0]?.region == "eu" }) { chain.require.regions = ["eu"] }
      if chance.percent(30) { chain.hedge = chance.percent(50) ? .p95 : .fixedMs(chance.some(150...500)) }
      if role == .llm, chance.percent(30) { chain.lastResort = [.repeat(nil), .say(Chain.Line(line(80, 3))), .message(nil)] }
      if role == .stt, chance.percent(30) { chain.lastResort = [.say(Chain.Line(line(85, 3)))] }
      if role == .tts, chance.percent(30) { chain.lastResort = [.transfer("desk"), .say(Chain.Line(line(90, 3)))] }
      tenant.chains[role] = chain
    }
    if chance.percent(60),
      let provider = tenant.chains[.tool]?.links.first(where: { link in
        tenant.chains[.tool]?.require.regions.contains("eu") != true || vendors[link.provider]?.region == "eu"
      })?.provider, let tool = try? Tool(name: "look", description: "looks", provider: provider, timeoutMs: chance.some(1000...6000))
    {
      agent.tools = [tool]
    }
    tenant.agents = [agent.id: agent]
    tenant.numbers = ["+4144000000\(number)": agent.id]
    return tenant
  }

  func hasTools(_ tenant: String) -> Bool { tenants[tenant]?.agents["agent"]?.tools.isEmpty == false }

  private static func recorded(_ text: String) -> Recorded {
    var samples: [Int16] = []
    for level in Words.levels(text) {
      samples.append(Words.onset)
      samples += Array(repeating: level, count: Words.soundMs * Words.samplesPerMs - 1)
      samples += Array(repeating: 0, count: Words.gapMs * Words.samplesPerMs)
    }
    return Recorded(text: text, samples: samples)
  }

  // MARK: What goes wrong

  /// A fault of one piece of work by chance.
  func mishap(_ role: Role) -> Fault? {
    guard role != .telephony, chance.permille(climate.mishapPermille) else { return nil }
    return fault()
  }

  private func fault() -> Fault {
    switch chance.some(0...15) {
    case 0: .refuse
    case 1: .blackHole
    case 2: .auth
    case 3: .quota
    case 4: .rate(retryAfterMs: chance.some(500...15_000))
    case 5: .unavailable(chance.one([.op, .session, .account, .provider]))
    case 6: .overloaded
    case 7: .silence
    case 8: .slow(ms: chance.some(300...3000))
    case 9, 10, 11: .cut(atPermille: chance.some(0...1000))
    case 12: .garbage
    case 13: .empty
    case 14: .ignoresCancel
    default: chance.percent(50) ? .twoTerminals : .hangsUp
    }
  }

  private func planSpells() {
    for name in vendors.keys.sorted() { for role in [Role.stt, .llm, .tts, .tool] { planSpell(name, role) } }
    planBlackout()
  }

  private func planSpell(_ name: String, _ role: Role) {
    let pause = chance.some(10...climate.secondsBetweenSpells * 2)
    later(pause * 1000) { [self] in
      vendors[name]?.begin(role, fault(), until: clock.now.advanced(byMs: chance.some(2000...60_000)))
      planSpell(name, role)
    }
  }

  /// Everything that a tenant has for a role goes away.
  private func planBlackout() {
    later(chance.some(10...climate.secondsBetweenBlackouts * 2) * 1000) { [self] in
      let role = chance.one([Role.stt, .llm, .tts, .tool])
      let until = clock.now.advanced(byMs: chance.some(3000...25_000))
      let tenant = chance.one(tenants.keys.sorted())
      for link in tenants[tenant]?.chains[role]?.links ?? [] { vendors[link.provider]?.begin(role, fault(), until: until) }
      planBlackout()
    }
  }

  // MARK: Callers

  private func planCallers() {
    for _ in 0..<climate.lines { keepLineBusy() }
  }

  /// One call after the other, with pauses, until no more are taken.
  private func keepLineBusy() {
    later(chance.some(0...15_000)) { [self] in
      guard clock.now < closesAt else { return }
      offers += 1
      let caller = SimulatedCaller(offer: "offer-\(offers)", dials: "+4144000000\(chance.some(1...tenants.count))", world: self)
      callers[caller.offer] = caller
      offer?(caller)
      waitForEnd(of: caller)
    }
  }

  private func waitForEnd(of caller: SimulatedCaller) {
    later(5000) { [self] in
      guard caller.isGone else { return waitForEnd(of: caller) }
      callers[caller.offer] = nil
      keepLineBusy()
    }
  }

  private func later(_ ms: Int, _ body: @escaping () -> Void) { agenda.note(at: clock.now.advanced(byMs: ms), body) }

  // MARK: Time

  /// Does what is due now; answers when the next thing is due.
  @discardableResult
  private func settle() -> Instant {
    let (lane, loop) = (lane, loop)
    while true {
      while lane.step() {}
      while let errand = agenda.popDue(clock.now) { errand() }
      let due = loop.turn()
      if loop.isIdle, lane.next > clock.now, agenda.next > clock.now { return min(due, lane.next, agenda.next) }
    }
  }

  /// Lets the world run to its end, or to the first violation.
  func run() -> Violation? {
    closesAt = clock.now.advanced(byMs: climate.minutes * 60_000)
    planSpells()
    planCallers()
    // After the last caller has come, the longest call goes on for so long at most.
    let end = closesAt.advanced(byMs: 40 * 60_000)
    let witness = witness
    while !witness.isViolated {
      let next = settle()
      border.moved(self)
      witness.settled()
      if clock.now >= closesAt, witness.calls.isEmpty, desk.liveCalls.isEmpty { break }
      guard next < end else { break }
      clock.move(to: next)
    }
    if !witness.isViolated { rest() }
    // What it still had in mind would keep it alive for ever.
    agenda = Agenda()
    return witness.violation
  }

  /// Some seconds for everything that is still on its way.
  private func rest() {
    let end = clock.now.advanced(byMs: 12_000)
    while clock.now < end {
      let next = settle()
      clock.move(to: min(max(next, clock.now.advanced(byNs: 1)), end))
    }
    settle()
    witness.over()
  }

  var openSessions: Int { registry.providers.reduce(0) { $0 + $1.openSessions } }
  var liveCalls: Int { desk.liveCalls.count }

  private final class PortsBox: @unchecked Sendable { var ports: CallPorts? }
}
