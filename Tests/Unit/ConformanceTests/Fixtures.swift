// The program that tries one case on one of the broken plugins.

import CommonHarness
import Conformance
import Foundation

extension Fixtures {
  /// Built beside this test, because the test depends on it.
  static let command: Conformance.Command = {
    let exe = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return Conformance.Command(executable: URL(filePath: exe).deletingLastPathComponent().appending(path: "conformance-case").path)
  }()

  static func check(_ name: String, only: Set<Clause> = Set(Clause.allCases)) -> Report {
    Conformance.run(library: path(name), only: only, command: command)
  }

  /// Why the case of a clause failed; empty when it did not.
  static func failure(of name: String, _ clause: Clause) -> String {
    guard case .failed(let reason)? = check(name, only: [clause]).results.first?.outcome else { return "" }
    return reason
  }
}
