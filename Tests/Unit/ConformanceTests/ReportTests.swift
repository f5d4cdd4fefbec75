// A report over results that were made by hand.

import Testing

@testable import Conformance

struct ReportTests {
  private func result(_ clause: Clause, _ outcome: Outcome, elsewhere: [Breach] = []) -> CaseResult {
    CaseResult(clause: clause, outcome: outcome, tookMs: 1, elsewhere: elsewhere)
  }

  /// A breach seen elsewhere fails a case that passed, and changes none that failed or was left out.
  @Test func settles() {
    let seen = [Breach(.usage, "odd"), Breach(.audio, "odder"), Breach(.speaks, "oddest")]
    let report = Report(
      library: "a.so",
      results: [
        result(.usage, .passed), result(.audio, .failed("first")), result(.noRoom, .passed, elsewhere: seen),
      ])
    #expect(report.results.map(\.outcome) == [.failed("seen in VOX-20.1: odd"), .failed("first"), .passed])
    #expect(report.exitCode == 1)
  }

  /// The table has a line per case, the reason below it, and a summary.
  @Test func table() {
    let text = Report(library: "a.so", results: [result(.usage, .skipped("no reason")), result(.file, .passed)]).text
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0].hasPrefix("VOX-22.1  skip  usage"))
    #expect(lines[1].hasSuffix("no reason"))
    #expect(lines[2].hasPrefix("VOX-1.1   pass  "))
    #expect(lines.last == "a.so: 1 passed, 0 failed, 1 skipped; conforms to vox draft 1")
  }

  /// Every clause has a case of its own, a rule and a sentence.
  @Test func everyClauseIsTried() {
    #expect(Set(Case.all.map(\.clause)) == Set(Clause.allCases))
    #expect(Case.all.count == Clause.allCases.count)
    for clause in Clause.allCases {
      #expect((1...30).contains(clause.rule))
      #expect(!clause.title.isEmpty)
    }
  }
}
