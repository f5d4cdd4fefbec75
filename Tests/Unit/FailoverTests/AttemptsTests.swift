// A piece of work on its way down a chain, event by event.

import Base
import Failover
import Testing

/// A run with its shared state; every event is told by the millisecond and answers the steps without news about health.
private final class Bench {
  var run: Attempts
  var state: SharedState

  init(
    _ plan: ChainPlan, hedge: Hedge = .off, cap: SpendCap = SpendCap(), openEnded: Bool = false, lasting: Bool = false,
    overallMs: Int = 2500, state: SharedState = shared()
  ) {
    let work = Work(
      tenant: "t", isOpenEnded: openEnded, hasLastingEffects: lasting, overallMs: overallMs, hedge: hedge, hedgeCap: cap)
    run = Attempts(work, plan)
    self.state = state
  }

  func begin(_ ms: Int = 0) -> [Attempts.Action] { run.begin(at: at(ms), &state).steps }
  func ready(_ attempt: Int, _ ms: Int) -> [Attempts.Action] { run.ready(attempt, at: at(ms), &state).steps }
  func output(_ attempt: Int, _ ms: Int) -> [Attempts.Action] { run.output(attempt, at: at(ms), &state).steps }
  func done(_ attempt: Int, _ ms: Int, isEmpty: Bool = false) -> [Attempts.Action] {
    run.completed(attempt, isEmpty: isEmpty, at: at(ms), &state).steps
  }
  func fail(_ attempt: Int, _ failure: Failure, _ ms: Int) -> [Attempts.Action] {
    run.failed(attempt, failure, at: at(ms), &state).steps
  }
  func tick(_ ms: Int) -> [Attempts.Action] { run.tick(at: at(ms), &state).steps }
  func cancel(_ ms: Int) -> [Attempts.Action] { run.cancel(at: at(ms), &state).steps }
  func hold(_ attempt: Int, _ isHeld: Bool, _ ms: Int) { run.hold(attempt, isHeld, at: at(ms)) }
  var dueMs: Double { run.nextDue.ms(since: at(0)) }
}

private func start(_ attempt: Int, _ candidate: Int, _ kind: Attempts.Kind = .regular) -> Attempts.Action {
  .start(attempt: attempt, candidate: candidate, kind: kind)
}

@Suite struct AttemptsTests {
  /// A provider that does its work is the only one that is ever started.
  @Test func plain() {
    let bench = Bench(plan("a", "b"))
    #expect(bench.begin() == [start(0, 0)])
    #expect(bench.ready(0, 10) == [])
    #expect(bench.output(0, 100) == [.won(attempt: 0)])
    #expect(bench.output(0, 200) == [])
    #expect(bench.done(0, 300) == [.finished(attempt: 0)])
    #expect(bench.run.isOver && bench.run.nextDue == .never && bench.run.winner == 0)
    #expect(bench.fail(0, unavailable, 400) == [] && bench.tick(99_999) == [] && bench.begin(500) == [])
  }

  /// A refusal starts the next at once, and the next call does not try the first at all.
  @Test func refused() {
    let bench = Bench(plan("a", "b"))
    _ = bench.begin()
    #expect(bench.fail(0, unavailable, 5) == [start(1, 1)])
    let second = Bench(plan("a", "b"), state: bench.state)
    #expect(second.begin(100) == [start(0, 1)])
  }

  /// Each deadline is the host's: connect, first output and stall, each counted from its own beginning.
  @Test func deadlines() {
    let unreached = Bench(plan("a", "b"))
    _ = unreached.begin()
    #expect(unreached.dueMs == 1000 && unreached.tick(999) == [])
    #expect(unreached.tick(1000) == [.cancel(attempt: 0, .deadline(.unreached)), start(1, 1)])
    let silent = Bench(plan("a", "b"))
    _ = silent.begin()
    _ = silent.ready(0, 300)
    #expect(silent.dueMs == 1100)
    #expect(silent.tick(1100) == [.cancel(attempt: 0, .deadline(.silent)), start(1, 1)])
    let stalled = Bench(plan("a", "b"))
    _ = stalled.begin()
    _ = stalled.ready(0, 0)
    _ = stalled.output(0, 100)
    _ = stalled.output(0, 500)
    #expect(stalled.dueMs == 1000)
    #expect(stalled.tick(1000) == [.cancel(attempt: 0, .deadline(.silent)), start(1, 1)])
    #expect(stalled.output(0, 1001) == [] && stalled.run.winner == nil)
  }

