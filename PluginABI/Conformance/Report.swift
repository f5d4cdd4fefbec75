// What the cases found, for people and for programs.

public import Vox

/// The results of all cases that were tried on one library.
public struct Report: Hashable, Sendable {
  public let library: String
  public let results: [CaseResult]

  /// A breach that another case came across fails the case of its own clause, so that nothing seen is lost.
  init(library: String, results: [CaseResult]) {
    self.library = library
    var settled = results
    for result in results {
      for breach in result.elsewhere {
        guard let at = settled.firstIndex(where: { $0.clause == breach.clause }), settled[at].outcome == .passed else { continue }
        settled[at].outcome = .failed("seen in \(result.clause.id): \(breach.sentence)")
      }
    }
    self.results = settled
  }

  public var passed: Int { results.filter { $0.outcome == .passed }.count }
  public var failed: Int { results.filter { if case .failed = $0.outcome { true } else { false } }.count }
  public var skipped: Int { results.count - passed - failed }

  /// No case failed. Skipped ones did not apply, or rest on one that failed.
  public var conforms: Bool { failed == 0 }
  /// For the shell: 0 when the plugin conforms, otherwise 1.
  public var exitCode: Int32 { conforms ? 0 : 1 }

  /// The clauses that failed.
  public var failures: Set<Clause> {
    Set(results.compactMap { if case .failed = $0.outcome { $0.clause } else { nil } })
  }

  /// A table, one line per case and one more for what a case has to say; ends with a summary.
  public var text: String {
    var lines: [String] = []
    for result in results {
      let id = result.clause.id.padding(to: 10)
      lines.append("\(id)\(result.outcome.name)  \(result.clause.title)")
      if !result.outcome.reason.isEmpty { lines.append("".padding(to: 16) + result.outcome.reason) }
    }
    lines.append("")
    lines.append(
      "\(library): \(passed) passed, \(failed) failed, \(skipped) skipped; "
        + (conforms ? "conforms to vox draft \(Conformance.draft)" : "does not conform to vox draft \(Conformance.draft)"))
    return lines.joined(separator: "\n")
  }

  /// `{"library","draft","conforms","passed","failed","skipped","cases":[{"id","rule","title","outcome","reason","ms"}]}`.
  public var json: JSONValue {
    [
      "library": .string(library), "draft": .int(Int64(Conformance.draft)), "conforms": .bool(conforms),
      "passed": .int(Int64(passed)), "failed": .int(Int64(failed)), "skipped": .int(Int64(skipped)),
      "cases": .array(
        results.map {
          [
            "id": .string($0.clause.id), "rule": .int(Int64($0.clause.rule)), "title": .string($0.clause.title),
            "outcome": .string($0.outcome.name.lowercased()), "reason": .string($0.outcome.reason),
            "ms": .int(Int64($0.tookMs)),
          ]
        }),
    ]
  }
}

extension String {
  fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(width - count, 0)) }
}
