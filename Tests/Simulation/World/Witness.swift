// Sees everything that happens in a simulated world and hands it to the invariants.

import Base
import Journal
import PluginABI
import Vox

/// The one place where the engine's facts and the world's truth meet. The first violation ends the run.
final class Witness: @unchecked Sendable {
  /// It owns this.
  unowned(unsafe) let world: World
  private(set) var calls: [String: CallRecord] = [:]
  private(set) var violation: Violation? { didSet { isViolated = true } }
  private(set) var isViolated = false
  private(set) var trace = Trace()
  /// Calls that have ended, and how long callers were on the line in all.
  private(set) var callsEnded = 0
  private(set) var callNs: UInt64 = 0
  private(set) var facts = 0
  private var invariants: [Invariant] = []
  /// An invariant wants to know when everything that was due at a moment has been done.
  var isWatched = false
  private var answeredAt: [String: Instant] = [:]
  private var nextSecond = World.start

  init(_ world: World) {
    self.world = world
    invariants = Invariant.all(self)
  }

  var now: Instant { world.clock.now }

  /// An invariant does not hold.
  func report(_ invariant: Invariant, _ call: CallRecord?, _ what: String) {
    guard !isViolated else { return }
    violation = Violation(
      seed: world.seed, atMs: now.ms(since: World.start), call: call?.number, id: invariant.id, sentence: invariant.sentence, what: what,
      facts: (call?.facts ?? world.hostFacts).suffix(40).filter { if case .usage = $0.fact { false } else { true } }.map {
        "\($0.at.ms(since: World.start)) ms " + "\($0.fact)".replacing("Journal.Fact.", with: "").replacing("Optional", with: "")
      })
  }

  // MARK: From the world

  func call(_ id: String, tenant: String) -> CallRecord {
    if let known = calls[id] { return known }
    let record = CallRecord(id: id, number: callsEnded + calls.count + 1, tenant: tenant)
    calls[id] = record
    return record
  }

  func opened(_ call: CallRecord, _ role: Role, _ provider: String) {
    trace.mix(1, now.ns, UInt64(call.number), role.rawValue.utf8.count, provider.utf8.count)
    for invariant in invariants { invariant.opened(call, role, provider) }
  }

  func began(_ call: CallRecord, _ work: Work, _ request: vox_request) {
    trace.mix(2, now.ns, UInt64(call.number), Int(work.kind), Int(request.text.len + request.body.len))
    for invariant in invariants { invariant.began(call, work) }
  }

  func cancelled(_ call: CallRecord, _ work: Work, _ reason: Reason) {
    trace.mix(3, now.ns, UInt64(call.number), Int(work.kind), Int(reason.rawValue))
    for invariant in invariants { invariant.cancelled(call, work, reason) }
  }

  func ended(_ call: CallRecord, _ work: Work) {
    trace.mix(4, now.ns, UInt64(call.number), Int(work.kind), work.end == .completed ? 1 : 0)
  }

  func twoSpeakers(_ call: CallRecord) { for invariant in invariants { invariant.twoSpeakers(call) } }

  func heard(_ call: CallRecord, _ level: Int16) {
    trace.mix(5, 0, UInt64(call.number), Int(level), call.heard.count)
    for invariant in invariants { invariant.heard(call, level) }
  }

  func sounded(_ call: CallRecord, from: Instant, until: Instant) {
    for invariant in invariants { invariant.sounds(call, from: from) }
    call.silence.agentSounded(until: until)
  }

  func callerSounds(_ call: CallRecord, at now: Instant) {
    for invariant in invariants { invariant.sounds(call, from: now) }
    call.silence.callerSounded(at: now)
  }

  func asked(_ call: CallRecord, _ words: [Int]) { for invariant in invariants { invariant.asked(call, words) } }
  func acted(_ call: CallRecord, _ number: Int) { for invariant in invariants { invariant.acted(call, number) } }

  /// Everything that was due at this moment has been done.
  func settled() {
    if isWatched { for invariant in invariants { invariant.settled() } }
    let now = now
    guard now >= nextSecond else { return }
    nextSecond = now.advanced(byMs: 1000)
    for invariant in invariants { invariant.secondPassed() }
  }

  /// The last call has ended, and some seconds have passed.
  func over() {
    for call in calls.values.sorted(by: { $0.number < $1.number }) { for invariant in invariants { invariant.over(call) } }
    for invariant in invariants { invariant.worldOver() }
  }

  // MARK: From the engine

  func fact(_ entry: Entry) {
    facts += 1
    trace.mix(6, entry.at.ns, UInt64(facts), entry.fact.code, 0)
    guard let id = entry.subject.call?.text else {
      world.hostFacts.append(entry)
      for invariant in invariants { invariant.hostFact(entry) }
      return
    }
    let call = call(id, tenant: entry.subject.tenant ?? "")
    call.facts.append(entry)
    switch entry.fact {
    case .callAnswered:
      answeredAt[id] = now
      call.silence.answered(at: now)
    case .turnStarted(let turn): if turn.cause != .answer { call.silence.turnBegan(at: now) }
    case .turnEnded: call.silence.turnEnded()
    case .agentSaid: call.caller?.line?.settle()
    case .callEnded: call.caller?.line?.settle()
    default: break
    }
    for invariant in invariants { invariant.fact(call, entry) }
    if case .callEnded = entry.fact {
      callsEnded += 1
      if let from = answeredAt.removeValue(forKey: id) { callNs += now.ns - from.ns }
      calls[id] = nil
    }
  }
}

extension Fact {
  /// A small number for the kind, for the trace.
  fileprivate var code: Int {
    switch self {
    case .heard(let fact): 100 + fact.text.utf8.count
    case .agentSaid(let fact): 1000 + fact.text.utf8.count
    case .attempt(let fact): 2000 + fact.provider.utf8.count * 8 + fact.role.utf8.count
    case .callEnded(let fact): 3000 + fact.cause.rawValue.utf8.count
    case .turnStarted(let fact): 4000 + fact.turn
    case .turnEnded(let fact): 5000 + fact.turn * 10 + fact.outcome.rawValue.utf8.count
    case .toolCalled(let fact): 6000 + fact.outcome.rawValue.utf8.count
    case .interruption(let fact): 7000 + fact.step.rawValue.utf8.count
    case .speechStarted: 1
    case .speechEnded: 2
    default: 3
    }
  }
}

/// Takes the engine's facts for the witness.
final class Recorder: FactSink, @unchecked Sendable {
  /// It owns this; nil before it does.
  unowned(unsafe) var world: World?
  private var sequence: UInt64 = 0
  let isPressed = false

  func append(_ fact: Fact, about subject: Subject) {
    guard let world else { return }
    sequence += 1
    let now = world.clock.now
    world.witness.fact(Entry(sequence: sequence, wallMs: world.clock.wallMs, at: now, subject: subject, fact: fact))
  }
}
