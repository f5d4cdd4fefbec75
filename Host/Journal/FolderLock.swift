// One host per state folder: the lock that makes a second one stop with a sentence.

import Base
import Glibc

/// An exclusive lock on a folder, held until the process ends or this object goes. The kernel drops it with the process, however it dies.
final class FolderLock: Sendable {
  private let file: Int32

  /// - Throws: a `Problem` naming the process that holds the folder.
  init(folder: String) throws(Problem) {
    let path = folder + "/lock"
    // Without O_CLOEXEC a worker process would inherit the lock and keep it beyond the host's death.
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    if file < 0 { throw .system("open \(path)", errno) }
    if flock(file, LOCK_EX | LOCK_NB) != 0 {
      let number = errno
      let holder = Self.holder(of: file)
      close(file)
      guard number == EWOULDBLOCK else { throw .system("lock \(path)", number) }
      throw Problem(
        .invalid, code: "state_in_use",
        "the folder \(folder) is in use by \(holder.map { "process \($0)" } ?? "another process"); "
          + "stop that host, or give this one a folder of its own with --state")
    }
    var text = "\(getpid())\n"
    _ = ftruncate(file, 0)
    text.withUTF8 { _ = pwrite(file, $0.baseAddress, $0.count, 0) }
  }

  deinit { close(file) }

  /// Gives the folder free before this object goes.
  func release() { flock(file, LOCK_UN) }

  private static func holder(of file: Int32) -> Int? {
    var bytes = [UInt8](repeating: 0, count: 24)
    let count = pread(file, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    return Int(String(decoding: bytes[..<count].prefix { $0 != 10 }, as: UTF8.self))
  }
}
