// The diary itself: who comes when, and what is answered to a wish. It reads no clock and no file.

public import Vox

/// Appointments by their beginning. A phone number has at most one a day, so that a day and a number name one appointment.
public struct Book: Sendable {
  /// What a wish comes to. An entry must be on disk before the answer is given, and is then applied.
  public struct Decision: Equatable, Sendable {
    public let answer: JSONValue
    public let entry: Entry?
  }

  /// Answers kept for calls that are tried again; a call is retried within seconds, and this is days of work.
  private static let answersKept = 10_000
  /// More free times than this no caller remembers.
  private static let offered = 3

  private let rules: Rules
  private var phones: [Slot: Set<String>] = [:]
  private var slots: [String: Set<Slot>] = [:]
  private var answers: [String: JSONValue] = [:]
  private var answeredKeys: [String] = []

  public init(_ rules: Rules) { self.rules = rules }

  /// Decides; changes nothing.
  /// - Parameters:
  ///   - key: of the call; a key that was answered before gets the same answer again.
  ///   - nowMs: milliseconds since 1970 (UTC).
  public func decide(_ wish: Wish, key: String, nowMs: Int64) -> Decision {
    if !key.isEmpty, let answer = answers[key] { return Decision(answer: answer, entry: nil) }
    func agree(_ deed: Entry.Deed) -> Decision {
      let entry = Entry(deed, key: key, atMs: nowMs)
      return Decision(answer: entry.answer, entry: entry)
    }
    switch wish {
    case .message(let phone, let text): return agree(.message(phone: phone, text: text))
    case .cancel(let day, let phone):
      guard let slot = slot(of: phone, on: day) else {
        return refuse("There is no appointment for that phone number on \(day.words).")
      }
      return agree(.cancelled(slot, phone: phone))
    case .book(let slot, let phone):
      if let other = self.slot(of: phone, on: slot.day) {
        // The same wish again, in another call: the appointment stands already.
        if other == slot { return Decision(answer: Entry(.booked(slot, phone: phone), key: key, atMs: nowMs).answer, entry: nil) }
        return refuse("That phone number already has an appointment on \(slot.day.words) at \(other.time.words).")
      }
      return refusal(of: slot, nowMs) ?? agree(.booked(slot, phone: phone))
    case .move(let to, let phone):
      let today = Self.days(nowMs).lowerBound
      guard let from = slots[phone]?.filter({ $0.day >= today }).min() else {
        return refuse("There is no appointment for that phone number.")
      }
      if from == to { return Decision(answer: Entry(.booked(to, phone: phone), key: key, atMs: nowMs).answer, entry: nil) }
      if let other = slot(of: phone, on: to.day), other != from {
        return refuse("That phone number already has an appointment on \(to.day.words) at \(other.time.words).")
      }
      return refusal(of: to, nowMs) ?? agree(.moved(from: from, to: to, phone: phone))
    }
  }

  /// Takes in what was agreed, now or when the file is read.
  public mutating func apply(_ entry: Entry) {
    switch entry.deed {
    case .booked(let slot, let phone): add(slot, phone)
    case .cancelled(let slot, let phone): remove(slot, phone)
    case .moved(let from, let to, let phone):
      remove(from, phone)
      add(to, phone)
    case .message: break
    }
    remember(entry.answer, key: entry.key)
  }

  /// Keeps an answer that changed nothing for the same call tried again.
  public mutating func remember(_ answer: JSONValue, key: String) {
    guard !key.isEmpty, answers.updateValue(answer, forKey: key) == nil else { return }
    answeredKeys.append(key)
    guard answeredKeys.count > 2 * Self.answersKept else { return }
    for old in answeredKeys.prefix(Self.answersKept) { answers[old] = nil }
    answeredKeys.removeFirst(Self.answersKept)
  }

  private mutating func add(_ slot: Slot, _ phone: String) {
    phones[slot, default: []].insert(phone)
    slots[phone, default: []].insert(slot)
  }

  private mutating func remove(_ slot: Slot, _ phone: String) {
    phones[slot]?.remove(phone)
    slots[phone]?.remove(slot)
  }

  private func slot(of phone: String, on day: Day) -> Slot? { slots[phone]?.first { $0.day == day } }

  // MARK: refusals

  /// Which day it may be now, wherever the business is. A diary without a time zone calls a day past when it is past everywhere
  /// (UTC-12), and counts the days ahead from where it is latest (UTC+14).
  static func days(_ nowMs: Int64) -> ClosedRange<Day> {
    let hour: Int64 = 3_600_000
    func day(_ ms: Int64) -> Day { Day(number: Int(clamping: ms / (24 * hour))) ?? .epoch }
    let now = min(max(nowMs, 12 * hour), 1 << 50)
    return day(now - 12 * hour)...day(now + 14 * hour)
  }

  private func refusal(of slot: Slot, _ nowMs: Int64) -> Decision? {
    let today = Self.days(nowMs)
    if slot.day < today.lowerBound { return refuse("\(slot.day.words) is over.") }
    let last = today.upperBound.adding(rules.daysAhead) ?? slot.day
    guard slot.day <= last else { return refuse("Appointments can be made until \(last.words).") }
    let free = freeSlots(from: slot, until: last)
    let times = rules.times(on: slot.day)
    if times.isEmpty { return refuse("We are closed on \(slot.day.words).", free) }
    if !times.contains(slot.time) { return refuse("No appointment begins at \(slot.time.words) on \(slot.day.words).", free) }
    return isFree(slot) ? nil : refuse("\(slot.time.words) is already taken on \(slot.day.words).", free)
  }

  private func isFree(_ slot: Slot) -> Bool { phones[slot]?.count ?? 0 < rules.capacity }

  /// The next free slots, the wished one included; at most a month of days is looked through.
  private func freeSlots(from wished: Slot, until last: Day) -> [Slot] {
    var found: [Slot] = []
    for offset in 0..<31 {
      guard let day = wished.day.adding(offset), day <= last else { break }
      let times = rules.times(on: day).filter { offset > 0 || $0 >= wished.time }
      found += times.map { Slot(day, $0) }.filter(isFree).prefix(Self.offered - found.count)
      if found.count == Self.offered { break }
    }
    return found
  }

  /// `{"ok":false,"reason","free":[{"day","time"}]}`; the reason is one that can be said to the caller.
  private func refuse(_ reason: String, _ free: [Slot] = []) -> Decision {
    let slots = free.map { JSONValue.object(["day": .string($0.day.iso), "time": .string($0.time.iso)]) }
    let sentence = ([reason] + [offer(free)].compactMap(\.self)).joined(separator: " ")
    return Decision(answer: ["ok": false, "reason": .string(sentence), "free": .array(slots)], entry: nil)
  }

  /// "Free are 10 am and 10:30 am on Monday, March 15th": of the first free day only, which is easier to listen to.
  private func offer(_ free: [Slot]) -> String? {
    guard let first = free.first else { return nil }
    let times = free.filter { $0.day == first.day }.map(\.time.words)
    guard let last = times.last, times.count > 1 else { return "The next free time is \(first.time.words) on \(first.day.words)." }
    return "The next free times are \(times.dropLast().joined(separator: ", ")) and \(last) on \(first.day.words)."
  }
}
