// Where the repository lies, and the plugins of Tests/Fixtures, which are built once.

public import Foundation
import Testing

/// The repository's root. The path of this file may lead through a link into it.
public let root = URL(filePath: #filePath).resolvingSymlinksInPath().appending(path: "../../../..").standardizedFileURL

/// The broken plugins of Tests/Fixtures.
public enum Fixtures {
  /// Where they are, once built. A lock keeps two test processes from building at the same time.
  public static let folder: String = {
    let out = root.path + "/.build/fixtures"
    let status = system("mkdir -p '\(out)' && flock '\(out).lock' make -s -C '\(root.path)/Tests/Fixtures' OUT='\(out)'")
    if status != 0 { Issue.record("make -C Tests/Fixtures failed with status \(status); see its output above") }
    return out
  }()

  /// The library of one of them.
  public static func path(_ name: String) -> String { "\(folder)/\(name).so" }
}
