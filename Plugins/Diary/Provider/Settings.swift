// The operator's settings as values.

import DiaryBook
import Vox

struct Settings {
  /// Empty = in memory only.
  var file: String
  var rules: Rules

  /// - Throws: one sentence that names the setting.
  init(_ json: JSONValue) throws(ProviderError) {
    file = json["file"]?.string ?? ""
    var hours: [Weekday: [Rules.Hours]] = [:]
    for (name, value) in json["hours"]?.object ?? ["mon": "08:00-17:00", "tue": "08:00-17:00", "wed": "08:00-17:00", "thu": "08:00-17:00", "fri": "08:00-17:00"] {
      guard let day = Weekday(rawValue: name), let stretches = value.string.flatMap({ Rules.hours($0) }) else {
        throw Self.wrong("hours: \(name)", "hours such as 08:00-12:00, 13:00-17:00", value)
      }
      hours[day] = stretches
    }
    rules = Rules(hours: hours)
    for value in json["closed"]?.array ?? [] {
      guard let day = value.string.flatMap({ Day(iso: $0) }) else { throw Self.wrong("closed", "days such as 2027-12-25", value) }
      rules.closedDays.insert(day)
    }
    rules.slotMinutes = json["slot_minutes"]?.int ?? rules.slotMinutes
    rules.capacity = json["capacity"]?.int ?? rules.capacity
    rules.daysAhead = json["days_ahead"]?.int ?? rules.daysAhead
  }

  private static func wrong(_ name: String, _ expected: String, _ found: JSONValue) -> ProviderError {
    ProviderError(.invalid, "The setting '\(name)' must be \(expected), found \(found.text.prefix(60)).", scope: .provider, code: "bad_settings")
  }
}
