// A seeded world of tenants, providers and faults around the machines of failover, on virtual time.

import Base
import Failover

/// Three tenants with chains of their own work against four providers that fail in every way, some of them at once. Every event is
/// judged by the referee; the same seed gives the same run.
struct World {
  /// A machine broken on purpose, to show that the referee would notice.
  enum Mutant: CaseIterable {
    case breakerNeverHalfOpens
    case oneTenantsKeyEjectsAll
    case forbiddenBackupUsed
    case hedgeLoserNotCancelled
    case toolCalledTwice
    case quarantineForgotten
    case deadlineForgotten
    case breakerIgnored
  }

  private enum Mood: CaseIterable { case well, slow, refuses, silent, cuts, empties, limits, out, faults }
  private enum Happening { case ready, output, done, empty, fails(Failure) }
  private struct Event {
    let at: Instant
    let run: Int
    let attempt: Int
    let what: Happening
  }
  private struct Job {
    var run: Attempts
    let tenant: String
    var withdrawAt: Instant
  }

  private var random: Random
  private let mutant: Mutant?
  private(set) var now = at(0)
  private(set) var referee = Referee()
  private var state: SharedState
  private var moods = [Mood](repeating: .well, count: 4)
  private var moodAt = at(0)
  private var jobs: [Int: Job] = [:]
  private var events: [Event] = []
  private var nextJob = 0
  /// Positions that served, since the world is at peace.
  private(set) var served: [Int] = []
  /// Ticks after which another one was due at once.
  private(set) var stuck = 0

  init(seed: UInt64, mutant: Mutant? = nil) {
    random = Random(seed: seed)
    self.mutant = mutant
    var settings = Breaker.Settings()
    if mutant == .breakerNeverHalfOpens {
      settings.backOffMs = 1_000_000_000
      settings.maxBackOffMs = 1_000_000_000
    }
    state = SharedState(settings, random: Random(seed: seed ^ 0xFA11))
  }

  private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  // MARK: Running

  /// Runs faults for a while, then peace, and asks whether everybody is back.
  mutating func run(faultsMs: Int, peaceMs: Int) {
    let faultsEnd = now.advanced(byMs: faultsMs)
    while now < faultsEnd { step() }
    moods = [Mood](repeating: .well, count: 4)
    moodAt = .never
    let peaceEnd = now.advanced(byMs: peaceMs)
    while now < peaceEnd { step() }
    served = []
    for _ in 0..<300 { step() }
  }

  private mutating func step() {
    if now >= moodAt, moodAt != .never {
      moods[Int.random(in: 0..<4, using: &random)] = Mood.allCases.randomElement(using: &random) ?? .well
      moodAt = now.advanced(byMs: Int.random(in: 200...20_000, using: &random))
    }
    if jobs.count < 6 { begin() }
    let due = jobs.map { min($0.value.run.nextDue, $0.value.withdrawAt) }.min() ?? .never
    let event = events.indices.min { (events[$0].at, $0) < (events[$1].at, $1) }
    let at = min(due, event.map { events[$0].at } ?? .never, now.advanced(byMs: Int.random(in: 1...400, using: &random)))
    now = max(now.advanced(byMs: 1), at)
    if let event, events[event].at <= now { happen(events.remove(at: event)) }
    for id in jobs.keys.sorted() {
      if let job = jobs[id], job.withdrawAt <= now {
        act(id) { $0.cancel(at: $1, &$2) }
        referee.isGone(id)
        jobs[id] = nil
      } else if let due = jobs[id]?.run.nextDue, due.advanced(byMs: mutant == .deadlineForgotten ? 4000 : 0) <= now {
        act(id) { $0.tick(at: $1, &$2) }
        if let due = jobs[id]?.run.nextDue, due <= now { stuck += 1 }
      }
    }
  }

