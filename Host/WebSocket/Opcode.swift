// What a frame of the WebSocket protocol is for (RFC 6455, section 5.2).

/// The opcodes that the protocol defines.
public enum Opcode: UInt8, Sendable {
  case continuation = 0
  case text = 1
  case binary = 2
  case close = 8
  case ping = 9
  case pong = 10

  /// Control frames are short, whole, and may stand between the fragments of a message.
  var isControl: Bool { rawValue & 8 != 0 }
}

/// Which end of the connection: a client masks what it sends, a server must not.
public enum Side: Sendable { case client, server }
