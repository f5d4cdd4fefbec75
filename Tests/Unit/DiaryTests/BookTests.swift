// What the diary decides.

import DiaryBook
import Testing
import Vox

@Suite struct BookTests {
  /// Monday, 2027-03-01, 12:00 UTC.
  private let now: Int64 = 1_803_902_400_000
  private var book: Book

  init() throws {
    let hours = try #require(Rules.hours("08:00-12:00, 13:00-17:00"))
    var rules = Rules(hours: [.mon: hours, .tue: hours, .wed: hours, .thu: hours, .fri: hours])
    rules.closedDays = [try #require(Day(iso: "2027-03-05"))]
    rules.daysAhead = 60
    book = Book(rules)
  }

  private mutating func ask(_ tool: String, _ arguments: JSONValue, key: String = "") throws -> JSONValue {
    let decision = book.decide(try Wish(tool: tool, arguments: arguments), key: key, nowMs: now)
    if let entry = decision.entry {
      // Through the line, because that is what is left of it after a restart.
      book.apply(try #require(Entry(line: entry.line)))
    } else {
      book.remember(decision.answer, key: key)
    }
    return decision.answer
  }

  private mutating func book(_ day: String, _ time: String, _ phone: String = "5550100", key: String = "") throws -> JSONValue {
    try ask("book_appointment", ["day": .string(day), "time": .string(time), "phone": .string(phone)], key: key)
  }

  private mutating func cancel(_ day: String, _ phone: String = "5550100") throws -> JSONValue {
    try ask("cancel_appointment", ["day": .string(day), "phone": .string(phone)])
  }

  private mutating func move(_ day: String, _ time: String, _ phone: String = "5550100") throws -> JSONValue {
    try ask("move_appointment", ["day": .string(day), "time": .string(time), "phone": .string(phone)])
  }

  /// A free time is booked; the next caller hears that it is taken, and what is free.
  @Test mutating func booksAndRefusesWhatIsTaken() throws {
    #expect(try book("2027-03-02", "10:30") == ["ok": true, "day": "2027-03-02", "time": "10:30"])
    let refusal = try book("2027-03-02", "10:30", "5550101")
    #expect(refusal["ok"] == false)
    #expect(
      refusal["reason"]?.string
        == "10:30 am is already taken on Tuesday, March 2nd. The next free times are 11 am, 11:30 am and 1 pm on Tuesday, March 2nd.")
    #expect(refusal["free"]?.array?.first == ["day": "2027-03-02", "time": "11:00"])
  }

  /// As many as the capacity says begin at the same time.
  @Test func hasACapacity() throws {
    var rules = Rules(hours: [.tue: try #require(Rules.hours("10:00-10:30"))])
    rules.capacity = 2
    var book = Book(rules)
    var answers: [JSONValue?] = []
    for phone in ["5550100", "5550101", "5550102"] {
      let wish = try Wish(tool: "book_appointment", arguments: ["day": "2027-03-02", "time": "10:00", "phone": .string(phone)])
      let decision = book.decide(wish, key: "", nowMs: now)
      decision.entry.map { book.apply($0) }
      answers.append(decision.answer["ok"])
    }
    #expect(answers == [true, true, false])
  }

  /// Times outside the opening hours or off the grid, closed days, days that are over or too far ahead: each has its own reason.
  @Test(arguments: [
    ("2027-03-02 12:30", "No appointment begins at 12:30 pm on Tuesday, March 2nd.", "1 pm, 1:30 pm and 2 pm on Tuesday, March 2nd."),
    ("2027-03-02 17:00", "No appointment begins at 5 pm on Tuesday, March 2nd.", "8 am, 8:30 am and 9 am on Wednesday, March 3rd."),
    ("2027-03-02 16:10", "No appointment begins at 4:10 pm on Tuesday, March 2nd.", "4:30 pm on Tuesday, March 2nd."),
    ("2027-03-05 10:00", "We are closed on Friday, March 5th.", "8 am, 8:30 am and 9 am on Monday, March 8th."),
    ("2027-02-26 10:00", "Friday, February 26th is over.", ""),
    ("2027-07-01 10:00", "Appointments can be made until Saturday, May 1st.", ""),
  ])
  mutating func saysWhyNot(_ when: String, _ reason: String, _ free: String) throws {
    let said = try #require(try book(String(when.prefix(10)), String(when.suffix(5)))["reason"]?.string)
    #expect(said.hasPrefix(reason))
    #expect(free.isEmpty ? said == reason : said.hasSuffix(" are " + free) || said.hasSuffix(" is " + free))
  }

  /// The same key twice is one appointment and one answer, whatever came in between; a refusal is repeated too.
  @Test mutating func answersAKeyOnce() throws {
    let first = try book("2027-03-02", "10:30", key: "call-1/a")
    #expect(try cancel("2027-03-02")["ok"] == true)
    #expect(try book("2027-03-02", "10:30", key: "call-1/a") == first)
    #expect(try book("2027-03-02", "10:30", "5550101")["ok"] == true)
    let refusal = try book("2027-03-02", "10:30", "5550102", key: "call-2/a")
    #expect(try cancel("2027-03-02", "5550101")["ok"] == true)
    #expect(try book("2027-03-02", "10:30", "5550102", key: "call-2/a") == refusal)
  }

  /// A number has one appointment a day: the same wish again is agreed to without a second one, another time is refused.
  @Test mutating func keepsOneAppointmentADay() throws {
    #expect(try book("2027-03-02", "10:30")["ok"] == true)
    let again = book.decide(
      try Wish(tool: "book_appointment", arguments: ["day": "2027-03-02", "time": "10:30", "phone": "555-0100"]), key: "", nowMs: now)
    #expect(again.answer["ok"] == true && again.entry == nil)
    #expect(
      try book("2027-03-02", "11:00")["reason"]?.string == "That phone number already has an appointment on Tuesday, March 2nd at 10:30 am."
    )
  }

  /// Cancelling frees the time; what was never booked cannot be cancelled.
  @Test mutating func cancels() throws {
    #expect(try book("2027-03-02", "10:30")["ok"] == true)
    #expect(try cancel("2027-03-02") == ["ok": true, "day": "2027-03-02", "time": "10:30"])
    #expect(try cancel("2027-03-02")["reason"]?.string == "There is no appointment for that phone number on Tuesday, March 2nd.")
    #expect(try book("2027-03-02", "10:30", "5550101")["ok"] == true)
  }

  /// Moving takes the next appointment of a number to a free time, also on the same day, and frees the old one.
  @Test mutating func moves() throws {
    #expect(try book("2027-03-04", "10:30")["ok"] == true)
    #expect(try book("2027-03-02", "10:30")["ok"] == true)
    let moved = try move("2027-03-02", "13:00")
    #expect(moved == ["ok": true, "day": "2027-03-02", "time": "13:00"])
    #expect(try book("2027-03-02", "10:30", "5550101")["ok"] == true)
    #expect(try move("2027-03-04", "14:00")["ok"] == false)
    #expect(try move("2027-03-02", "10:30")["ok"] == false)
    #expect(try move("2027-03-03", "10:30", "5550199")["reason"]?.string == "There is no appointment for that phone number.")
  }

  /// Arguments that are none are refused with the argument's name, and nothing traps on them.
  @Test func refusesBadArguments() {
    let bad: [(String, JSONValue)] = [
      ("book_appointment", ["day": "tomorrow", "time": "10:30", "phone": "5550100"]),
      ("book_appointment", ["day": "2027-03-02", "time": "24:00", "phone": "5550100"]),
      ("book_appointment", ["day": "2027-03-02", "time": "10:30", "phone": "x"]), ("cancel_appointment", [:]),
      ("take_message", ["phone": "5550100"]),
      ("drop_table", ["phone": "5550100"]),
    ]
    for (tool, arguments) in bad {
      #expect(throws: ProviderError.self) { try Wish(tool: tool, arguments: arguments) }
    }
    #expect(book.decide(.message(phone: "5550100", text: "x"), key: "", nowMs: .max).answer["ok"] == true)
    #expect(book.decide(.message(phone: "5550100", text: "x"), key: "", nowMs: .min).answer["ok"] == true)
  }
}