  /// While the host itself holds a provider back, its silence is not held against it.
  @Test func held() {
    let bench = Bench(plan("a", "b"))
    _ = bench.begin()
    _ = bench.ready(0, 0)
    _ = bench.output(0, 100)
    bench.hold(0, true, 200)
    #expect(bench.run.nextDue == .never && bench.tick(60_000) == [])
    bench.hold(0, false, 70_000)
    #expect(bench.dueMs == 70_500)
  }

  /// Whoever is the last is waited for beyond its deadline, since nobody could take its place; then the last resort is due.
  @Test func lastOne() {
    let bench = Bench(plan("a"))
    _ = bench.begin()
    _ = bench.ready(0, 0)
    #expect(bench.tick(800) == [] && bench.dueMs == 2500)
    #expect(bench.tick(2500) == [.cancel(attempt: 0, .deadline(.silent)), .exhausted(.silent)])
    let late = Bench(plan("a"))
    _ = late.begin()
    _ = late.ready(0, 0)
    _ = late.tick(800)
    #expect(late.output(0, 2400) == [.won(attempt: 0)])
    #expect(late.dueMs == 2900)
  }

  /// All of a chain dead: each is tried, each once more where that may help, and within the overall time the last resort is due.
  @Test func allDown() {
    let bench = Bench(plan("a", "b"))
    _ = bench.begin()
    #expect(bench.fail(0, unavailable, 10) == [start(1, 1)])
    #expect(bench.fail(1, auth, 20) == [start(2, 0, .probe)])
    #expect(bench.fail(2, unavailable, 30) == [.exhausted(unavailable)])
    #expect(bench.run.isOver)
    let holes = Bench(plan("a", "b", "c"))
    _ = holes.begin()
    #expect(holes.tick(1000).last == start(1, 1))
    #expect(holes.tick(1750) == [start(2, 2, .hedge)])
    #expect(holes.tick(2000) == [.cancel(attempt: 1, .deadline(.unreached))])
    #expect(holes.tick(2500) == [.cancel(attempt: 2, .overall), .exhausted(.unreached)])
  }

  /// In the last 0.8 s of the patience the untried wait for nobody, hedging or not: each has half of what was left before it.
  @Test func rescue() {
    let slow = Deadlines(connectMs: 1000, firstOutputMs: 5000, stallMs: 500)
    let three = ChainPlan((0..<3).map { candidate($0, "p\($0)", deadlines: slow) })
    let bench = Bench(three, overallMs: 5000)
    _ = bench.begin()
    _ = bench.ready(0, 0)
    #expect(bench.dueMs == 4200 && bench.tick(4199) == [])
    #expect(bench.tick(4200) == [start(1, 1, .hedge)])
    _ = bench.ready(1, 4300)
    #expect(bench.dueMs == 4600 && bench.tick(4600) == [start(2, 2, .hedge)])
    #expect(bench.output(1, 4700) == [.won(attempt: 1), .cancel(attempt: 0, .hedgeLost), .cancel(attempt: 2, .hedgeLost)])
  }

  /// Work that has lasting effects is given to nobody beside another, and who is out of service is not asked for the sake of haste.
  @Test func noRescue() {
    let slow = Deadlines(connectMs: 1000, firstOutputMs: 5000, stallMs: 500)
    let two = ChainPlan((0..<2).map { candidate($0, "p\($0)", deadlines: slow) })
    let lasting = Bench(two, lasting: true, overallMs: 5000)
    _ = lasting.begin()
    _ = lasting.ready(0, 0)
    #expect(lasting.tick(4999) == [])
    let gone = Bench(plan("p1"))
    _ = gone.begin()
    _ = gone.fail(0, unavailable, 0)
    let alone = Bench(two, overallMs: 5000, state: gone.state)
    _ = alone.begin(10)
    _ = alone.ready(0, 10)
    #expect(alone.tick(4210) == [] && alone.dueMs == 5010)
  }

