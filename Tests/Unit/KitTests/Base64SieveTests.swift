// Sound is taken out of JSON as it streams in, and all else stays.

import PluginKit
import Testing
import Vox

struct Base64SieveTests {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private func base64(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for at in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[at..<min(at + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for n in 0..<4 { text.append(n <= group.count ? Self.alphabet[bits >> (18 - 6 * n) & 63] : 0x3D) }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private func sieved(_ text: String, piece: Int = .max, limit: Int = 1 << 20) throws -> (json: String, sieve: Base64Sieve) {
    var sieve = Base64Sieve(limit: limit)
    let bytes = Array(text.utf8)
    var out: [UInt8] = []
    for at in stride(from: 0, to: bytes.count, by: min(piece, bytes.count)) {
      out += try sieve.feed(bytes[at..<min(at + min(piece, bytes.count), bytes.count)])
    }
    return (String(decoding: out, as: UTF8.self), sieve)
  }

  private func sound(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 3) } }

  /// Long strings are replaced by a name that gives their bytes once; short ones are decoded where they stand; all other text stays.
  @Test(arguments: [1, 7, 513, 100_000], [0, 1, 2, 3, 383, 384, 385, 5_000]) func takesOut(_ piece: Int, _ count: Int) throws {
    let text = "{\"a\":\"\(base64(sound(count)))\",\"id\":\"x\\\"y\",\"list\":[1,\"\(base64(sound(900)))\"]}"
    var (json, sieve) = try sieved(text, piece: piece)
    #expect(json.utf8.count < 700)
    let value = try JSONValue(parsing: json)
    #expect(value["id"] == "x\"y")
    #expect(sieve.bytes(value["a"]?.string ?? "-") == sound(count))
    let second = value["list"]?.array?.last?.string ?? ""
    #expect(sieve.bytes(second) == sound(900))
    #expect(sieve.bytes(second) == nil)
  }

  /// Long text that is no base64 stays as it is, escapes and quotes included; a slash may be escaped within base64.
  @Test func leavesText() throws {
    let prose = String(repeating: "not base64, but \\\"text\\\" \\u00e4. ", count: 60)
    #expect(try sieved("{\"t\":\"\(prose)\"}", piece: 3).json == "{\"t\":\"\(prose)\"}")
    let slashes = [UInt8](repeating: 255, count: 900)
    var (json, sieve) = try sieved("[\"\(base64(slashes).replacing("/", with: "\\/"))\"]")
    // An escape among the first characters keeps the string as text, which the JSON reader unescapes.
    let name = try JSONValue(parsing: json).array?.first?.string ?? ""
    #expect(sieve.bytes(name) == slashes)
  }

  /// Server-sent events pass, each with its own sound.
  @Test func events() throws {
    let stream = (1...3).map { "data: {\"n\":\($0),\"audio\":\"\(base64(sound(1_000 * $0)))\"}\n\n" }.joined()
    var (text, sieve) = try sieved(stream, piece: 11)
    var parser = SSEParser(limit: 1_000)
    for (n, event) in try parser.feed(text.utf8).enumerated() {
      #expect(sieve.bytes(try JSONValue(parsing: event.data)["audio"]?.string ?? "") == sound(1_000 * (n + 1)))
    }
  }

  /// Too much is refused before it is kept, and so is what stops being base64 half-way; what is none is no sound.
  @Test func refuses() throws {
    let long = "\"" + String(repeating: "A", count: 4_000)
    #expect(throws: ProviderError.self) { try sieved(long, limit: 1_000) }
    #expect(throws: ProviderError.self) { try sieved(long + "!") }
    #expect(throws: ProviderError.self) { try sieved(long + "\\n") }
    var (_, sieve) = try sieved("{}")
    #expect(sieve.bytes("no, not at all") == nil && sieve.bytes("base64#9") == nil)
    #expect(sieve.bytes("") == [])
  }
}
