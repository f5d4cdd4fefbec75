// The process that a case runs in, when that process is not what it should be.

import CommonHarness
import Conformance
import Testing
import Vox

struct CaseProcessTests {
  private func failure(_ executable: String, _ arguments: [String] = []) -> String {
    let report = Conformance.run(
      library: Fixtures.path("sound"), only: [.manifest], command: .init(executable: executable, arguments: arguments))
    guard case .failed(let reason)? = report.results.first?.outcome else { return "" }
    return reason
  }

  /// A program that cannot be started is named.
  @Test func noSuchProgram() {
    #expect(failure("/no/such/program") == "/no/such/program cannot be started: No such file or directory")
  }

  /// A program that ends without a result is a failed case with its exit code and last words.
  @Test func endsEarly() {
    #expect(failure("/bin/sh", ["-c", "echo last words; exit 3"]).contains("exit code 3"))
    #expect(failure("/bin/sh", ["-c", "echo last words; exit 3"]).hasSuffix("it printed: last words"))
  }

  /// An unknown case id is refused with the exit code for wrong usage, EX_USAGE.
  @Test func unknownCase() {
    #expect(Conformance.serve(caseID: "VOX-99.9", library: Fixtures.path("sound"), Supplies()) == 64)
    #expect(Clause(id: "19.1") == nil)
    #expect(Clause(id: "VOX-19.1") == .terminalOnce)
  }
}