  /// While the last one is waited for beyond its deadline, who failed before is tried once more beside it, and may be quicker.
  @Test func spareBesideTheLast() {
    let bench = Bench(plan("a", "b"))
    _ = bench.begin()
    #expect(bench.fail(0, Failure(.internal), 10) == [start(1, 1)])
    #expect(bench.tick(1010) == [start(2, 0, .probe)])
    _ = bench.ready(2, 1020)
    #expect(bench.output(2, 1100) == [.won(attempt: 2), .cancel(attempt: 1, .hedgeLost)])
  }

  /// A chain that rules and availability have emptied is exhausted at once.
  @Test func nobody() {
    let bench = Bench(ChainPlan([candidate(0, "a", availability: .missing)]))
    #expect(bench.begin() == [.exhausted(nil)])
  }

  /// The same failure that another request would meet again is not met again.
  @Test func noVainRetry() {
    for errorClass in [Problem.Class.auth, .quota, .invalid, .refused] {
      let bench = Bench(plan("a"))
      _ = bench.begin()
      #expect(bench.fail(0, Failure(errorClass), 5) == [.exhausted(Failure(errorClass))])
    }
  }

  /// When the caller is gone nobody is started any more, and no last resort is due.
  @Test func callerGone() {
    let bench = Bench(plan("a", "b"))
    _ = bench.begin()
    #expect(bench.fail(0, Failure(.caller), 5) == [])
    #expect(bench.run.isOver)
  }

  /// The winner dies in the middle: the rest goes to the next, with a new span of patience.
  @Test func cutInTheMiddle() {
    let bench = Bench(plan("a", "b"))
    _ = bench.begin()
    _ = bench.ready(0, 0)
    _ = bench.output(0, 100)
    _ = bench.output(0, 9800)
    #expect(bench.fail(0, unavailable, 10_000) == [start(1, 1)])
    #expect(bench.run.winner == nil)
    _ = bench.ready(1, 10_000)
    #expect(bench.output(1, 10_150) == [.won(attempt: 1)])
    #expect(bench.done(1, 11_000) == [.finished(attempt: 1)])
  }

  /// One cut among calls that are served well leaves the provider to the others; on a quiet host it is all there is to go by.
  @Test func oneCutIsNotAnOutage() {
    var state = shared()
    let account = plan("a").candidates[0].account
    if let permit = state.health.admit(account, at: at(0)) { _ = state.health.succeeded(account, permit, at: at(0)) }
    let bench = Bench(plan("a", "b"), state: state)
    _ = bench.begin()
    _ = bench.output(0, 100)
    _ = bench.fail(0, unavailable, 200)
    #expect(bench.state.health.admits(account, at: at(201)))
    let quiet = Bench(plan("a", "b"))
    _ = quiet.begin()
    _ = quiet.output(0, 100)
    _ = quiet.fail(0, unavailable, 200)
    #expect(!quiet.state.health.admits(account, at: at(201)))
  }

  /// Nothing at all for something asked is a failure; the result of a tool is an output of its own.
  @Test func emptyOutput() {
    let bench = Bench(plan("a", "b"))
    _ = bench.begin()
    #expect(bench.done(0, 50, isEmpty: true) == [start(1, 1)])
    #expect(bench.done(1, 90) == [.won(attempt: 1), .finished(attempt: 1)])
  }

