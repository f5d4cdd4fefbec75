// Words to values: days, times, digits, yes and no.

@testable import Dialogue
import Testing

@Suite struct ReaderTests {
  /// 2026-03-04 is a Wednesday.
  static let today = CivilDate(year: 2026, month: 3, day: 4) ?? .epoch

  static func slot(_ kind: Slot.Kind) -> Slot {
    Slot(name: "s", kind: kind, label: "the s", ask: "?", again: "?", refuse: nil, line: 1)
  }

  static func read(_ kind: Slot.Kind, _ text: String, bare: Bool = true) -> String? {
    SlotReader.best(slot(kind), in: Words.tokens(text), today: today, bare: bare)?.value.machine
  }

  /// A caller's words for a day mean the day that a receptionist on a Wednesday would write down.
  @Test(arguments: [
    ("today", "2026-03-04"), ("tomorrow", "2026-03-05"), ("the day after tomorrow", "2026-03-06"),
    ("friday", "2026-03-06"), ("on fridays", "2026-03-06"), ("wednesday", "2026-03-11"), ("this wednesday", "2026-03-04"),
    ("monday", "2026-03-09"), ("next monday", "2026-03-09"), ("next friday", "2026-03-13"), ("this coming friday", "2026-03-06"),
    ("march fifth", "2026-03-05"), ("march the fifth", "2026-03-05"), ("the fifth of march", "2026-03-05"),
    ("March 5th", "2026-03-05"), ("march third", "2027-03-03"), ("february twenty ninth", "2028-02-29"),
    ("the thirty first", "2026-03-31"), ("the third", "2026-04-03"), ("fifth", "2026-03-05"),
    ("monday the ninth", "2026-03-09"), ("monday march ninth", "2026-03-09"), ("3/9", "2026-03-09"), ("2026-12-24", "2026-12-24"),
    ("december twenty fourth twenty twenty seven", "2027-12-24"), ("in three days", "2026-03-07"), ("in a week", "2026-03-11"),
    ("two weeks from friday", "2026-03-20"), ("a week from tomorrow", "2026-03-12"), ("um maybe friday please", "2026-03-06"),
  ])
  func days(_ words: String, _ day: String) {
    #expect(Self.read(.date(weekdays: Set(1...7)), words) == day)
  }

  /// Days that do not exist, and numbers that are no days, are not read as days.
  @Test(arguments: ["february thirtieth", "the thirty second", "soon", "next week", "two", ""])
  func noDays(_ words: String) {
    #expect(Self.read(.date(weekdays: Set(1...7)), words) == nil)
  }

  /// A time without "am" or "pm" is the one within the business's hours.
  @Test(arguments: [
    ("ten", "10:00"), ("ten thirty", "10:30"), ("ten o'clock", "10:00"), ("3", "15:00"), ("three pm", "15:00"), ("2:15", "14:15"),
    ("half past ten", "10:30"), ("a quarter to three", "14:45"), ("quarter past nine", "09:15"), ("ten minutes past four", "16:10"),
    ("noon", "12:00"), ("twelve", "12:00"), ("twelve thirty", "12:30"), ("nine oh five", "09:05"), ("9:05 a.m.", "09:05"),
    ("four in the afternoon", "16:00"), ("eight in the morning", "08:00"), ("seven in the evening", "19:00"), ("1030", "10:30"),
    ("fourteen thirty", "14:30"), ("at around eleven please", "11:00"), ("ten a m", "10:00"), ("eight pm", "20:00"),
  ])
  func times(_ words: String, _ time: String) throws {
    let from = try #require(CivilTime(iso: "08:00")), to = try #require(CivilTime(iso: "17:00"))
    #expect(Self.read(.time(from: from, to: to), words) == time)
  }

  /// Outside a question about the time a number alone is no time; after "at" it is.
  @Test func unmarkedTimes() {
    let kind = Slot.Kind.time(from: .first, to: .last)
    #expect(Self.read(kind, "ten people", bare: false) == nil)
    #expect(Self.read(kind, "friday at ten", bare: false) == "10:00")
    #expect(Self.read(kind, "friday ten am", bare: false) == "10:00")
  }

  /// A telephone number is understood digit by digit, in groups, doubled, written, and with its country code.
  @Test(arguments: [
    "four one five five five five two six seven one", "415-555-2671", "(415) 555 2671", "+1 415 555 2671",
    "four fifteen five fifty five twenty six seventy one", "four one five triple five two six seven one",
    "it's four one five um five five five and two six seven one", "area code 415 then 5552671",
  ])
  func tenDigits(_ words: String) {
    let digits = DigitsReader.fitted(DigitsReader.all(in: Words.tokens(words)), to: 10)
    #expect(digits == "4155552671")
  }

  /// A number of another length is not taken for one of ten digits.
  @Test func otherLengths() {
    #expect(Self.read(.digits(10), "four one five five five five two six seven") == nil)
    #expect(Self.read(.digits(10), "4155552671123") == nil)
    #expect(Self.read(.digits(4), "oh seven oh niner") == "0709")
  }

  /// Yes and no are told apart also when politeness or a correction follows.
  @Test(arguments: [
    ("yes please", true), ("yeah that's right", true), ("that's correct", true), ("sounds good", true), ("uh yes", true),
    ("no", false), ("no thanks", false), ("that's not right", false), ("no friday", false), ("nope that's wrong", false),
    ("not quite", false), ("ten", nil), ("", nil),
  ])
  func yesAndNo(_ words: String, _ answer: Bool?) {
    #expect(YesNoReader.read(Words.tokens(words)) == answer)
  }

  /// The longest listed phrase wins, and its value is the flow's key.
  @Test func choices() {
    let kind = Slot.Kind.choice([
      Slot.Choice(value: "clean", phrases: ["cleaning"], line: 1), Slot.Choice(value: "deep", phrases: ["deep cleaning"], line: 2),
    ])
    #expect(Self.read(kind, "a deep cleaning please") == "deep")
    #expect(Self.read(kind, "cleaning") == "clean")
    #expect(Self.read(kind, "a checkup") == nil)
  }
}
