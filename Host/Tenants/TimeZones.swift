// Whether a time zone exists, as the machine's own database says.

import Glibc

enum TimeZones {
  private static let database = "/usr/share/zoneinfo"

  /// True for a name in the machine's time zone database; on a machine without one, for anything of the right form.
  static func knows(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isPlain =
      (1...3).contains(parts.count)
      && parts.allSatisfy { part in
        !part.isEmpty
          && part.utf8.allSatisfy { ($0 >= 48 && $0 <= 57) || ($0 >= 65 && $0 <= 90) || ($0 >= 97 && $0 <= 122) || "_+-".utf8.contains($0) }
      }
    guard isPlain else { return false }
    if name == "UTC" || access(database, R_OK) != 0 { return true }
    var status = stat()
    return stat("\(database)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }
}
