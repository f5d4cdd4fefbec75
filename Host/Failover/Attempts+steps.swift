// The steps of a run: whom to start next, what an outcome means for the others, and when time is up.

import Base

extension Attempts {
  func isRunning(_ attempt: Int) -> Bool { !isOver && runs.indices.contains(attempt) && runs[attempt].phase != .over }

  private var running: [Int] { runs.indices.filter { runs[$0].phase != .over } }

  // MARK: Starting

  /// Starts the first untried candidate, else one whose second attempt is left; with nobody left the run is over.
  mutating func next(_ now: Instant, _ shared: inout SharedState) -> [Action] {
    if let action = startUntried(.regular, now, &shared) ?? startAgain(now, &shared) { return [action] }
    return exhaust()
  }

  private mutating func startUntried(_ kind: Kind, _ now: Instant, _ shared: inout SharedState) -> Action? {
    for index in rest.indices where rest[index] == .untried {
      if let permit = shared.health.admit(plan.candidates[index].account, at: now) {
        return start(index, kind, permit, now, shared.health)
      }
      rest[index] = .lastChance(isRetry: false)
    }
    return nil
  }

  /// One that was outrun first, then the first with a last chance.
  mutating func startAgain(_ now: Instant, _ shared: inout SharedState) -> Action? {
    for index in rest.indices where rest[index] == .outrun {
      if let permit = shared.health.admit(plan.candidates[index].account, at: now) {
        return start(index, .retry, permit, now, shared.health, isSecond: true)
      }
      rest[index] = .lastChance(isRetry: true)
    }
    for index in rest.indices {
      guard case .lastChance(let isRetry) = rest[index],
        let permit = shared.health.admit(plan.candidates[index].account, urgent: true, at: now)
      else { continue }
      return start(index, isRetry ? .retry : .regular, permit, now, shared.health, isSecond: true)
    }
    return nil
  }

  /// Starts the next untried one beside those that run, because what is left of the patience must do for it as well.
  mutating func rescue(_ now: Instant, _ shared: inout SharedState) -> [Action] {
    startUntried(.hedge, now, &shared).map { [$0] } ?? []
  }

  private mutating func start(
    _ index: Int, _ kind: Kind, _ permit: Health.Permit, _ now: Instant, _ health: Health, isSecond: Bool = false
  ) -> Action {
    let candidate = plan.candidates[index]
    rest[index] = .nothing
    runs.append(Run(candidate: index, permit: permit, startedAt: now, since: now, isSecond: isSecond))
    let mayHedge = !work.hasLastingEffects && winner == nil && rest.contains(.untried)
    hedgeAfterMs = mayHedge ? work.hedge.delayMs(p95Ms: health.p95Ms(of: candidate.account, at: now), candidate.deadlines) : nil
    hedgeAt = hedgeAfterMs.map { now.advanced(byMs: $0) }
    return .start(attempt: runs.count - 1, candidate: index, kind: permit.isProbe ? .probe : kind)
  }

  /// Starts the next untried candidate beside those that run, if there is one and the tenant's cap allows it.
  mutating func hedge(_ now: Instant, _ shared: inout SharedState) -> [Action] {
    hedgeAt = nil
    hedgeAfterMs = nil
    guard let index = successor(now, shared.health) else { return [] }
    let candidate = plan.candidates[index]
    guard shared.takeHedge(work.tenant, candidate.price?.cost(thousandths: work.thousandths), within: work.hedgeCap, at: now),
      let permit = shared.health.admit(candidate.account, at: now)
    else { return [] }
    return [start(index, .hedge, permit, now, shared.health)]
  }

  private func successor(_ now: Instant, _ health: Health) -> Int? {
    rest.indices.first { rest[$0] == .untried && health.admits(plan.candidates[$0].account, at: now) }
  }

  private mutating func exhaust() -> [Action] {
    isOver = true
    return [.exhausted(cause)]
  }

  // MARK: Outcomes

  mutating func firstOutput(_ attempt: Int, _ now: Instant, _ shared: inout SharedState) -> [Action] {
    runs[attempt].hasOutput = true
    runs[attempt].phase = .serving
    if work.isOpenEnded { return credit(attempt, now, &shared) + (winner == attempt ? [] : win(attempt, now, &shared)) }
    noteLatency(attempt, now, &shared)
    return win(attempt, now, &shared)
  }

  mutating func noteLatency(_ attempt: Int, _ now: Instant, _ shared: inout SharedState) {
    guard !runs[attempt].wasHeld else { return }
    shared.health.noteFirstOutput(
      plan.candidates[runs[attempt].candidate].account, ms: now.ms(since: runs[attempt].startedAt), at: now)
  }

  mutating func win(_ attempt: Int, _ now: Instant, _ shared: inout SharedState) -> [Action] {
    winner = attempt
    hedgeAt = nil
    return [.won(attempt: attempt)] + endAll(.hedgeLost, now, &shared, but: attempt)
  }

  /// Tells health that the attempt succeeded, once.
  mutating func credit(_ attempt: Int, _ now: Instant, _ shared: inout SharedState) -> [Action] {
    guard !runs[attempt].isCredited else { return [] }
    runs[attempt].isCredited = true
    let account = plan.candidates[runs[attempt].candidate].account
    return shared.health.succeeded(account, runs[attempt].permit, at: now).map(Action.changed)
  }

