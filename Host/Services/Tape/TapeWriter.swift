// Writes a recording, with everything masked that could be a secret.

import Base
import Glibc
import Synchronization
import Vox

/// A file of JSON lines. Any thread may write; lines are whole.
final class TapeWriter: Sendable {
  private let file: Mutex<Int32>
  private let masks: [[UInt8]]
  /// Header lines whose whole value is hidden, whatever it is.
  private static let hidden: Set<String> = [
    "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "xi-api-key",
  ]
  private static let mask = Array("***".utf8)

  init(_ path: String, secrets: [String]) throws(Problem) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw Problem(.invalid, code: "tape_file", "the recording \(path) cannot be written: \(String(cString: strerror(errno)))")
    }
    file = Mutex(descriptor)
    // The longest first, so that a secret that begins like another one is not left in part.
    masks = Set(secrets.flatMap { [$0, Self.percentEncoded($0), Base64.encode(Array($0.utf8))] }.filter { $0.utf8.count >= 4 })
      .sorted { $0.utf8.count > $1.utf8.count }.map { Array($0.utf8) }
  }

  deinit { _ = file.withLock { close($0) } }

  func write(_ head: [String: JSONValue], _ fields: [String: JSONValue]) {
    let line = masked(Array(JSONValue.object(head.merging(fields) { first, _ in first }).text.utf8)) + [0x0A]
    file.withLock { descriptor in
      var at = 0
      while at < line.count {
        let wrote = line[at...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard wrote > 0 || errno == EINTR else { return }
        at += max(wrote, 0)
      }
    }
  }

  /// Bytes as text where they are text, else in Base64; masked before, because Base64 would hide a secret from the mask.
  static func json(_ bytes: UnsafeRawBufferPointer, _ writer: TapeWriter?) -> JSONValue {
    guard let writer else { return .null }
    let plain = writer.masked(Array(bytes))
    if let text = String(validating: plain, as: UTF8.self) { return .string(text) }
    return ["base64": .string(Base64.encode(plain))]
  }

  static func json(_ headers: [(name: String, value: String)]) -> JSONValue {
    .array(headers.map { [.string($0.name), .string(hidden.contains($0.name.lowercased()) ? "***" : $0.value)] })
  }

  func masked(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for secret in masks where secret.count <= bytes.count {
      var at = 0
      while at + secret.count <= bytes.count {
        if bytes[at] == secret[0], bytes[at..<(at + secret.count)].elementsEqual(secret) {
          bytes.replaceSubrange(at..<(at + secret.count), with: Self.mask)
          at += Self.mask.count
        } else {
          at += 1
        }
      }
    }
    return bytes
  }

  private static func percentEncoded(_ text: String) -> String {
    text.utf8.reduce(into: "") { encoded, byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: encoded.append(Character(UnicodeScalar(byte)))
      default: encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
  }
}
