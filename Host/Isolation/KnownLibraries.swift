// Libraries that were opened once without harm: those the host opens in its own process without trying them first.

import FoundationEssentials
import Synchronization
import Vox

/// The list, kept in one file so that a host that starts again opens at once what it knows. A library is known by its bytes.
/// Callable from any thread.
public final class KnownLibraries: Sendable {
  private let file: String?
  /// The path each was last opened from, by the SHA-256 of its bytes.
  private let list: Mutex<[String: String]>

  /// - Parameter file: where it is kept; nil = in memory alone. A file that cannot be read counts as empty.
  public init(file: String? = nil) {
    self.file = file
    var paths: [String: String] = [:]
    if let file, let text = try? String(contentsOfFile: file, encoding: .utf8), let json = try? JSONValue(parsing: text) {
      for item in json.array ?? [] {
        guard let path = item["path"]?.string, let digest = item["digest"]?.string else { continue }
        paths[digest] = path
      }
    }
    list = Mutex(paths)
  }

  /// Whether a library of these bytes was opened before, under whatever name.
  func knows(_ digest: String) -> Bool { list.withLock { $0[digest] != nil } }

  func add(_ path: String, digest: String) {
    let paths = list.withLock {
      // Of each file only its latest bytes: the list does not grow with every build.
      $0 = $0.filter { $0.value != path }
      $0[digest] = path
      return $0
    }
    guard let file else { return }
    let json = JSONValue.array(
      paths.sorted { $0.value < $1.value }.map { ["path": .string($0.value), "digest": .string($0.key)] })
    // Written beside and renamed, so that a crash leaves the old list or the new one.
    try? Data(json.text.utf8).write(to: URL(filePath: file), options: .atomic)
  }
}