  /// Ends by the host's will all attempts that run, except the winner if it is given.
  mutating func endAll(_ cause: Cause, _ now: Instant, _ shared: inout SharedState, but winner: Int? = nil) -> [Action] {
    var actions: [Action] = []
    for attempt in running where attempt != winner {
      let run = runs[attempt]
      runs[attempt].phase = .over
      actions.append(.cancel(attempt: attempt, cause))
      if run.hasOutput {
        actions += credit(attempt, now, &shared)
      } else {
        // It would have taken longer still: without this only the quick ones would be remembered.
        if cause == .hedgeLost { noteLatency(attempt, now, &shared) }
        shared.health.abandoned(plan.candidates[run.candidate].account, run.permit)
        if !run.isSecond { rest[run.candidate] = .outrun }
      }
    }
    return actions
  }

  mutating func lose(_ attempt: Int, _ failure: Failure, _ now: Instant, _ shared: inout SharedState) -> [Action] {
    let run = runs[attempt]
    runs[attempt].phase = .over
    cause = failure
    var mayRepeat = failure.mayRepeat && !run.isSecond
    if winner == attempt {
      winner = nil
      overallAt = now.advanced(byMs: work.overallMs)
      if work.isOpenEnded, run.hasOutput, now >= run.startedAt.advanced(byMs: Limits.servedMs) {
        rest = [Rest](repeating: .untried, count: rest.count)
        // It has earned them for itself as well, whichever attempt it served in.
        mayRepeat = failure.mayRepeat
      }
    }
    rest[run.candidate] = mayRepeat ? .lastChance(isRetry: true) : .nothing
    var told = failure
    told.isCut = run.hasOutput
    return shared.health.failed(plan.candidates[run.candidate].account, run.permit, told, at: now).map(Action.changed)
  }

  /// What follows the loss of an attempt.
  mutating func goOn(after attempt: Int, _ failure: Failure, _ now: Instant, _ shared: inout SharedState) -> [Action] {
    if failure.errorClass == .caller {
      isOver = true
      return endAll(.withdrawn, now, &shared)
    }
    if work.hasLastingEffects, failure.effects != .none {
      // Elsewhere the same thing would be done twice; here the key prevents it, if the provider heeds it.
      for index in rest.indices where index != runs[attempt].candidate || !plan.candidates[index].honoursKeys { rest[index] = .nothing }
    }
    return running.isEmpty ? next(now, &shared) : []
  }

  // MARK: Time

  /// The next moment at which the attempt, left alone, counts as lost.
  func due(_ attempt: Int) -> Instant {
    let run = runs[attempt]
    let deadlines = plan.candidates[run.candidate].deadlines
    if run.isHeld { return .never }
    switch run.phase {
    case .over: return .never
    case .connecting: return run.isLast ? .never : run.since.advanced(byMs: deadlines.connectMs)
    case .waiting: return run.isLast ? .never : run.since.advanced(byMs: deadlines.firstOutputMs)
    case .serving where work.isOpenEnded: return .never
    case .serving: return run.since.advanced(byMs: run.isLast ? work.overallMs : deadlines.stallMs)
    }
  }

  /// When the work as a whole has waited long enough.
  var giveUpAt: Instant { winner == nil && !runs.contains { $0.phase != .over && $0.isHeld } ? overallAt : .never }

  /// When the next untried one no longer waits for those that run, whatever the policy of hedging: with the last part of the patience,
  /// and no sooner than half of what the newest attempt was left with.
  var rescueAt: Instant {
    guard giveUpAt != .never, !work.hasLastingEffects, rest.contains(.untried), let newest = runs.last?.startedAt else { return .never }
    let half = newest.advanced(byNs: Int64(clamping: giveUpAt.ns - min(newest.ns, giveUpAt.ns)) / 2)
    return max(giveUpAt.advanced(byMs: -Limits.rescueMs), half)
  }

  /// A late attempt is waited for when nobody could take its place.
  func mayWait(_ attempt: Int, _ now: Instant, _ health: Health) -> Bool {
    let run = runs[attempt]
    guard !run.isLast, running == [attempt] else { return false }
    guard !work.hasLastingEffects else { return true }
    return !rest.indices.contains {
      (rest[$0] == .untried || rest[$0] == .outrun) && health.admits(plan.candidates[$0].account, at: now)
    }
  }

  /// It is late, and nobody could take its place; but somebody who failed before may do better now.
  mutating func wait(_ attempt: Int, _ now: Instant, _ shared: inout SharedState) -> [Action] {
    runs[attempt].isLast = true
    guard winner == nil, !work.hasLastingEffects else { return [] }
    return startAgain(now, &shared).map { [$0] } ?? []
  }

  mutating func miss(_ attempt: Int, _ now: Instant, _ shared: inout SharedState) -> [Action] {
    let failure = runs[attempt].phase == .connecting ? Failure.unreached : .silent
    let changes = lose(attempt, failure, now, &shared)
    return [.cancel(attempt: attempt, .deadline(failure))] + changes + goOn(after: attempt, failure, now, &shared)
  }

  /// Nothing came from anybody in time.
  mutating func giveUp(_ now: Instant, _ shared: inout SharedState) -> [Action] {
    var actions: [Action] = []
    for attempt in running where now >= due(attempt) || runs[attempt].isLast {
      let failure = runs[attempt].phase == .connecting ? Failure.unreached : .silent
      actions += [.cancel(attempt: attempt, .deadline(failure))] + lose(attempt, failure, now, &shared)
    }
    actions += endAll(.overall, now, &shared)
    if cause == nil { cause = .silent }
    return actions + exhaust()
  }
}
