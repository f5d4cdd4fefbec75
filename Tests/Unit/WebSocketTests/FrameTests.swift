// What one side writes, the other reads.

import Testing
import WebSocket

struct FrameTests {
  private func read(_ bytes: [UInt8], _ side: Side, pieces: Int, limit: Int = 1 << 20) throws -> [(MessageReader.Event, [UInt8])] {
    var reader = MessageReader(side, limit: limit)
    var seen: [(MessageReader.Event, [UInt8])] = []
    var at = 0
    while at < bytes.count {
      let end = min(at + pieces, bytes.count)
      try bytes[at..<end].withUnsafeBytes { piece in
        var left = piece
        while let event = try reader.next(&left) { seen.append((event, event == .ping ? reader.control : reader.message)) }
      }
      at = end
    }
    return seen
  }

  /// A client's masked frames of every length class come back whole at the server, whatever the pieces; and a server's at the client.
  @Test(arguments: [Side.client, .server], [0, 1, 3, 7, 125, 126, 127, 1000, 65_535, 65_536, 70_001])
  func roundTrip(side: Side, count: Int) throws {
    let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var bytes: [UInt8] = []
    payload.withUnsafeBytes {
      if side == .client {
        FrameWriter.append(.binary, $0, mask: 0xA1B2_C3D4, to: &bytes)
      } else {
        FrameWriter.append(.binary, $0, to: &bytes)
      }
    }
    #expect(bytes.count == FrameWriter.length(count, side))
    for pieces in [1, 3, 1000, bytes.count] where bytes.count < 5000 || pieces > 1 {
      let seen = try read(bytes, side == .client ? .server : .client, pieces: pieces)
      #expect(seen.count == 1)
      #expect(seen.first?.0 == .binary)
      #expect(seen.first?.1 == payload)
    }
  }

  /// A masked frame is on the wire what RFC 6455, section 5.7, shows.
  @Test func example() {
    var bytes: [UInt8] = []
    Array("Hello".utf8).withUnsafeBytes { FrameWriter.append(.text, $0, mask: UInt32(bigEndian: 0x37FA_213D), to: &bytes) }
    #expect(bytes == [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58])
  }

  /// A server that masks, or a client that does not, breaks the protocol.
  @Test(arguments: [Side.client, .server])
  func wrongMask(side: Side) {
    var bytes: [UInt8] = []
    Array("x".utf8).withUnsafeBytes {
      if side == .client { FrameWriter.append(.text, $0, mask: 1, to: &bytes) } else { FrameWriter.append(.text, $0, to: &bytes) }
    }
    #expect(throws: MessageReader.Violation.self) { try read(bytes, side, pieces: 100) }
  }

  /// A close reason is cut between characters so that the frame stays legal.
  @Test func longReason() {
    let payload = CloseCode.payload(1000, String(repeating: "é", count: 100))
    #expect(payload.count == 2 + 122)
    #expect(String(validating: payload[2...], as: UTF8.self) != nil)
  }
}
