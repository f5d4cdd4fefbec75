// How a record lies in a segment file.

import Base

/// A segment opens with `magic`; then records follow: length (4 bytes, little endian), CRC-32C over length and payload (4 bytes),
/// payload (JSON, see `EntryJSON`).
///
/// A length is below 2^24, so its last byte is zero, and JSON never holds a zero byte: a record cannot be found inside another's
/// payload, which is what makes looking for the next good record after a damaged one safe.
enum Frame {
  static let magic: [UInt8] = Array("FACTLOG1".utf8)
  static let headBytes = 8

  /// Appends a record whose payload `write` appends.
  static func append(to bytes: inout [UInt8], payload write: (inout [UInt8]) -> Void) {
    let start = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: headBytes))
    write(&bytes)
    let length = UInt32(truncatingIfNeeded: bytes.count - start - headBytes)
    bytes.withUnsafeMutableBytes { all in
      all.storeBytes(of: length.littleEndian, toByteOffset: start, as: UInt32.self)
      let sum = Self.sum(length: length, payload: UnsafeRawBufferPointer(rebasing: all[(start + headBytes)...]))
      all.storeBytes(of: sum.littleEndian, toByteOffset: start + 4, as: UInt32.self)
    }
  }

  enum Parse: Equatable {
    /// A good record with a payload of so many bytes.
    case record(Int)
    /// More bytes are needed, this many in all, to know.
    case short(Int)
    case invalid
  }

  /// Judges what stands at the start of `bytes`.
  static func parse(_ bytes: UnsafeRawBufferPointer) -> Parse {
    guard bytes.count >= headBytes else { return .short(headBytes) }
    let length = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
    guard length > 0, length <= Limits.recordBytes else { return .invalid }
    let end = headBytes + Int(length)
    guard bytes.count >= end else { return .short(end) }
    let sum = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    let payload = UnsafeRawBufferPointer(rebasing: bytes[headBytes..<end])
    return sum == Self.sum(length: length, payload: payload) ? .record(Int(length)) : .invalid
  }

  private static func sum(length: UInt32, payload: UnsafeRawBufferPointer) -> UInt32 {
    let seed = withUnsafeBytes(of: length.littleEndian) { CRC32C.checksum($0) }
    return CRC32C.checksum(payload, seed: seed)
  }
}
