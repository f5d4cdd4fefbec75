// The broken plugins of Tests/Fixtures, built once, and the program that tries one case on one of them.

import Conformance
import Foundation
import Testing

enum Fixtures {
  /// The folder of the built fixtures. A lock keeps two test processes from building at the same time.
  static let folder: String = {
    // The path of this file may lead through a link into the repository.
    let here = URL(filePath: #filePath).resolvingSymlinksInPath()
    let root = here.deletingLastPathComponent().appending(path: "../../..").standardizedFileURL.path
    let out = root + "/.build/fixtures"
    let status = system("mkdir -p '\(out)' && flock '\(out).lock' make -s -C '\(root)/Tests/Fixtures' OUT='\(out)'")
    if status != 0 { Issue.record("make -C Tests/Fixtures failed with status \(status); see its output above") }
    return out
  }()

  static func path(_ name: String) -> String { "\(folder)/\(name).so" }

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
