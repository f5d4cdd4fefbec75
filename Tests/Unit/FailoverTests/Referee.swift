// The laws of failover, checked from outside: it sees what was asked, what was done and what became of it, and none of the machines' state.

import Base
import Failover

/// Follows every action of every run on one host. Each breach of a law is a sentence in `breaches`.
struct Referee {
  private struct Run {
    let tenant: String
    let chain: [Candidate]
    let rules: Rules
    let work: Work
    let plan: ChainPlan
    let beganAt: Instant
    var running: [Int: Int] = [:]
    var starts: [Int: Int] = [:]
    var kinds: [Int: Attempts.Kind] = [:]
    var mayHaveActed = false
    var winner: Int?
    /// The start, or the loss of the last winner: patience is counted from there.
    var patienceFrom: Instant
  }

  private(set) var breaches: [String] = []
  /// Those that are not over.
  private var runs: [Int: Run] = [:]
  private var over: Set<Int> = []
  /// Who is out of service, and from when on a probe may run, by `account key` or `provider:` and its name.
  private var ejected: [String: Instant] = [:]
  /// What really happened just before the actions that are judged.
  private var lastFailure: Failure?
  private(set) var starts = 0
  private(set) var probes = 0
  private(set) var hedges = 0
  private(set) var exhausted = 0

  mutating func begins(_ run: Int, tenant: String, chain: [Candidate], _ rules: Rules, _ work: Work, _ plan: ChainPlan, at now: Instant) {
    runs[run] = Run(tenant: tenant, chain: chain, rules: rules, work: work, plan: plan, beganAt: now, patienceFrom: now)
  }

  /// What the world did to an attempt, before the machine is told.
  mutating func ends(_ run: Int, _ attempt: Int, _ failure: Failure?, at now: Instant) {
    guard runs[run]?.running.removeValue(forKey: attempt) != nil else { return breach("an attempt ended that did not run") }
    guard let failure else { return }
    if failure.effects != .none { runs[run]?.mayHaveActed = true }
    lost(run, attempt, now)
    lastFailure = failure
  }

  mutating func sees(_ run: Int, _ actions: [Attempts.Action], at now: Instant) {
    if over.contains(run), !actions.isEmpty { breach("actions after the end: \(actions)") }
    for action in actions {
      switch action {
      case .start(let attempt, let index, let kind): started(run, attempt, index, kind, now)
      case .cancel(let attempt, let cause):
        if runs[run]?.running.removeValue(forKey: attempt) == nil { breach("cancelled what did not run") }
        if case .deadline(let failure) = cause, failure.effects != .none { runs[run]?.mayHaveActed = true }
        lost(run, attempt, now)
      case .won(let attempt):
        runs[run]?.winner = attempt
        if runs[run]?.running[attempt] == nil, !actions.contains(.finished(attempt: attempt)) { breach("won without running") }
      case .finished: isGone(run)
      case .exhausted: isExhausted(run, now)
      case .changed(let change): changed(change, now)
      }
    }
    let winners = actions.compactMap { if case .won(let attempt) = $0 { attempt } else { nil } }
    if let winner = winners.first, runs[run]?.running.keys.contains(where: { $0 != winner }) == true {
      breach("a hedge that lost still runs")
    }
    lastFailure = nil
  }

  private mutating func lost(_ run: Int, _ attempt: Int, _ now: Instant) {
    guard runs[run]?.winner == attempt else { return }
    runs[run]?.winner = nil
    runs[run]?.patienceFrom = now
  }

  /// The run is over: done, given up, or withdrawn.
  mutating func isGone(_ run: Int) {
    if runs[run]?.running.isEmpty == false { breach("a run is over and attempts of it run") }
    runs[run] = nil
    over.insert(run)
  }

  private mutating func started(_ id: Int, _ attempt: Int, _ index: Int, _ kind: Attempts.Kind, _ now: Instant) {
    starts += 1
    guard var run = runs[id], run.plan.candidates.indices.contains(index) else { return breach("I8: outside the chain") }
    let candidate = run.plan.candidates[index]
    let account = candidate.account
    if !run.chain.contains(candidate) { breach("I8: not a member of the tenant's chain") }
    if account.key.contains("/"), !account.key.hasSuffix("/" + run.tenant) { breach("I8: another tenant's key") }
    if let reason = run.rules.breach(of: candidate) { breach("I8: a forbidden provider is tried: \(reason)") }
    if candidate.availability != .available { breach("I11: a provider out of service is tried") }
    let names = [account.key, "provider:" + account.provider]
    if kind == .probe {
      probes += 1
      // A probe may be that of the provider with any account, so it is counted by whoever is ejected.
      for name in names where ejected[name] != nil {
        let others = runs.values.reduce(0) { count, run in
          count
            + run.running.count { attempt, index in
              let other = run.plan.candidates[index].account
              return run.kinds[attempt] == .probe && (other.key == name || "provider:" + other.provider == name)
            }
        }
        if others > 0 { breach("I9: a second probe of \(name)") }
      }
      if !names.contains(where: { ejected[$0] != nil }) { breach("I9: a probe of nobody who is out") }
    } else if names.contains(where: { ejected[$0] != nil }) {
      breach("I9: regular traffic to \(account.key), which is out")
    }
    if kind == .hedge { hedges += 1 }
    if run.work.hasLastingEffects, run.mayHaveActed, !candidate.honoursKeys || run.starts[index] == nil {
      breach("I6: work that may have taken effect is done again")
    }
    run.running[attempt] = index
    run.kinds[attempt] = kind
    run.starts[index, default: 0] += 1
    if !run.work.isOpenEnded, (run.starts[index] ?? 0) > 2 { breach("I10: a third attempt of one candidate") }
    runs[id] = run
  }

  private mutating func isExhausted(_ id: Int, _ now: Instant) {
    exhausted += 1
    guard let run = runs[id] else { return }
    isGone(id)
    if now > run.patienceFrom.advanced(byMs: run.work.overallMs + 5) { breach("I10: the last resort is late") }
    if run.mayHaveActed, run.work.hasLastingEffects { return }
    if now >= run.beganAt.advanced(byMs: run.work.overallMs) { return }
    for (index, candidate) in run.plan.candidates.enumerated() where run.starts[index] == nil {
      let names = [candidate.account.key, "provider:" + candidate.account.provider]
      if !names.contains(where: { ejected[$0] != nil }) { breach("I1: given up while \(candidate.account.key) is well and untried") }
    }
  }

  private mutating func changed(_ change: Health.Change, _ now: Instant) {
    let name = change.reach == .provider ? "provider:" + change.account.provider : change.account.key
    switch change.kind {
    case .recovered:
      ejected[name] = nil
      settleProbes(of: name)
    case .ejected(let until, _):
      ejected[name] = until
      if until <= now { breach("I9: ejected for no time") }
      if change.reach == .provider, let real = lastFailure?.errorClass, [.auth, .quota, .rate].contains(real) {
        breach("I9: one tenant's \(real.rawValue) ejects all")
      }
    }
  }

  /// What was a probe has been answered and goes on as any other attempt.
  private mutating func settleProbes(of name: String) {
    for (id, run) in runs {
      for (attempt, index) in run.running where run.kinds[attempt] == .probe {
        let account = run.plan.candidates[index].account
        let isOut = ejected[account.key] != nil || ejected["provider:" + account.provider] != nil
        if !isOut, account.key == name || "provider:" + account.provider == name { runs[id]?.kinds[attempt] = .regular }
      }
    }
  }

  private mutating func breach(_ sentence: String) {
    if breaches.count < 20 { breaches.append(sentence) }
  }
}
