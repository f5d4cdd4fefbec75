// Libraries that were opened once without harm: those the host opens in its own process without trying them first.

import FoundationEssentials
import Glibc
import Synchronization
import Vox

/// The list, kept in one file so that a host that starts again opens at once what it knows. A library is known by its bytes; as long as
/// its file was not touched it need not even be read. Callable from any thread.
public final class KnownLibraries: Sendable {
  /// What tells one state of a file from another. The time of its last change cannot be set by its owner.
  struct Stamp: Equatable {
    let text: String

    /// Nil when there is no such file.
    init?(_ path: String) {
      var info = stat()
      guard stat(path, &info) == 0 else { return nil }
      text =
        "\(info.st_dev):\(info.st_ino):\(info.st_size):\(info.st_mtim.tv_sec).\(info.st_mtim.tv_nsec):"
        + "\(info.st_ctim.tv_sec).\(info.st_ctim.tv_nsec)"
    }

    init(text: String) { self.text = text }
  }

  private struct Entry: Equatable {
    var stamp: Stamp
    var digest: String
  }

  private let file: String?
  private let list: Mutex<[String: Entry]>

  /// - Parameter file: where it is kept; nil = in memory alone. A file that cannot be read counts as empty.
  public init(file: String? = nil) {
    self.file = file
    var entries: [String: Entry] = [:]
    if let file, let text = try? String(contentsOfFile: file, encoding: .utf8), let json = try? JSONValue(parsing: text) {
      for item in json.array ?? [] {
        guard let path = item["path"]?.string, let digest = item["digest"]?.string, let stamp = item["stamp"]?.string else { continue }
        entries[path] = Entry(stamp: Stamp(text: stamp), digest: digest)
      }
    }
    list = Mutex(entries)
  }

  /// Whether the file at `path` was opened before and was not touched since.
  func knows(_ path: String, _ stamp: Stamp) -> Bool { list.withLock { $0[path]?.stamp == stamp } }

  /// Whether a library of these bytes was opened before, under whatever name.
  func knows(digest: String) -> Bool { list.withLock { $0.values.contains { $0.digest == digest } } }

  func add(_ path: String, _ stamp: Stamp, digest: String) {
    let entries = list.withLock {
      $0[path] = Entry(stamp: stamp, digest: digest)
      return $0
    }
    guard let file else { return }
    let json = JSONValue.array(
      entries.sorted { $0.key < $1.key }.map {
        ["path": .string($0.key), "digest": .string($0.value.digest), "stamp": .string($0.value.stamp.text)]
      })
    // Written beside and renamed, so that a crash leaves the old list or the new one.
    try? Data(json.text.utf8).write(to: URL(filePath: file), options: .atomic)
  }
}