  /// A hedge starts when the first is late; the first useful output wins and the other is cancelled, whichever it is.
  @Test(arguments: [0, 1])
  func hedged(winner: Int) {
    let bench = Bench(plan("a", "b"), hedge: .fixedMs(200))
    _ = bench.begin()
    _ = bench.ready(0, 0)
    #expect(bench.dueMs == 200)
    #expect(bench.tick(200) == [start(1, 1, .hedge)])
    #expect(bench.output(winner, 300) == [.won(attempt: winner), .cancel(attempt: 1 - winner, .hedgeLost)])
    #expect(bench.output(1 - winner, 301) == [] && bench.run.winner == winner)
  }

  /// A primary that fails while its hedge runs leaves the work to the hedge; nobody is started for it.
  @Test func hedgeTakesOver() {
    let bench = Bench(plan("a", "b", "c"), hedge: .fixedMs(200))
    _ = bench.begin()
    _ = bench.tick(200)
    #expect(bench.fail(0, unavailable, 250) == [])
    #expect(bench.tick(400) == [start(2, 2, .hedge)])
  }

  /// A loser was late, not wrong: should the winner fail in the middle, it gets its second attempt.
  @Test func loserReturns() {
    let bench = Bench(plan("a", "b"), hedge: .fixedMs(200))
    _ = bench.begin()
    _ = bench.tick(200)
    _ = bench.output(1, 300)
    #expect(bench.fail(1, auth, 400) == [start(2, 0, .retry)])
  }

  /// It gets it before a winner that failed, though that one comes first in the chain and may be repeated.
  @Test func loserReturnsFirst() {
    let bench = Bench(plan("a", "b"), hedge: .fixedMs(200))
    _ = bench.begin()
    _ = bench.tick(200)
    _ = bench.output(0, 300)
    #expect(bench.fail(0, unavailable, 400) == [start(2, 1, .retry)])
  }

  /// The hedge follows the account's own recent 95th percentile; until it is known, seven tenths of the deadline stand for it.
  @Test func hedgedByPercentile() {
    var state = shared()
    let account = plan("a").candidates[0].account
    let fresh = Bench(plan("a", "b"), hedge: .p95)
    _ = fresh.begin()
    #expect(fresh.dueMs == 560)
    if let permit = state.health.admit(account, at: at(0)) { state.health.abandoned(account, permit) }
    for _ in 0..<20 { state.health.noteFirstOutput(account, ms: 150, at: at(0)) }
    let known = Bench(plan("a", "b"), hedge: .p95, state: state)
    _ = known.begin()
    #expect(known.dueMs == 150)
  }

  /// What waited for its turn behind another piece of the same voice tells nothing of how soon the account gives its first output.
  @Test(arguments: [true, false])
  func heldIsNotTimed(_ isHeld: Bool) {
    var state = shared()
    let account = plan("a").candidates[0].account
    for _ in 0..<8 {
      let bench = Bench(plan("a", "b"), state: state)
      _ = bench.begin()
      if isHeld { bench.hold(0, true, 0) }
      _ = bench.ready(0, 0)
      _ = bench.output(0, 320)
      _ = bench.done(0, 400)
      state = bench.state
    }
    #expect(state.health.p95Ms(of: account, at: at(400)) == (isHeld ? nil : 320))
  }

  /// Beyond the tenant's cap the work goes on without hedges; with no one to hedge with there is none either.
  @Test func hedgeCap() {
    let bench = Bench(plan("a", "b"), hedge: .fixedMs(200), cap: SpendCap(perHour: 0))
    _ = bench.begin()
    #expect(bench.tick(200) == [] && bench.dueMs == 1000)
    let alone = Bench(plan("a"), hedge: .fixedMs(200))
    _ = alone.begin()
    #expect(alone.dueMs == 1000)
  }

  /// A tool that may have acted is not asked of another provider, and of the same one only with a key that it honours.
  @Test func lastingEffects() {
    let maybe = Failure(.unavailable, effects: .maybe)
    let plain = Bench(plan("a", "b"), hedge: .fixedMs(100), lasting: true)
    #expect(plain.begin() == [start(0, 0)])
    #expect(plain.tick(100) == [])
    #expect(plain.fail(0, maybe, 200) == [.exhausted(maybe)])
    let keyed = Bench(ChainPlan([candidate(0, "a", honoursKeys: true), candidate(1, "b", honoursKeys: true)]), lasting: true)
    _ = keyed.begin()
    #expect(keyed.fail(0, maybe, 200) == [start(1, 0, .probe)])
    #expect(keyed.fail(1, maybe, 300) == [.exhausted(maybe)])
    let untouched = Bench(plan("a", "b"), lasting: true)
    _ = untouched.begin()
    #expect(untouched.fail(0, unavailable, 200) == [start(1, 1)])
  }

