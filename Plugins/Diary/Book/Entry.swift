// One line of the diary's file: something that was agreed on with a caller.

import Vox

/// A deed, with what makes it findable again.
public struct Entry: Equatable, Sendable {
  public enum Deed: Equatable, Sendable {
    case booked(Slot, phone: String)
    case cancelled(Slot, phone: String)
    case moved(from: Slot, to: Slot, phone: String)
    case message(phone: String, text: String)
  }

  public let deed: Deed
  /// Equal for the same call tried again; empty = none.
  public let key: String
  /// Milliseconds since 1970 (UTC) when it was agreed.
  public let atMs: Int64

  public init(_ deed: Deed, key: String, atMs: Int64) {
    self.deed = deed
    self.key = key
    self.atMs = atMs
  }

  /// The line, without its newline.
  public var line: String {
    var members: [String: JSONValue] = ["at_ms": .int(atMs)]
    if !key.isEmpty { members["key"] = .string(key) }
    func add(_ what: String, _ phone: String, _ slot: Slot? = nil) {
      members["what"] = .string(what)
      members["phone"] = .string(phone)
      guard let slot else { return }
      members["day"] = .string(slot.day.iso)
      members["time"] = .string(slot.time.iso)
    }
    switch deed {
    case .booked(let slot, let phone): add("booked", phone, slot)
    case .cancelled(let slot, let phone): add("cancelled", phone, slot)
    case .moved(let from, let to, let phone):
      add("moved", phone, to)
      members["from_day"] = .string(from.day.iso)
      members["from_time"] = .string(from.time.iso)
    case .message(let phone, let text):
      add("message", phone)
      members["text"] = .string(text)
    }
    return JSONValue.object(members).text
  }

  /// Reads a line; nil when it is none of ours.
  public init?(line: some StringProtocol) {
    guard let json = try? JSONValue(parsing: String(line)), let phone = json["phone"]?.string, let at = json["at_ms"]?.int
    else { return nil }
    func slot(_ day: String, _ time: String) -> Slot? {
      guard let day = json[day]?.string.flatMap({ Day(iso: $0) }), let time = json[time]?.string.flatMap({ ClockTime(iso: $0) })
      else { return nil }
      return Slot(day, time)
    }
    switch (json["what"]?.string, slot("day", "time")) {
    case ("booked", let slot?): deed = .booked(slot, phone: phone)
    case ("cancelled", let slot?): deed = .cancelled(slot, phone: phone)
    case ("moved", let to?):
      guard let from = slot("from_day", "from_time") else { return nil }
      deed = .moved(from: from, to: to, phone: phone)
    case ("message", _):
      guard let text = json["text"]?.string else { return nil }
      deed = .message(phone: phone, text: text)
    default: return nil
    }
    key = json["key"]?.string ?? ""
    atMs = Int64(at)
  }

  /// What the agent is told: `{"ok":true,"day","time"}`.
  var answer: JSONValue {
    switch deed {
    case .booked(let slot, _), .cancelled(let slot, _), .moved(_, let slot, _):
      ["ok": true, "day": .string(slot.day.iso), "time": .string(slot.time.iso)]
    case .message: ["ok": true]
    }
  }
}
