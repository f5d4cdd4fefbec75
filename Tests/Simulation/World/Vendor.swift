// One simulated vendor: what it can do, how it is today, and what was really wrong with it.

import Base
import Vox

/// A vendor behind one provider. It has bad hours in each of its roles, and now and then a mishap.
final class Vendor {
  let name: String
  /// Where it processes what it is given.
  let region: String
  /// It does the same work once for the same key.
  let honoursKeys: Bool
  /// Its recogniser may be fed at so many permille of real time; nil: as fast as it comes.
  let inputPermille: Int?
  /// A model that was cut off is asked to go on; this one begins again.
  let beginsAgain: Bool
  let firstOutputMs: ClosedRange<Int>
  let finalMs: ClosedRange<Int>
  /// Milliseconds that a voice needs for a word; 0: as fast as the host takes it.
  let msPerWord: Int
  /// Its voice takes a text while it is being written.
  let takesGrowingText: Bool

  private var spells: [Role: (fault: Fault, until: Instant)] = [:]
  /// When it last did wrong in a role, and when it last said that all of it is away.
  private(set) var lastWrong: [Role: Instant] = [:]
  private(set) var lastWholly: Instant?

  init(_ name: String, _ chance: inout Chance) {
    self.name = name
    region = chance.percent(75) ? "eu" : "us"
    honoursKeys = chance.percent(60)
    inputPermille = chance.percent(30) ? 1250 : nil
    beginsAgain = chance.percent(30)
    let first = chance.some(60...300)
    firstOutputMs = first...(first + chance.some(20...200))
    let final = chance.some(40...300)
    finalMs = final...(final + chance.some(20...300))
    msPerWord = chance.percent(50) ? 0 : chance.some(40...150)
    takesGrowingText = chance.percent(50)
  }

  func begin(_ role: Role, _ fault: Fault, until: Instant) { spells[role] = (fault, until) }

  /// What is wrong with it in a role at this moment, apart from mishaps.
  func spell(_ role: Role, at now: Instant) -> Fault? {
    guard let spell = spells[role], now < spell.until else { return nil }
    return spell.fault
  }

  /// It does wrong now.
  func note(_ fault: Fault, _ role: Role, at now: Instant) {
    lastWrong[role] = now
    if fault == .unavailable(.provider) { lastWholly = now }
  }

  var traits: JSONValue {
    var traits: [String: JSONValue] = ["idempotency": .bool(honoursKeys), "text_grows": .bool(takesGrowingText)]
    if let inputPermille { traits["input_rate_permille"] = .int(Int64(inputPermille)) }
    return .object(traits)
  }
}
