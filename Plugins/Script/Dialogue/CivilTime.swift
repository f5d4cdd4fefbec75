// A time of day to the minute, as a caller means it.

/// One minute of a day, on the caller's clock.
public struct CivilTime: Hashable, Comparable, Sendable {
  /// 0 to 23.
  public let hour: Int
  /// 0 to 59.
  public let minute: Int

  /// Nil when there is no such time.
  public init?(hour: Int, minute: Int) {
    guard (0...23).contains(hour), (0...59).contains(minute) else { return nil }
    (self.hour, self.minute) = (hour, minute)
  }

  /// Midnight.
  public static let first = CivilTime(minuteOfDay: 0)
  /// The last minute of the day.
  static let last = CivilTime(minuteOfDay: 24 * 60 - 1)

  private init(minuteOfDay: Int) { (hour, minute) = (minuteOfDay / 60, minuteOfDay % 60) }

  /// Reads `09:30`; nil for anything else.
  public init?(iso: some StringProtocol) {
    let parts = iso.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].count == 2, parts[1].count == 2,
      let hour = Int(parts[0]), let minute = Int(parts[1])
    else { return nil }
    self.init(hour: hour, minute: minute)
  }

  /// `09:30`.
  public var iso: String { twoDigits(hour) + ":" + twoDigits(minute) }

  public static func < (a: CivilTime, b: CivilTime) -> Bool { (a.hour, a.minute) < (b.hour, b.minute) }
}
