// The operating system's refusals as problems a person can act on.

import Base
import Glibc

extension Problem {
  /// - Parameters:
  ///   - doing: what was tried, with the file's name: "write to /x/1.log".
  ///   - number: the value of `errno`.
  static func system(_ doing: String, _ number: Int32) -> Problem {
    let advice =
      switch number {
      case ENOSPC, EDQUOT: "free space on that disk"
      case EROFS: "the file system is read-only; mount it writable"
      case EACCES, EPERM: "give the host's user the right to it"
      case ENOENT: "check that the path exists"
      case EMFILE, ENFILE: "raise the limit of open files"
      default: "check the disk"
      }
    return Problem(.unavailable, code: "errno_\(number)", "cannot \(doing): \(String(cString: strerror(number))); \(advice)")
  }
}