  private mutating func begin() {
    let tenant = ["a", "b", "c"][Int.random(in: 0..<3, using: &random)]
    let rules = tenant == "c" ? Rules(regions: ["eu"]) : Rules()
    let lasting = chance(20)
    let chain = (0..<4).map { index in
      // Tenant b brings its own key to the first provider; the third is in another region; the fourth is in quarantine now and then.
      Candidate(
        position: index,
        account: Account(provider: "p\(index)", key: tenant == "b" && index == 0 ? "p0/b" : "p\(index)", isProbed: false),
        deadlines: Deadlines(connectMs: 500, firstOutputMs: 400, stallMs: 300),
        availability: index == 3 && nextJob % 7 == 0 ? .quarantined("crashed") : .available, regions: [index == 2 ? "us" : "eu"],
        honoursKeys: index == 0)
    }
    let work = Work(
      tenant: tenant, isOpenEnded: !lasting && chance(15), hasLastingEffects: lasting, overallMs: 1500,
      hedge: [.off, .p95, .fixedMs(150)][Int.random(in: 0..<3, using: &random)], hedgeCap: SpendCap(perHour: 1000))
    var open = chain
    if mutant == .quarantineForgotten { for index in open.indices { open[index].availability = .available } }
    let plan = ChainPlan(open, mutant == .forbiddenBackupUsed ? Rules() : rules)
    let id = nextJob
    nextJob += 1
    referee.begins(id, tenant: tenant, chain: chain, rules, work, plan, at: now)
    let withdrawAt = work.isOpenEnded || chance(10) ? now.advanced(byMs: Int.random(in: 1...8000, using: &random)) : .never
    jobs[id] = Job(run: Attempts(work, plan), tenant: tenant, withdrawAt: withdrawAt)
    act(id) { $0.begin(at: $1, &$2) }
  }

  // MARK: Events

  private mutating func happen(_ event: Event) {
    guard jobs[event.run] != nil else { return }
    let attempt = event.attempt
    switch event.what {
    case .ready: act(event.run) { $0.ready(attempt, at: $1, &$2) }
    case .output: act(event.run) { $0.output(attempt, at: $1, &$2) }
    case .done, .empty:
      var isEmpty = false
      if case .empty = event.what { isEmpty = true }
      referee.ends(event.run, attempt, isEmpty ? .empty : nil, at: now)
      act(event.run) { [isEmpty] in $0.completed(attempt, isEmpty: isEmpty, at: $1, &$2) }
    case .fails(var failure):
      referee.ends(event.run, attempt, failure, at: now)
      if mutant == .oneTenantsKeyEjectsAll, failure.errorClass == .auth { failure = Failure(.unavailable, scope: .provider) }
      if mutant == .toolCalledTwice { failure.effects = .none }
      act(event.run) { [failure] in $0.failed(attempt, failure, at: $1, &$2) }
    }
  }

  private mutating func act(_ id: Int, _ event: (inout Attempts, Instant, inout SharedState) -> [Attempts.Action]) {
    guard var job = jobs[id] else { return }
    var actions = event(&job.run, now, &state)
    jobs[id] = job
    if mutant == .breakerIgnored, !actions.changes.isEmpty { state.health = Health(random: random) }
    if mutant == .hedgeLoserNotCancelled {
      actions.removeAll {
        if case .cancel(_, .hedgeLost) = $0 { true } else { false }
      }
    }
    referee.sees(id, actions, at: now)
    for action in actions {
      switch action {
      case .start(let attempt, let index, _): play(id, attempt, job.run.plan.candidates[index])
      case .cancel(let attempt, _): events.removeAll { $0.run == id && $0.attempt == attempt }
      case .finished(let attempt):
        served.append(job.run.candidate(of: attempt)?.position ?? -1)
        jobs[id] = nil
      case .exhausted: jobs[id] = nil
      case .won, .changed: continue
      }
    }
  }

  /// What the provider will do with the attempt, by its present mood.
  private mutating func play(_ run: Int, _ attempt: Int, _ candidate: Candidate) {
    let mood = moods[candidate.position]
    var time = now
    func later(_ range: ClosedRange<Int>, _ random: inout Random) -> Instant { time.advanced(byMs: Int.random(in: range, using: &random)) }
    func add(_ what: Happening) { events.append(Event(at: time, run: run, attempt: attempt, what: what)) }
    if candidate.account.key == "p0/b", moods[0] != .well {
      time = later(1...50, &random)
      return add(.fails(Failure(.auth, scope: .provider)))
    }
    time = later(0...30, &random)
    switch mood {
    case .refuses: return add(.fails(unavailable))
    case .limits: return add(.fails(Failure(.rate, scope: .account, retryAfterMs: Int.random(in: 100...20_000, using: &random))))
    case .out: return add(.fails(Failure(.unavailable, scope: .provider)))
    case .faults:
      return add(
        .fails(Failure(Problem.Class.allCases.filter { $0 != .caller }.randomElement(using: &random) ?? .internal, effects: .maybe)))
    default: add(.ready)
    }
    if mood == .silent { return }
    time = later(mood == .slow ? 200...2000 : 20...200, &random)
    if mood == .empties { return add(.empty) }
    for _ in 0..<Int.random(in: 1...5, using: &random) {
      add(.output)
      time = later(10...200, &random)
    }
    if mood == .cuts { return add(.fails(Failure(.unavailable, effects: .maybe))) }
    add(.done)
  }
}
