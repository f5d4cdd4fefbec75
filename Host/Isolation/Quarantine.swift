// Libraries that once took a process down while they were opened: known by their digest, not opened again until cleared.

import FoundationEssentials
import Synchronization
import Vox

/// The list, kept in one file so that it outlives the host. Callable from any thread; it reads and writes the file only when it changes.
public final class Quarantine: Sendable {
  /// One library and why.
  public struct Entry: Sendable, Hashable {
    /// SHA-256 of its bytes: another build of it is another library.
    public let digest: String
    public let path: String
    /// As `Crash.code`, or `load_hang`.
    public let code: String
    public let reason: String
    /// Since when, milliseconds since 1970-01-01 UTC.
    public let sinceMs: UInt64
  }

  private let file: String?
  private let list: Mutex<[String: Entry]>

  /// - Parameter file: where it is kept; nil = in memory alone. A file that cannot be read counts as empty.
  public init(file: String? = nil) {
    self.file = file
    var entries: [String: Entry] = [:]
    if let file, let text = try? String(contentsOfFile: file, encoding: .utf8), let json = try? JSONValue(parsing: text) {
      for item in json.array ?? [] {
        guard let digest = item["digest"]?.string, let reason = item["reason"]?.string else { continue }
        entries[digest] = Entry(
          digest: digest, path: item["path"]?.string ?? "", code: item["code"]?.string ?? "", reason: reason,
          sinceMs: UInt64(max(item["since_ms"]?.int ?? 0, 0)))
      }
    }
    list = Mutex(entries)
  }

  /// Oldest first.
  public var entries: [Entry] { list.withLock { $0.values.sorted { ($0.sinceMs, $0.digest) < ($1.sinceMs, $1.digest) } } }
  public func entry(_ digest: String) -> Entry? { list.withLock { $0[digest] } }

  public func add(_ entry: Entry) { change { $0[entry.digest] = entry } }

  /// Lets the libraries whose digest begins with `digest` be opened again; how many there were.
  @discardableResult
  public func clear(_ digest: String) -> Int {
    var count = 0
    change { list in
      let found = list.keys.filter { $0.hasPrefix(digest) }
      count = found.count
      for key in found { list[key] = nil }
    }
    return count
  }

  private func change(_ body: (inout [String: Entry]) -> Void) {
    let entries = list.withLock {
      body(&$0)
      return $0
    }
    guard let file else { return }
    let json = JSONValue.array(
      entries.values.sorted { $0.digest < $1.digest }.map {
        [
          "digest": .string($0.digest), "path": .string($0.path), "code": .string($0.code), "reason": .string($0.reason),
          "since_ms": .int(Int64(clamping: $0.sinceMs)),
        ]
      })
    // Written beside and renamed, so that a crash leaves the old list or the new one.
    try? Data(json.text.utf8).write(to: URL(filePath: file), options: .atomic)
  }
}
