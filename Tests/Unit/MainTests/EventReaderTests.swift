// Server-sent events taken apart, however they are cut.

import Testing

@testable import Terminal

@Suite struct EventReaderTests {
  private static func read(_ text: String, step: Int) throws -> [ServerEvent] {
    var reader = EventReader(from: "test")
    let bytes = Array(text.utf8)
    return try stride(from: 0, to: bytes.count, by: step).flatMap { try reader.feed(Array(bytes[$0..<min($0 + step, bytes.count)])) }
  }

  /// Names, data of several lines and ids are read in whatever pieces they come; comments say nothing.
  @Test(arguments: [1, 2, 3, 11, 1000]) func readsEvents(step: Int) throws {
    let text = ": keep\n\nevent: heard\ndata: {\"a\":1}\nid: 7\n\ndata:one\r\ndata: two\r\n\r\nevent: nothing\n\ndata: half"
    let events = [ServerEvent(name: "heard", data: "{\"a\":1}", id: "7"), ServerEvent(data: "one\ntwo", id: "7")]
    #expect(try Self.read(text, step: step) == events)
  }

  /// An event without end is refused before it fills the memory.
  @Test func refusesEndlessEvents() {
    #expect(throws: ControlError.self) { try Self.read("data: " + String(repeating: "x", count: 2 << 20), step: 1 << 16) }
    #expect(throws: ControlError.self) {
      try Self.read(String(repeating: "data: \(String(repeating: "x", count: 1000))\n", count: 2000), step: 1 << 16)
    }
  }
}
