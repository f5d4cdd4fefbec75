// Frames as they are sent: whole messages (RFC 6455, section 5.2).

/// Lays frames out behind each other in a buffer.
public enum FrameWriter {
  /// The bytes a payload takes on the wire.
  @inline(__always)
  public static func length(_ payload: Int, _ side: Side) -> Int {
    payload + (payload < 126 ? 2 : payload <= 0xFFFF ? 4 : 10) + (side == .client ? 4 : 0)
  }

  /// Appends one final frame of a client, masked with `mask`, which must not be guessable.
  public static func append(_ opcode: Opcode, _ payload: UnsafeRawBufferPointer, mask: UInt32, to bytes: inout [UInt8]) {
    appendHead(opcode, payload.count, .client, to: &bytes)
    withUnsafeBytes(of: mask) { bytes.append(contentsOf: $0) }
    let start = bytes.count
    bytes.append(contentsOf: payload)
    bytes.withUnsafeMutableBytes { Mask.apply(mask, to: UnsafeMutableRawBufferPointer(rebasing: $0[start...])) }
  }

  /// Appends one final frame of a server.
  public static func append(_ opcode: Opcode, _ payload: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    appendHead(opcode, payload.count, .server, to: &bytes)
    bytes.append(contentsOf: payload)
  }

  private static func appendHead(_ opcode: Opcode, _ count: Int, _ side: Side, to bytes: inout [UInt8]) {
    let masked: UInt8 = side == .client ? 0x80 : 0
    bytes.append(0x80 | opcode.rawValue)
    switch count {
    case ..<126: bytes.append(masked | UInt8(count))
    case ...0xFFFF:
      bytes.append(masked | 126)
      withUnsafeBytes(of: UInt16(count).bigEndian) { bytes.append(contentsOf: $0) }
    default:
      bytes.append(masked | 127)
      withUnsafeBytes(of: UInt64(count).bigEndian) { bytes.append(contentsOf: $0) }
    }
  }
}

/// The mask of RFC 6455, section 5.3, as the four bytes stand in memory.
enum Mask {
  /// Puts the mask on, or takes it off, eight bytes at a time.
  static func apply(_ mask: UInt32, to bytes: UnsafeMutableRawBufferPointer) {
    let wide = UInt64(mask) << 32 | UInt64(mask)
    var at = 0
    while at + 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self) ^ wide
      bytes.storeBytes(of: word, toByteOffset: at, as: UInt64.self)
      at += 8
    }
    var rest = UInt64(littleEndian: wide)
    while at < bytes.count {
      bytes[at] ^= UInt8(truncatingIfNeeded: rest)
      rest >>= 8
      at += 1
    }
  }

  /// The mask for what follows `count` masked bytes.
  static func turned(_ mask: UInt32, by count: Int) -> UInt32 {
    let turn = UInt32(count % 4) * 8
    let bits = UInt32(littleEndian: mask)
    return turn == 0 ? mask : UInt32(littleEndian: bits >> turn | bits << (32 - turn))
  }
}
