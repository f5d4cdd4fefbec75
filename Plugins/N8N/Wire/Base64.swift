// Bytes as letters (RFC 4648).

enum Base64 {
  private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let lettersForURLs = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// - Parameter forURLs: the alphabet of section 5, without padding, as JSON Web Tokens are written.
  static func text(_ bytes: [UInt8], forURLs: Bool = false) -> String {
    let alphabet = forURLs ? lettersForURLs : letters
    var out: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for i in 0...group.count { out.append(alphabet[bits >> (18 - 6 * i) & 63]) }
      if !forURLs { out += Array(repeating: UInt8(ascii: "="), count: 3 - group.count) }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
