// What a caller wants of the diary, read from a tool call.

public import Vox

/// A tool call with its arguments checked.
public enum Wish: Equatable, Sendable {
  case book(Slot, phone: String)
  case cancel(Day, phone: String)
  case move(to: Slot, phone: String)
  case message(phone: String, text: String)

  /// - Throws: `invalid`, with the argument and what it should be.
  public init(tool: String, arguments: JSONValue) throws(ProviderError) {
    func day() throws(ProviderError) -> Day {
      guard let day = arguments["day"]?.string.flatMap({ Day(iso: $0) }) else { throw Self.wrong("day", "a day such as 2027-03-15") }
      return day
    }
    func slot() throws(ProviderError) -> Slot {
      guard let time = arguments["time"]?.string.flatMap({ ClockTime(iso: $0) }), time.minutes < 1_440 else {
        throw Self.wrong("time", "a time such as 14:30")
      }
      return Slot(try day(), time)
    }
    let phone = (arguments["phone"]?.string ?? "").filter { $0.isASCII && $0.isNumber }
    // E.164 allows 15 digits; fewer than 4 reach nobody.
    guard (4...15).contains(phone.count) else { throw Self.wrong("phone", "a phone number of 4 to 15 digits") }

    switch tool {
    case "book_appointment": self = .book(try slot(), phone: phone)
    case "cancel_appointment": self = .cancel(try day(), phone: phone)
    case "move_appointment": self = .move(to: try slot(), phone: phone)
    case "take_message":
      let text = arguments["text"]?.string ?? ""
      guard (1...8_000).contains(text.utf8.count) else { throw Self.wrong("text", "what the caller said, at most 8,000 bytes") }
      self = .message(phone: phone, text: text)
    default: throw ProviderError(.invalid, "The diary has no tool named '\(tool.prefix(64))'.", code: "unknown_tool")
    }
  }

  private static func wrong(_ name: String, _ expected: String) -> ProviderError {
    ProviderError(.invalid, "The argument '\(name)' must be \(expected).", code: "bad_arguments")
  }
}
