// Days and times as a business means them.

import DiaryBook
import Testing

@Suite struct DayTests {
  /// Every day from 1970 to 2100 reads back as itself and follows the one before; leap years are as Gregory said.
  @Test func daysFollowEachOther() throws {
    var seen = 0
    for number in 0..<47_847 {
      let day = try #require(Day(number: number))
      #expect(Day(iso: day.iso) == day)
      seen += day.iso.hasSuffix("-02-29") ? 1 : 0
    }
    #expect(Day(number: 47_846)?.iso == "2100-12-31")
    #expect(seen == 32)
    #expect(Day(iso: "2000-02-29") != nil && Day(iso: "2100-02-29") == nil)
  }

  /// What is no day or no time is refused.
  @Test(arguments: ["", "2027-13-01", "2027-00-10", "2027-04-31", "27-04-30", "2027-4-30", "1969-12-31", "2027-03-15T10", "+027-03-15"])
  func refusesWhatIsNoDay(_ text: String) { #expect(Day(iso: text) == nil) }

  @Test(arguments: ["", "9:30", "24:01", "12:60", "-1:30", "12:3x", "12:30:00"])
  func refusesWhatIsNoTime(_ text: String) { #expect(ClockTime(iso: text) == nil) }

  /// Days and times can be said by any voice.
  @Test func isSaidInWords() throws {
    #expect(try #require(Day(iso: "2027-03-01")).words == "Monday, March 1st")
    #expect(try #require(Day(iso: "2027-03-13")).words == "Saturday, March 13th")
    #expect(try #require(Day(iso: "2027-03-23")).words == "Tuesday, March 23rd")
    let times = ["00:15", "09:30", "12:00", "12:30", "15:00"].map { ClockTime(iso: $0)?.words }
    #expect(times == ["12:15 am", "9:30 am", "noon", "12:30 pm", "3 pm"])
  }

  /// Opening hours may have breaks; anything that is no stretch of time is refused.
  @Test func readsHours() throws {
    let hours = try #require(Rules.hours("13:00-17:00, 08:00-12:00"))
    #expect(hours.map { [$0.lowerBound.iso, $0.upperBound.iso] } == [["08:00", "12:00"], ["13:00", "17:00"]])
    for text in ["", "8-12", "12:00-08:00", "08:00", "08:00-12:00-13:00", "08:00-12:00,,x"] { #expect(Rules.hours(text) == nil) }
  }
}
