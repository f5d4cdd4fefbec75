// Names: of the right form, in the order of time, never the same twice.

import Base
import Foundation
import Testing

private enum TurnKind: IDKind { static let prefix = "t_" }

@Suite struct IDTests {
  /// An id has its kind's prefix and 26 characters, and what was made is read back.
  @Test func form() throws {
    var maker = IDMaker(clock: VirtualClock(), random: Random(seed: 1))
    let id = maker.make(CallKind.self)
    #expect(id.text.hasPrefix("c_"))
    #expect(id.text.utf8.count == 28)
    #expect(CallID(id.text) == id)
    #expect(ID<TurnKind>(id.text) == nil)
  }

  /// What is no id is not taken for one.
  @Test(arguments: [
    "", "c_", "c_0", "c_01mcc5rm005a674kecwk73msdjx", "c_01mcc5rm005a674kecwk73msdi", "c_01MCC5RM005A674KECWK73MSDJ",
    "c_é1mcc5rm005a674kecwk73msd",
  ])
  func notAnID(_ text: String) { #expect(CallID(text) == nil) }

  /// Ids sort by the time they were made, and ten thousand of one millisecond are all different.
  @Test func orderAndUniqueness() {
    let clock = VirtualClock()
    var maker = IDMaker(clock: clock, random: Random(seed: 1))
    let first = (0..<10_000).map { _ in maker.make(CallKind.self) }
    #expect(Set(first).count == 10_000)
    clock.move(to: clock.now.advanced(byMs: 1))
    let later = maker.make(CallKind.self)
    #expect(first.allSatisfy { $0 < later })
  }

  /// The first ten characters are the time: RFC 4648's idea in Crockford's alphabet, most significant first.
  @Test func time() {
    let clock = VirtualClock(wallMs: 1_469_918_176_385)
    var maker = IDMaker(clock: clock, random: Random(seed: 1))
    // The example of the ULID specification: 01ARYZ6S41 stands for 1469918176385.
    #expect(maker.make(CallKind.self).text.hasPrefix("c_01aryz6s41"))
  }

  /// An id travels as a plain string in JSON, and one that is none is refused with what was expected.
  @Test func json() throws {
    var maker = IDMaker(clock: VirtualClock(), random: Random(seed: 1))
    let id = maker.make(CallKind.self)
    let data = try JSONEncoder().encode([id])
    #expect(String(decoding: data, as: UTF8.self) == "[\"\(id)\"]")
    #expect(try JSONDecoder().decode([CallID].self, from: data) == [id])
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([CallID].self, from: Data("[\"x\"]".utf8)) }
  }
}
