// Small questions to the file system.

import Glibc

/// Answers without opening anything for longer than the question.
enum Files {
  /// Whether this user may read the file.
  static func isReadable(_ path: String) -> Bool { access(path, R_OK) == 0 }

  /// Why the last question was answered with no.
  static var reason: String { String(cString: strerror(errno)) }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The folder itself, or the nearest one above it that exists.
  static func nearestFolder(_ path: String) -> String {
    var at = path
    while !exists(at), at != "/", at != "." { at = Places.folder(of: at) }
    return at
  }

  /// Ends the process without running anything more.
  static func exit(_ code: Int32) -> Never { _exit(code) }
}
