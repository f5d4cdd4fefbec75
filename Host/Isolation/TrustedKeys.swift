// The keys by which the operator knows whose libraries may be loaded.

import FoundationEssentials
public import Vox

/// Reads the file `trusted_keys` of the providers' folder: an Ed25519 public key in hexadecimal digits on each line, `#` begins a
/// remark. With OpenSSL a key is made, its public half printed, and a library signed by
///
///     openssl genpkey -algorithm ed25519 -out plugin.key
///     openssl pkey -in plugin.key -pubout -outform DER | tail -c 32 | xxd -p -c 32
///     openssl pkeyutl -sign -inkey plugin.key -rawin -in libPlugin.so | xxd -p -c 64
public enum TrustedKeys {
  /// - Parameter path: of the file; one that is not there names no key.
  /// - Throws: a sentence with file and line when a line is no key, since a key that was meant must not be passed over in silence.
  public static func read(_ path: String) throws(ProviderError) -> [String] {
    guard let data = try? Data(contentsOf: URL(filePath: path)) else { return [] }
    var keys: [String] = []
    for (number, line) in String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let key = line.prefix { $0 != "#" }.filter { !$0.isWhitespace }
      if key.isEmpty { continue }
      guard Hex.bytes(key)?.count == 32 else {
        throw ProviderError(
          .invalid, "\(path):\(number + 1): a trusted key is 64 hexadecimal digits (an Ed25519 public key)", scope: .provider,
          code: "bad_trusted_key")
      }
      keys.append(key)
    }
    return keys
  }
}
