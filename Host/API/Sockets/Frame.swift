// Frames of the WebSocket protocol (RFC 6455, section 5.2) as this side sends them: whole messages, never masked.

import NIOCore

/// What a frame is for.
enum Opcode: UInt8 {
  case continuation = 0
  case text = 1
  case binary = 2
  case close = 8
  case ping = 9
  case pong = 10

  /// Control frames are short, whole, and may stand between the fragments of a message.
  var isControl: Bool { rawValue & 8 != 0 }
}

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
  static func length(_ payload: Int) -> Int { payload + (payload < 126 ? 2 : payload <= 0xFFFF ? 4 : 10) }
}

/// Close codes of RFC 6455, section 7.4, and of the registry it opened.
enum CloseCode {
  static let normal = 1000
  static let goingAway = 1001
  static let protocolError = 1002
  /// Told to the owner when the peer closed without a code; never sent.
  static let none = 1005
  /// Told to the owner when the connection ended without a close; never sent.
  static let vanished = 1006
  static let notUTF8 = 1007
  static let tooBig = 1009
  static let internalError = 1011

  /// Whether a code may stand in a close frame: what the protocol and its registry define, and the ranges kept for applications.
  static func maySend(_ code: Int) -> Bool {
    switch code {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }
}
