// Writes a vocabulary where recognisers can read it, all of it or nothing.

import FoundationEssentials
import Glibc

extension Vocabulary {
  /// Why a vocabulary could not be written.
  public struct WriteProblem: Error, CustomStringConvertible, Sendable {
    public let description: String
  }

  /// Writes the files into a folder named by their content inside `parent`, and returns that folder's path.
  ///
  /// The folder appears under its name only when it is complete, and a name never changes its content: readers need no
  /// lock, and writing the same vocabulary again does nothing. Blocks on the disk: call it on the plugin's own thread.
  public func write(into parent: String) throws -> String {
    let folder = parent + "/" + id
    let files = FileManager.default
    if files.fileExists(atPath: folder + "/domain.lm") { return folder }
    let draft = parent + "/.\(id)-\(getpid())"
    do {
      try? files.removeItem(atPath: draft)
      try files.createDirectory(atPath: draft, withIntermediateDirectories: true)
      for (name, text) in self.files.sorted(by: { $0.key < $1.key }) {
        try Data(text.utf8).write(to: URL(filePath: draft + "/" + name))
      }
    } catch {
      try? files.removeItem(atPath: draft)
      throw WriteProblem(description: "The recogniser's vocabulary could not be written to \(parent): \(error).")
    }
    guard rename(draft, folder) == 0 else {
      let reason = String(cString: strerror(errno))
      try? files.removeItem(atPath: draft)
      // Another process may have finished the same content first.
      if files.fileExists(atPath: folder + "/domain.lm") { return folder }
      throw WriteProblem(description: "The recogniser's vocabulary could not be moved to \(folder): \(reason).")
    }
    return folder
  }
}
