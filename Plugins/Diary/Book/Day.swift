// A day of the calendar as a business means it: no clock and no time zone.

/// One day of the Gregorian calendar, in the years 1970 to 9999.
public struct Day: Hashable, Comparable, Sendable {
  /// Days since 1970-01-01.
  public let number: Int

  private static let last = 2_932_896  // 9999-12-31
  static let epoch = Day()

  private init() { number = 0 }

  /// Nil outside the years 1970 to 9999.
  public init?(number: Int) {
    guard (0...Self.last).contains(number) else { return nil }
    self.number = number
  }

  /// Reads `2027-03-15`; nil for anything else, and for days that do not exist.
  public init?(iso: some StringProtocol) {
    let parts = iso.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [4, 2, 2], iso.utf8.allSatisfy({ $0 == 45 || (48...57).contains($0) }),
      let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
      year >= 1970, (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    // Counting years from March puts the leap day last (H. Hinnant, "chrono-compatible low-level date algorithms", 2021).
    let y = month <= 2 ? year - 1 : year
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    number = y * 365 + y / 4 - y / 100 + y / 400 + dayOfYear - 719_468
    guard civil == (year, month, day) else { return nil }
  }

  public static func < (a: Day, b: Day) -> Bool { a.number < b.number }

  public func adding(_ days: Int) -> Day? {
    let (sum, isTooFar) = number.addingReportingOverflow(days)
    return isTooFar ? nil : Day(number: sum)
  }

  /// 1970-01-01 was a Thursday.
  public var weekday: Weekday { Weekday.allCases[(number + 3) % 7] }

  /// `2027-03-15`
  public var iso: String {
    let (year, month, day) = civil
    return "\(year)-\(twoDigits(month))-\(twoDigits(day))"
  }

  /// `Monday, March 15th`, which every voice reads well.
  public var words: String {
    let (_, month, day) = civil
    let suffix = (11...13).contains(day) ? "th" : [1: "st", 2: "nd", 3: "rd"][day % 10] ?? "th"
    return "\(weekday.name), \(Self.months[month - 1]) \(day)\(suffix)"
  }

  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
  ]

  private var civil: (year: Int, month: Int, day: Int) {
    let z = number + 719_468
    let era = z / 146_097, dayOfEra = z % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let m = (5 * dayOfYear + 2) / 153
    let month = m < 10 ? m + 3 : m - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * m + 2) / 5 + 1)
  }
}

/// The days of the week, Monday first, by the names they have in the settings.
public enum Weekday: String, CaseIterable, Sendable {
  case mon, tue, wed, thu, fri, sat, sun

  var name: String {
    switch self {
    case .mon: "Monday"
    case .tue: "Tuesday"
    case .wed: "Wednesday"
    case .thu: "Thursday"
    case .fri: "Friday"
    case .sat: "Saturday"
    case .sun: "Sunday"
    }
  }
}

/// `5` as `05`.
func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
