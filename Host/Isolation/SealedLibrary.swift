// A library as it was checked: a copy in memory that nobody can change any more.

import CCrypto
import CLinux
import Glibc
import Loader
public import Vox

/// The bytes of a library in a sealed memory file. What is digested, verified and loaded is this one descriptor, so a file that is
/// overwritten, cut short or exchanged afterwards changes nothing.
public final class SealedLibrary: Sendable {
  /// The name the operator knows it by.
  public let path: String
  /// SHA-256 of its bytes, in lower-case hexadecimal digits.
  public let digest: String
  let descriptor: Int32
  let size: Int

  /// Larger than any plugin with its engine linked in.
  private static let maxBytes = 1 << 30

  /// Copies the file at `path`, seals the copy, and looks at its ELF headers.
  public init(_ path: String) throws(ProviderError) {
    let source = open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else {
      let why = errno == ENOENT ? "was not found; build it, or correct `library:`" : "cannot be read: \(String(cString: strerror(errno)))"
      throw ProviderError(.invalid, "the library \(path) \(why)", scope: .provider, code: "file_missing")
    }
    defer { close(source) }
    let copy = clinux_memory_file("vox-library")
    guard copy >= 0, let size = Self.copy(source, to: copy), clinux_seal(copy) == 0 else {
      if copy >= 0 { close(copy) }
      throw ProviderError(.internal, "the library \(path) cannot be copied into memory", scope: .provider, code: "copy_failed")
    }
    guard let digest = Self.digest(copy) else {
      close(copy)
      throw ProviderError(.internal, "libcrypto offers no SHA-256", scope: .provider, code: "digest_failed")
    }
    self.path = path
    self.size = size
    self.digest = digest
    descriptor = copy
    let place = "/proc/self/fd/\(copy)"
    do { try ELFFile.check(place) } catch {
      throw ProviderError(error.cls, error.message.replacing(place, with: path), scope: .provider, code: error.code)
    }
  }

  deinit { close(descriptor) }

  private static func copy(_ source: Int32, to target: Int32) -> Int? {
    var total = 0
    while total <= maxBytes {
      let count = sendfile(target, source, nil, 1 << 20)
      if count == 0 { return total }
      guard count > 0 else { return nil }
      total += count
    }
    return nil
  }

  /// Hands the bytes to `body` piece by piece; false when they cannot be read.
  private static func read(_ descriptor: Int32, _ body: (UnsafeRawBufferPointer) -> Bool) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    var at = 0
    while true {
      let count = pread(descriptor, &buffer, buffer.count, off_t(at))
      if count == 0 { return true }
      guard count > 0, buffer.withUnsafeBytes({ body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }) else { return false }
      at += count
    }
  }

  private static func digest(_ descriptor: Int32) -> String? {
    guard let context = EVP_MD_CTX_new() else { return nil }
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1,
      read(descriptor, { EVP_DigestUpdate(context, $0.baseAddress, $0.count) == 1 })
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: 32)
    guard EVP_DigestFinal_ex(context, &bytes, nil) == 1 else { return nil }
    return Hex.text(bytes)
  }

  // MARK: Integrity

  /// Refuses the library when it is not the one the operator named.
  ///
  /// - Parameter sha256: 64 hexadecimal digits.
  public func require(sha256: String) throws(ProviderError) {
    guard sha256.lowercased() == digest else {
      throw ProviderError(
        .invalid, "\(path) is not the library its file names: its SHA-256 is \(digest), expected \(sha256.lowercased())", scope: .provider,
        code: "wrong_digest")
    }
  }

  /// Refuses the library unless one of the keys has signed it (Ed25519, RFC 8032, over the bytes of the file).
  ///
  /// - Parameters:
  ///   - signature: 64 bytes in hexadecimal digits.
  ///   - keys: the operator's trusted public keys, 32 bytes each in hexadecimal digits.
  public func require(signature: String, keys: [String]) throws(ProviderError) {
    func refuse(_ reason: String) -> ProviderError {
      ProviderError(.invalid, "\(path): \(reason)", scope: .provider, code: "wrong_signature")
    }
    guard let signature = Hex.bytes(signature), signature.count == 64 else {
      throw refuse("its signature must be 128 hexadecimal digits (Ed25519)")
    }
    guard !keys.isEmpty else {
      throw refuse("it has a signature, but this host trusts no key; write one into the file `trusted_keys` beside the providers' files")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    guard
      Self.read(
        descriptor,
        {
          bytes.append(contentsOf: $0); return true
        })
    else { throw refuse("it cannot be read") }
    for key in keys {
      guard let raw = Hex.bytes(key), raw.count == 32 else { throw refuse("the trusted key \(key) must be 64 hexadecimal digits") }
      if Self.verify(bytes, signature, raw) { return }
    }
    throw refuse("its signature is of none of the \(keys.count) trusted keys; sign it again, or remove it")
  }

  private static func verify(_ bytes: [UInt8], _ signature: [UInt8], _ key: [UInt8]) -> Bool {
    guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, key, key.count) else { return false }
    defer { EVP_PKEY_free(key) }
    guard let context = EVP_MD_CTX_new() else { return false }
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return false }
    return EVP_DigestVerify(context, signature, signature.count, bytes, bytes.count) == 1
  }
}

/// Bytes as hexadecimal digits.
enum Hex {
  static func text(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Nil when the text is anything else.
  static func bytes(_ text: String) -> [UInt8]? {
    let nibbles = text.utf8.map { c -> UInt8? in
      switch c {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): c - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): c - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): c - UInt8(ascii: "A") + 10
      default: nil
      }
    }
    guard nibbles.count % 2 == 0, !nibbles.contains(nil) else { return nil }
    let values = nibbles.compactMap { $0 }
    return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
  }
}
