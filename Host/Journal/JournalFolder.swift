// Where the journal lies: a folder of segment files named by the sequence of their first fact.

import Base
import Glibc

/// The names in a journal's folder.
struct JournalFolder: Sendable {
  let path: String

  /// One segment file.
  struct Segment: Hashable, Sendable {
    let path: String
    /// The sequence of its first fact; part of the name, so that the file to open for a cursor is known without opening any.
    let first: UInt64
  }

  func segment(first: UInt64) -> Segment {
    let digits = String(first)
    return Segment(path: "\(path)/\(String(repeating: "0", count: max(0, 20 - digits.count)))\(digits).facts", first: first)
  }

  /// All segments, oldest first. A folder that does not exist has none.
  func segments() throws(Problem) -> [Segment] {
    guard let folder = opendir(path) else {
      if errno == ENOENT { return [] }
      throw .system("read the folder \(path)", errno)
    }
    defer { closedir(folder) }
    var found: [Segment] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name.hasSuffix(".facts"), let first = UInt64(name.dropLast(6)), first > 0, first < 1 << 63 else { continue }
      found.append(Segment(path: path + "/" + name, first: first))
    }
    return found.sorted { $0.first < $1.first }
  }

  /// Makes the folder and its parents, for the host's user alone.
  func make() throws(Problem) {
    var at = ""
    for part in path.split(separator: "/", omittingEmptySubsequences: false) {
      at += at.isEmpty && part.isEmpty ? "/" : (at.isEmpty || at.hasSuffix("/") ? String(part) : "/" + part)
      if at == "/" || part.isEmpty { continue }
      if mkdir(at, 0o700) != 0, errno != EEXIST { throw .system("make the folder \(at)", errno) }
    }
  }

  /// Makes a new file's name survive a power cut.
  func sync() {
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }
}
