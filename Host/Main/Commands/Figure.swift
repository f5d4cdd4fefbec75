// Numbers and times as people read them.

import Glibc

/// Small formats without locale, the same on every machine.
enum Figure {
  /// Whole milliseconds, tenths below ten; a dash for nothing.
  static func ms(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "-" }
    guard abs(value) < 10 else { return "\(Int64(value.rounded()))" }
    let tenths = Int64((value * 10).rounded())
    return "\(tenths < 0 ? "-" : "")\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
  }

  /// A moment of a call: `00:03.2`.
  static func callTime(_ ms: Double) -> String {
    let tenths = ms.isFinite ? Int64((max(0, min(ms, 1e12)) / 100).rounded()) : 0
    return "\(two(tenths / 600)):\(two(tenths / 10 % 60)).\(tenths % 10)"
  }

  /// A duration: `1:05`, `1:02:03`.
  static func duration(ms: Int?) -> String {
    guard let ms else { return "-" }
    let seconds = max(0, ms) / 1000
    let rest = "\(seconds / 60 % 60):\(two(Int64(seconds % 60)))"
    return seconds < 3600 ? rest : "\(seconds / 3600):\(seconds / 60 % 60 < 10 ? "0" : "")\(rest)"
  }

  /// Wall time in the zone of this machine: `2027-03-15 14:30:05`.
  static func wall(_ ms: UInt64?) -> String {
    guard let ms, var seconds = time_t(exactly: ms / 1000) else { return "-" }
    var parts = tm()
    guard localtime_r(&seconds, &parts) != nil else { return "-" }
    let date = ["\(Int(parts.tm_year) + 1900)", two(Int64(parts.tm_mon) + 1), two(Int64(parts.tm_mday))].joined(separator: "-")
    let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { two(Int64($0)) }.joined(separator: ":")
    return "\(date) \(time)"
  }

  /// Bytes in the unit that leaves at most three digits before the point: `76.3 GB`, powers of ten.
  static func bytes(_ count: UInt64) -> String {
    let units = ["kB", "MB", "GB", "TB", "PB", "EB"]
    guard count >= 1000 else { return "\(count) bytes" }
    var tenths = count / 100
    var unit = 0
    while tenths >= 10_000, unit + 1 < units.count {
      tenths /= 1000
      unit += 1
    }
    return "\(tenths / 10).\(tenths % 10) \(units[unit])"
  }

  private static func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
