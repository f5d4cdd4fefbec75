// Frames of the WebSocket protocol (RFC 6455, section 5.2) as this side sends them: whole messages, never masked.

import NIOCore
import WebSocket

extension ByteBuffer {
  /// Appends one final frame.
  mutating func writeFrame(_ opcode: Opcode, _ payload: UnsafeRawBufferPointer) {
    writeInteger(0x80 | opcode.rawValue)
    switch payload.count {
    case ..<126: writeInteger(UInt8(payload.count))
    case ...0xFFFF:
      writeInteger(UInt8(126))
      writeInteger(UInt16(payload.count))
    default:
      writeInteger(UInt8(127))
      writeInteger(UInt64(payload.count))
    }
    writeBytes(payload)
  }
}

enum Frame {
  /// The bytes a payload takes on the wire.
  @inline(__always)
  static func length(_ payload: Int) -> Int { FrameWriter.length(payload, .server) }
}

extension SocketDirectory {
  /// As large as the host's limits say.
  convenience init() {
    self.init(capacity: Limits.sockets, limits: UnsentLimits(most: Limits.unsentBytes, resume: Limits.resumeBytes))
  }
}
