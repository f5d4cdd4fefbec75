// The checksum of a journal record: CRC-32C, chosen because it catches every burst up to 32 bits and is what storage systems use.

/// CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected to 0x82F63B78; RFC 3720, appendix B.4 holds its test vectors),
/// eight table look-ups per eight bytes ("slicing-by-8", Kounavis and Berry, 2005).
enum CRC32C {
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = (crc >> 1) ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
      tables[byte] = crc
    }
    for slice in 1..<8 {
      for byte in 0..<256 {
        let before = tables[(slice - 1) * 256 + byte]
        tables[slice * 256 + byte] = (before >> 8) ^ tables[Int(before & 0xFF)]
      }
    }
    return tables
  }()

  /// The checksum of `bytes`; pass an earlier result as `seed` to go on where that one ended.
  static func checksum(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) -> UInt32 {
    tables.withUnsafeBufferPointer { t in
      var crc = ~seed
      var at = 0
      while at + 8 <= bytes.count {
        let low = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)) ^ crc
        let high = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: at + 4, as: UInt32.self))
        crc =
          t[7 * 256 + Int(low & 0xFF)] ^ t[6 * 256 + Int((low >> 8) & 0xFF)] ^ t[5 * 256 + Int((low >> 16) & 0xFF)]
          ^ t[4 * 256 + Int(low >> 24)] ^ t[3 * 256 + Int(high & 0xFF)] ^ t[2 * 256 + Int((high >> 8) & 0xFF)]
          ^ t[256 + Int((high >> 16) & 0xFF)] ^ t[Int(high >> 24)]
        at += 8
      }
      while at < bytes.count {
        crc = (crc >> 8) ^ t[Int((crc ^ UInt32(bytes[at])) & 0xFF)]
        at += 1
      }
      return ~crc
    }
  }
}
