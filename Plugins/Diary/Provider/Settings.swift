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
    for (name, value) in json["hours"]?.object ?? Self.officeHours {
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

  private static let officeHours = Dictionary<String, JSONValue>(
    uniqueKeysWithValues: ["mon", "tue", "wed", "thu", "fri"].map { ($0, "08:00-17:00") })

  private static func wrong(_ name: String, _ expected: String, _ found: JSONValue) -> ProviderError {
    let sentence = "The setting '\(name)' must be \(expected), found \(found.text.prefix(60))."
    return ProviderError(.invalid, sentence, scope: .provider, code: "bad_settings")
  }
}