  /// A listening is won by being ready and then watched by others; long service earns whoever follows a full chain.
  @Test func listening() {
    let bench = Bench(plan("a", "b"), openEnded: true)
    _ = bench.begin()
    #expect(bench.ready(0, 100) == [.won(attempt: 0)])
    #expect(bench.run.nextDue == .never)
    _ = bench.output(0, 500)
    #expect(bench.fail(0, .silent, 5000) == [start(1, 1)])
    _ = bench.ready(1, 5100)
    _ = bench.output(1, 6000)
    #expect(bench.fail(1, Failure(.internal), 600_000) == [start(2, 0)])
    _ = bench.ready(2, 600_100)
    #expect(bench.fail(2, unavailable, 600_200) == [start(3, 0, .probe)])
    #expect(bench.fail(3, unavailable, 600_300) == [start(4, 1, .probe)])
    #expect(bench.fail(4, unavailable, 600_400) == [.exhausted(unavailable)])
  }

  /// Long service earns new attempts for whoever served as well, though it was in its own second attempt.
  @Test func secondAttemptThatServed() {
    let bench = Bench(plan("a", "b"), openEnded: true)
    _ = bench.begin()
    #expect(bench.fail(0, Failure(.internal), 10) == [start(1, 1)])
    #expect(bench.fail(1, Failure(.internal), 20) == [start(2, 0, .probe)])
    _ = bench.ready(2, 100)
    _ = bench.output(2, 500)
    #expect(bench.fail(2, .silent, 60_000) == [start(3, 1, .probe)])
    #expect(bench.fail(3, Failure(.internal), 60_100) == [start(4, 0, .probe)])
  }

  /// A listening that ends without a word after a while heard a silent caller; one that ends at once is of no use.
  @Test func silentCaller() {
    let lasting = Bench(plan("a", "b"), openEnded: true)
    _ = lasting.begin()
    _ = lasting.ready(0, 100)
    #expect(lasting.done(0, 20_000, isEmpty: true) == [.finished(attempt: 0)])
    let useless = Bench(plan("a", "b"), openEnded: true)
    _ = useless.begin()
    _ = useless.ready(0, 100)
    #expect(useless.done(0, 200, isEmpty: true) == [start(1, 1)])
  }

  /// Barge-in ends everything that runs, and what had spoken counts as having served.
  @Test func withdrawn() {
    let bench = Bench(plan("a", "b"), hedge: .fixedMs(200))
    _ = bench.begin()
    _ = bench.tick(200)
    #expect(bench.cancel(250) == [.cancel(attempt: 0, .withdrawn), .cancel(attempt: 1, .withdrawn)])
    #expect(bench.run.isOver && bench.cancel(260) == [])
    for candidate in bench.run.plan.candidates { #expect(bench.state.health.admits(candidate.account, at: at(261))) }
  }

  /// A half-open account is given one piece of work as its probe, and its success brings it back for all.
  @Test func probe() {
    let first = Bench(plan("a", "b"))
    _ = first.begin()
    _ = first.fail(0, unavailable, 0)
    let second = Bench(plan("a", "b"), state: first.state)
    #expect(second.begin(6000) == [start(0, 0, .probe)])
    let third = Bench(plan("a", "b"), state: second.state)
    #expect(third.begin(6001) == [start(0, 1)])
    second.state = third.state
    _ = second.output(0, 6100)
    let changes = second.run.completed(0, at: at(6200), &second.state).changes
    #expect(changes.map(\.kind) == [.recovered])
  }
}
