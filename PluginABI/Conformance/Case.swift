// One clause and the way it is tried.

import Vox

/// Tries one clause on one plugin.
public struct Case: Sendable {
  public let clause: Clause
  /// When the process that tries it is ended.
  public let deadlineMs: Int
  /// What it means when the plugin takes the process down in this very case; nil when nothing particular.
  let whenItDies: String?
  let run: @Sendable (Bench) throws -> Void

  init(
    _ clause: Clause, deadlineMs: Int = 30_000, whenItDies: String? = nil, run: @escaping @Sendable (Bench) throws -> Void
  ) {
    self.clause = clause
    self.deadlineMs = deadlineMs
    self.whenItDies = whenItDies
    self.run = run
  }

  /// Every case, in the order in which a plugin meets the rules.
  public static let all: [Case] =
    FileCases.all + EntryCases.all + ManifestCases.all + LifeCases.all + OpCases.all + EndCases.all + RoleCases.all

  /// Tries the clause in this process, which a broken plugin may take down.
  func tried(on library: String, _ supplies: Supplies, entry: Library.Entry? = nil) -> CaseResult {
    let started = monotonicNow()
    let bench = Bench(clause: clause, library: library, supplies: supplies, entry: entry)
    var outcome = Outcome.passed
    var breaches: [Breach] = []
    do {
      try run(bench)
    } catch let breach as Breach {
      breaches.append(breach)
      if breach.clause != clause { outcome = .skipped("it rests on \(breach.clause.id): \(breach.sentence)") }
    } catch let other as NotApplicable {
      outcome = .skipped(other.reason)
    } catch {
      outcome = .failed(String(describing: error))
    }
    breaches += bench.breaches
    var own: [String] = []
    for breach in breaches where breach.clause == clause && !own.contains(breach.sentence) { own.append(breach.sentence) }
    if !own.isEmpty { outcome = .failed(own.prefix(5).joined(separator: "; ")) }
    return CaseResult(
      clause: clause, outcome: outcome, tookMs: Int((monotonicNow() - started) / 1_000_000),
      elsewhere: breaches.filter { $0.clause != clause })
  }
}

/// How a case went.
public enum Outcome: Hashable, Sendable {
  case passed
  case failed(String)
  case skipped(String)

  public var name: String {
    switch self {
    case .passed: "pass"
    case .failed: "FAIL"
    case .skipped: "skip"
    }
  }

  /// Empty for a pass.
  public var reason: String {
    switch self {
    case .passed: ""
    case .failed(let reason), .skipped(let reason): reason
    }
  }
}

/// One line of a report.
public struct CaseResult: Hashable, Sendable {
  public let clause: Clause
  public internal(set) var outcome: Outcome
  public let tookMs: Int
  /// Breaches of other clauses that were seen on the way.
  var elsewhere: [Breach] = []
}
