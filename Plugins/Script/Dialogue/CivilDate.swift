// A day of the calendar, as a caller means it: no clock and no time zone.

/// One day of the proleptic Gregorian calendar.
///
/// The dialogue is told which day it is at the caller's place; it never asks a clock.
public struct CivilDate: Hashable, Comparable, Sendable {
  public let year: Int
  /// 1 to 12.
  public let month: Int
  /// 1 to the length of the month.
  public let day: Int

  /// Nil when there is no such day, or the year lies outside 1 to 9999.
  public init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
      day <= CivilDate.length(month: month, year: year)
    else { return nil }
    (self.year, self.month, self.day) = (year, month, day)
  }

  /// 1970-01-01.
  public static let epoch = CivilDate()

  private init() { (year, month, day) = (1970, 1, 1) }

  /// Reads `2026-03-05`; nil for anything else.
  public init?(iso: some StringProtocol) {
    let parts = iso.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].count == 4, parts[1].count == 2, parts[2].count == 2,
      let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  /// `2026-03-05`.
  public var iso: String {
    let digits = String(year)
    return String(repeating: "0", count: 4 - digits.count) + digits + "-" + twoDigits(month) + "-" + twoDigits(day)
  }

  /// 1 for Monday to 7 for Sunday, as in ISO 8601.
  public var weekday: Int { (dayNumber + 3) % 7 + 1 }

  /// The day `count` days later (earlier when negative), or nil when that is outside the years 1 to 9999.
  public func adding(days count: Int) -> CivilDate? {
    guard abs(count) < 4_000_000 else { return nil }
    return CivilDate(dayNumber: dayNumber + count)
  }

  public static func < (a: CivilDate, b: CivilDate) -> Bool {
    (a.year, a.month, a.day) < (b.year, b.month, b.day)
  }

  /// Days since 1970-01-01 plus a multiple of 7 that keeps it positive for every valid day.
  ///
  /// Counting years from March puts the leap day last, so that a month's offset is a linear formula
  /// (H. Hinnant, "chrono-compatible low-level date algorithms", 2021, days_from_civil).
  private var dayNumber: Int {
    let y = month <= 2 ? year - 1 : year
    let era = y / 400, yearOfEra = y % 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468 + CivilDate.offset
  }

  private static let offset = 719_530  // 102,790 weeks: makes 0001-01-01 positive.

  /// The inverse of `dayNumber` (the same paper, civil_from_days).
  private init?(dayNumber: Int) {
    let z = dayNumber - CivilDate.offset + 719_468
    guard z >= 0 else { return nil }
    let era = z / 146_097, dayOfEra = z % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let m = (5 * dayOfYear + 2) / 153
    let month = m < 10 ? m + 3 : m - 9
    self.init(year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month, day: dayOfYear - (153 * m + 2) / 5 + 1)
  }

  private static func length(month: Int, year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

/// `5` as `05`.
func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
