// Whether the state folder can hold what must not be lost.

import Glibc
import Terminal

/// Looks at the folder of the journal and the control socket.
struct StateCheck {
  let folder: String
  /// A host runs here and answers.
  let isInUse: Bool

  /// A call writes some 20 kB of facts; a gigabyte is fifty thousand calls.
  private static let advisedBytes: UInt64 = 1_000_000_000
  /// Less than this is full before anybody has read the warning.
  private static let leastBytes: UInt64 = 100_000_000

  var findings: [Finding] { [place, socket, disk].compactMap(\.self) }

  private var place: Finding {
    guard Files.exists(folder) else {
      let above = Files.nearestFolder(folder)
      return access(above, W_OK | X_OK) == 0
        ? .fine("state", "\(folder) does not exist yet; the host makes it")
        : .problem(
          "state", "\(folder) cannot be made: \(above) is not yours to write",
          "make it and give it to the host's user, or choose another with --state")
    }
    var status = stat()
    guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      return .problem("state", "\(folder) is not a folder", "choose another with --state")
    }
    guard access(folder, R_OK | W_OK | X_OK) == 0 else {
      return .problem("state", "\(folder) cannot be written: \(Files.reason)", "give it to the host's user: chown \(getuid()) \(folder)")
    }
    guard status.st_mode & 0o077 == 0 else {
      return .problem("state", "\(folder) is open to other users, and so is the control of the host", "chmod 700 \(folder)")
    }
    return .fine("state", isInUse ? "\(folder) is in use by a running host" : "\(folder) can be written, by nobody else")
  }

  private var socket: Finding? {
    let path = HostOptions.socket(in: folder)
    guard path.utf8.count > Address.maxUnixPathBytes else { return nil }
    return .problem(
      "state", "the path of the control socket has \(path.utf8.count) bytes, \(Address.maxUnixPathBytes) are possible: \(path)",
      "use a state folder with a shorter path")
  }

  private var disk: Finding? {
    let above = Files.nearestFolder(folder)
    var status = statvfs()
    guard statvfs(above, &status) == 0 else { return nil }
    return Self.disk(free: UInt64(status.f_bavail) * UInt64(status.f_frsize), at: above)
  }

  /// The judgement of so many free bytes.
  static func disk(free: UInt64, at folder: String) -> Finding {
    let sentence = "\(Figure.bytes(free)) are free on the disk of \(folder)"
    if free < leastBytes { return .problem("state", sentence, "free some, or choose a folder on another disk with --state") }
    if free < advisedBytes { return .advice("state", sentence, "free some: the journal grows by about 20 kB with every call") }
    return .fine("state", sentence)
  }
}
