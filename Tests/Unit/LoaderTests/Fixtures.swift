// The broken plugins of Tests/Fixtures, built once.

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
}
