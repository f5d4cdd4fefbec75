// The time of day where the tenant is.

import Foundation

enum LocalTime {
  /// RFC 3339 with the zone's offset: `2026-03-02T09:30:00+01:00`. An unknown zone reads as UTC.
  static func text(_ zone: String, _ wallMs: UInt64) -> String {
    let date = Date(timeIntervalSince1970: Double(wallMs) / 1000)
    let timeZone = TimeZone(identifier: zone) ?? .gmt
    var format = Date.ISO8601FormatStyle(timeZone: timeZone)
    format = format.year().month().day().time(includingFractionalSeconds: false).timeZone(separator: .colon)
    return format.format(date)
  }
}
