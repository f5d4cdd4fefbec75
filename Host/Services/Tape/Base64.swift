// Base64 (RFC 4648, section 4) by the cryptography library.

import CCrypto

enum Base64 {
  static func encode(_ bytes: [UInt8]) -> String {
    guard !bytes.isEmpty, let count = Int32(exactly: bytes.count) else { return "" }
    // Four characters for three bytes, and the library's final zero.
    return String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4 + 1) { Int(EVP_EncodeBlock($0.baseAddress, bytes, count)) }
  }

  /// Nil for what is no Base64.
  static func decode(_ text: String) -> [UInt8]? {
    let characters = Array(text.utf8)
    guard characters.count % 4 == 0, let count = Int32(exactly: characters.count) else { return nil }
    guard count > 0 else { return [] }
    var length: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: characters.count / 4 * 3) { buffer, filled in
      length = EVP_DecodeBlock(buffer.baseAddress, characters, count)
      filled = max(Int(length), 0)
    }
    guard length >= 0 else { return nil }
    return Array(bytes.dropLast(characters.suffix(2).count { $0 == 0x3D }))
  }
}
