// The diary's file: whole lines at its end, on the disk before anyone is told.

import DiaryBook
import Glibc
import Vox

/// An append-only file of entries. Several processes may keep the same one: whoever holds its lock reads what the others wrote
/// and may then add a line. One thread at a time.
final class Ledger {
  private let path: String
  private let file: Int32
  /// How far the file has been read; a line's end.
  private var offset: off_t = 0
  private var lines = 0

  /// Opens the file and makes it, and its folder, when missing. Reads nothing yet.
  init(_ path: String) throws(ProviderError) {
    self.path = path
    if let slash = path.lastIndex(of: "/"), slash > path.startIndex { mkdir(String(path[..<slash]), 0o700) }
    // 0600, because phone numbers are nobody else's business.
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0o600)
    guard file >= 0 else { throw Self.problem("The diary's file \(path) cannot be opened", "check the setting 'file' and its folder") }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(file)
      throw ProviderError(.invalid, "The diary's file \(path) is a device or the like; name a plain file.", scope: .account, code: "file")
    }
  }

  deinit { close(file) }

  /// Holds the lock for the length of `body`.
  func locked<R>(_ body: () throws -> R) throws -> R {
    while flock(file, LOCK_EX) != 0 {
      guard errno == EINTR else { throw Self.problem("The diary's file \(path) cannot be locked", "keep it on a local disk") }
    }
    defer { flock(file, LOCK_UN) }
    return try body()
  }

  /// Reads the lines that were added since the last time, under the lock. A line without an end is what a crash left of an
  /// entry that nobody was told about: it is cut off.
  func readNew(_ take: (Entry) -> Void) throws {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = pread(file, &chunk, chunk.count, offset + off_t(bytes.count))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Self.problem("The diary's file \(path) cannot be read", "check the disk") }
      if count == 0 { break }
      bytes += chunk[..<count]
    }
    var rest = bytes[...]
    while let end = rest.firstIndex(of: 10) {
      guard let entry = Entry(line: String(decoding: rest[..<end], as: UTF8.self)) else {
        throw ProviderError(
          .unavailable, "Line \(lines + 1) of the diary's file \(path) is no entry; restore the file, or remove the line.",
          scope: .account, code: "damaged_file")
      }
      take(entry)
      lines += 1
      offset += off_t(end + 1 - rest.startIndex)
      rest = rest[(end + 1)...]
    }
    if !rest.isEmpty { _ = ftruncate(file, offset) }
  }

  /// Adds a line and waits until the disk has it, under the lock and after `readNew`. When it fails, nothing has been added.
  func append(_ entry: Entry) throws {
    let line = Array((entry.line + "\n").utf8)
    var written = 0
    while written < line.count {
      let count = line[written...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      written += count
    }
    guard written == line.count, fdatasync(file) == 0 else {
      let error = Self.problem("The diary's file \(path) cannot be written", "make room on the disk")
      _ = ftruncate(file, offset)
      throw error
    }
    offset += off_t(line.count)
    lines += 1
  }

  private static func problem(_ what: String, _ advice: String) -> ProviderError {
    ProviderError(.unavailable, "\(what): \(String(cString: strerror(errno))); \(advice).", scope: .account, code: "file")
  }
}
