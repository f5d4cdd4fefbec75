// What the machine lets a process do.

import Glibc

/// A worker's use of the processor, as the kernel counts it.
struct ProcessorShare: Equatable {
  /// Of all its threads, since it began.
  var usedMs: Int
  /// A thread of it runs, or would if it were let.
  var isRunnable: Bool
}

extension ProcessorShare {
  /// That of a process; of one that is gone, or that /proc hides, a process that does nothing.
  static func of(_ pid: Int32) -> ProcessorShare { ProcessorShare(usedMs: usedMs(pid), isRunnable: isRunnable(pid)) }

  private static func usedMs(_ pid: Int32) -> Int {
    var id = clockid_t()
    var time = timespec()
    guard clock_getcpuclockid(pid, &id) == 0, clock_gettime(id, &time) == 0 else { return 0 }
    return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
  }

  private static func isRunnable(_ pid: Int32) -> Bool {
    guard let folder = opendir("/proc/\(pid)/task") else { return false }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if Int32(name) != nil, state("/proc/\(pid)/task/\(name)/stat") == UInt8(ascii: "R") { return true }
    }
    return false
  }

  /// The letter behind the name, which ends with the last parenthesis (proc(5)).
  private static func state(_ path: String) -> UInt8? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    // The name has 15 bytes at most, and the number before it ten digits.
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(file, &bytes, bytes.count)
    guard count > 0, let end = bytes[..<count].lastIndex(of: UInt8(ascii: ")")), end + 2 < count else { return nil }
    return bytes[end + 2]
  }
}
