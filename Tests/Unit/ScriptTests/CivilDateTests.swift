// The calendar, without a clock.

@testable import Dialogue
import Testing

@Suite struct CivilDateTests {
  /// Walking day by day from 1999 to 2031 visits every day once, in order, with weekdays in turn.
  @Test func everyDay() throws {
    var date = try #require(CivilDate(year: 1999, month: 1, day: 1))
    #expect(date.weekday == 5)
    let end = try #require(CivilDate(year: 2031, month: 1, day: 1))
    var count = 0
    while date < end {
      let next = try #require(date.adding(days: 1))
      #expect(next > date && next.weekday == date.weekday % 7 + 1 && next.adding(days: -1) == date)
      #expect(CivilDate(iso: next.iso) == next)
      date = next
      count += 1
    }
    #expect(count == 32 * 365 + 8)
  }

  /// Days that the calendar does not have, and texts that are no ISO dates, are refused.
  @Test(arguments: ["2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "26-04-01", "2026-4-1", "2026-04-01T", "", "----"])
  func noDay(_ text: String) { #expect(CivilDate(iso: text) == nil) }

  /// Arithmetic that leaves the calendar answers nil instead of trapping.
  @Test func edges() throws {
    #expect(try #require(CivilDate(year: 9999, month: 12, day: 31)).adding(days: 1) == nil)
    #expect(try #require(CivilDate(year: 1, month: 1, day: 1)).adding(days: -1) == nil)
    #expect(CivilDate.epoch.adding(days: .max) == nil)
    #expect(CivilDate(year: .max, month: 1, day: 1) == nil)
  }

  /// Read-backs put dates in words, times as a synthesiser reads them, and digits one by one.
  @Test func spoken() throws {
    let today = try #require(CivilDate(iso: "2026-12-20"))
    #expect(Spoken.date(try #require(CivilDate(iso: "2026-12-24")), today: today) == "Thursday, December twenty fourth")
    #expect(Spoken.date(try #require(CivilDate(iso: "2027-01-04")), today: today) == "Monday, January fourth")
    #expect(Spoken.date(try #require(CivilDate(iso: "2028-01-31")), today: today) == "Monday, January thirty first, 2028")
    #expect(
      ["00:00", "12:00", "09:05", "16:30", "08:00"].compactMap(CivilTime.init(iso:)).map(Spoken.time)
        == ["midnight", "noon", "9:05 am", "4:30 pm", "8 am"])
    #expect(Spoken.digits("4155552671") == "4 1 5, 5 5 5, 2 6 7 1")
    #expect(Spoken.digits("1234") == "1 2 3 4")
  }
}
