// The checksum against the vectors of its standard.

import Testing

@testable import Journal

@Suite struct CRC32CTests {
  /// The checksum equals the test vectors of RFC 3720, appendix B.4, and the check value of the polynomial.
  @Test(
    arguments: [
      ([UInt8](repeating: 0, count: 32), 0x8A91_36AA), ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
      (Array(0..<32), 0x46DD_794E), (Array((0..<32).reversed()), 0x113F_DB5C), (Array("123456789".utf8), 0xE306_9283),
    ] as [([UInt8], UInt32)])
  func vectors(bytes: [UInt8], expected: UInt32) {
    #expect(bytes.withUnsafeBytes { CRC32C.checksum($0) } == expected)
  }

  /// A checksum made in two steps equals one made at once, wherever the bytes are cut.
  @Test func continues() {
    let bytes: [UInt8] = (0..<61).map { UInt8($0 &* 37 & 0xFF) }
    let whole = bytes.withUnsafeBytes { CRC32C.checksum($0) }
    for cut in 0...bytes.count {
      let first = bytes[..<cut].withUnsafeBytes { CRC32C.checksum($0) }
      #expect(bytes[cut...].withUnsafeBytes { CRC32C.checksum($0, seed: first) } == whole)
    }
  }
}
