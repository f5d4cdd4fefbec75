// When a business takes appointments, and how many at a time.

/// Opening hours and their exceptions.
public struct Rules: Equatable, Sendable {
  /// A stretch of opening hours; an appointment begins and ends within one.
  public typealias Hours = Range<ClockTime>

  public var hours: [Weekday: [Hours]]
  /// Days on which nobody is there.
  public var closedDays: Set<Day> = []
  /// The length of an appointment, and the grid on which they begin.
  public var slotMinutes = 30
  /// How many appointments may begin at the same time.
  public var capacity = 1
  /// How many days from today can be booked.
  public var daysAhead = 365

  public init(hours: [Weekday: [Hours]]) { self.hours = hours }

  /// Reads `08:00-12:00, 13:00-17:00`; nil for anything else.
  public static func hours(_ text: String) -> [Hours]? {
    var found: [Hours] = []
    for part in text.split(separator: ",") {
      let ends = part.filter { $0 != " " }.split(separator: "-", omittingEmptySubsequences: false).map { ClockTime(iso: $0) }
      guard ends.count == 2, let from = ends[0], let until = ends[1], from < until else { return nil }
      found.append(from..<until)
    }
    return found.isEmpty ? nil : found.sorted { $0.lowerBound < $1.lowerBound }
  }

  /// The moments of a day at which an appointment may begin, in order.
  func times(on day: Day) -> [ClockTime] {
    guard !closedDays.contains(day) else { return [] }
    return (hours[day.weekday] ?? []).flatMap { hours in
      stride(from: hours.lowerBound.minutes, through: hours.upperBound.minutes - slotMinutes, by: max(slotMinutes, 1))
        .compactMap { ClockTime(minutes: $0) }
    }
  }
}
