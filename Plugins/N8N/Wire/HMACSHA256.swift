// Codes that show that a message comes from whoever knows a secret.

import CHMAC

/// HMAC with SHA-256 (RFC 2104, FIPS 180-4), by libcrypto.
public enum HMACSHA256 {
  /// The 32 bytes of the code; a secret and a message of any length.
  public static func code(_ secret: [UInt8], _ message: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: 32)
    var count = UInt32(code.count)
    _ = HMAC(EVP_sha256(), secret, Int32(clamping: secret.count), message, message.count, &code, &count)
    return code
  }

  /// The same as 64 hexadecimal digits in small letters.
  public static func hex(_ secret: String, _ message: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    let text = code(Array(secret.utf8), message).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }
}
