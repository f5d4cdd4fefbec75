// When an appointment begins.

/// A minute of the day.
public struct ClockTime: Hashable, Comparable, Sendable {
  /// 0 to 1,440; the last one only ends opening hours.
  public let minutes: Int

  /// Nil outside a day.
  public init?(minutes: Int) {
    guard (0...1_440).contains(minutes) else { return nil }
    self.minutes = minutes
  }

  /// Reads `09:30`, and `24:00` as the day's end; nil for anything else.
  public init?(iso: some StringProtocol) {
    let parts = iso.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [2, 2], iso.utf8.allSatisfy({ $0 == 58 || (48...57).contains($0) }),
      let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60
    else { return nil }
    self.init(minutes: hour * 60 + minute)
  }

  public static func < (a: ClockTime, b: ClockTime) -> Bool { a.minutes < b.minutes }

  /// `09:30`
  public var iso: String { "\(twoDigits(minutes / 60)):\(twoDigits(minutes % 60))" }

  /// `9:30 am`, `3 pm`, `noon`.
  public var words: String {
    if minutes == 720 { return "noon" }
    let hour = (minutes / 60 + 11) % 12 + 1
    return "\(hour)\(minutes % 60 == 0 ? "" : ":" + twoDigits(minutes % 60)) \(minutes < 720 ? "am" : "pm")"
  }
}

/// A day and a time of it.
public struct Slot: Hashable, Comparable, Sendable {
  public let day: Day
  public let time: ClockTime

  public init(_ day: Day, _ time: ClockTime) {
    self.day = day
    self.time = time
  }

  public static func < (a: Slot, b: Slot) -> Bool { (a.day, a.time) < (b.day, b.time) }
}
