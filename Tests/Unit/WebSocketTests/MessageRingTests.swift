// Messages on their way to the thread of their sockets: order, length, room.

import Testing

@testable import WebSocket

struct MessageRingTests {
  private let directory = SocketDirectory(capacity: 4, limits: UnsentLimits(most: 1 << 20, resume: 1 << 10))

  private func put(_ ring: MessageRing, _ slot: SocketSlot, _ text: String) -> Bool {
    Array(text.utf8).withUnsafeBytes { ring.put(slot, .text, $0) }
  }

  private func drain(_ ring: MessageRing, limit: Int = .max) -> [String] {
    var texts: [String] = []
    _ = ring.drain(limit: limit) { texts.append("\($0.slot) \($0.opcode) \(String(decoding: $0.bytes, as: UTF8.self))") }
    return texts
  }

  /// Short and long messages come out in the order in which they went in, as many as asked for, and hold their socket's room meanwhile.
  @Test(arguments: [Side.client, .server]) func order(_ side: Side) throws {
    let ring = MessageRing(side, capacity: 4096, inlineBytes: 16)
    let one = try #require(directory.open(1, 1, 1, outbox: 0))
    let two = try #require(directory.open(1, 1, 2, outbox: 0))
    let long = String(repeating: "x", count: 100_000)
    #expect(put(ring, one, "a") && put(ring, two, long) && put(ring, one, "") && put(ring, two, "b"))
    #expect(one.unsent == FrameWriter.length(1, side) + FrameWriter.length(0, side))
    #expect(drain(ring, limit: 2) == ["\(one.index) text a", "\(two.index) text \(long)"])
    #expect(drain(ring) == ["\(one.index) text ", "\(two.index) text b"])
    #expect(!ring.takeFullness())
  }

  /// What finds no room is refused, costs its socket nothing, and is told once to the owner, who says RESUME.
  @Test func full() throws {
    let ring = MessageRing(.server, capacity: 4096, inlineBytes: 256)
    let slot = try #require(directory.open(1, 1, 1, outbox: 0))
    let text = String(repeating: "x", count: 200)
    var taken = 0
    while put(ring, slot, text) { taken += 1 }
    #expect(taken > 5 && slot.unsent == taken * FrameWriter.length(200, .server) && slot.isBlocked)
    #expect(drain(ring).count == taken)
    #expect(ring.takeFullness() && !ring.takeFullness())
    #expect(put(ring, slot, text))
  }
}
