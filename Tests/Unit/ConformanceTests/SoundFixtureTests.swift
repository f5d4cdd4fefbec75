// The fixture without a fault, and what a report makes of it.

import CommonHarness
import Conformance
import Testing
import Vox

struct SoundFixtureTests {
  /// A plugin that keeps the contract passes every case, and each clause has one.
  @Test func soundPluginPassesEverything() {
    var told: [Clause] = []
    let report = Conformance.run(library: Fixtures.path("sound"), command: Fixtures.command) { told.append($0.clause) }
    for result in report.results { #expect(result.outcome == .passed, "\(result.clause.id): \(result.outcome.reason)") }
    #expect(report.conforms)
    #expect(report.exitCode == 0)
    #expect(Set(told) == Set(Clause.allCases))
    #expect(told.count == Clause.allCases.count)
    #expect(report.text.hasSuffix("\(Clause.allCases.count) passed, 0 failed, 0 skipped; conforms to vox draft 1"))
  }

  /// Without a child process the same case answers the same, for debuggers.
  @Test func caseRunsInThisProcess() {
    let report = Conformance.run(library: Fixtures.path("sound"), only: [.manifest, .speaks], command: nil)
    #expect(report.results.map(\.clause) == [.manifest, .speaks])
    #expect(report.passed == 2)
  }

  /// Settings that the plugin's schema refuses leave out the cases that would need them, and say so.
  @Test func wrongSettingsAreNamed() {
    let report = Conformance.run(
      library: Fixtures.path("sound"), settings: ["greeting": 5], only: [.creates, .settings], command: Fixtures.command)
    for result in report.results {
      guard case .skipped(let reason) = result.outcome else {
        Issue.record("\(result.clause.id) is not skipped")
        continue
      }
      #expect(reason.contains("/greeting: expected string, found integer"))
    }
  }

  /// The report for programs holds the same as the one for people.
  @Test func reportAsJSON() throws {
    let json = Fixtures.check("usage_shrinks", only: [.usage, .manifest]).json
    #expect(json["conforms"]?.bool == false)
    #expect(json["passed"]?.int == 1)
    #expect(json["failed"]?.int == 1)
    let usage = try #require(json["cases"]?.array?.first { $0["id"]?.string == "VOX-22.1" })
    #expect(usage["rule"]?.int == 22)
    #expect(usage["outcome"]?.string == "fail")
    #expect(usage["reason"]?.string?.contains("shrank from 10 to 5") == true)
    #expect(try JSONValue(parsing: json.text) == json)
  }
}
