// Reading JSON: RFC 8259, its limits, and text that means harm.

import Glibc
import Testing
import Vox

struct JSONReadTests {
  private static let right: [(String, JSONValue)] = [
    ("null", nil), ("true", true), (" false ", false), ("0", 0), ("-0", 0), ("-12", -12), ("1.5", 1.5), ("1e3", 1000.0),
    ("1E-2", 0.01), ("9223372036854775807", .int(.max)), ("9223372036854775808", .number(9_223_372_036_854_775_808)),
    (#""""#, ""), (#""a\"b\\c\/d\b\f\n\r\t""#, "a\"b\\c/d\u{8}\u{c}\n\r\t"), (#""\u00e9\u20AC""#, "é€"), (#""\ud83d\ude00""#, "😀"),
    ("\"é€😀\"", "é€😀"), ("[]", []), ("[1, [2], {}]", [1, [2], [:]]), ("{}", [:]),
    (#"{"a":{"b":[null]},"c":1}"#, ["a": ["b": [nil]], "c": 1]),
    (#"{"a":1,"a":2}"#, ["a": 2]), ("\t\r\n [ ] \n", []),
  ]

  /// Every kind of value is read as itself.
  @Test(arguments: right) func reads(text: String, value: JSONValue) throws { #expect(try JSONValue(parsing: text) == value) }

  /// A fraction is read to the last bit as the C library reads it, short or long, beside zero and of either sign.
  @Test(arguments: 0..<20) func fractions(seed: UInt64) throws {
    var random = SplitMix(state: seed)
    for _ in 0..<500 {
      let whole = random.next(below: 2) == 0 ? "0" : String(1 + random.next(below: 1 << (random.next(below: 60) + 1)))
      let decimals = (0...random.next(below: 18)).map { _ in String(random.next(below: 10)) }.joined()
      let text = (random.next(below: 2) == 0 ? "-" : "") + whole + "." + decimals
      guard case .number(let value) = try JSONValue(parsing: text) else {
        Issue.record("\(text) is no number")
        continue
      }
      #expect(value.bitPattern == strtod(text, nil).bitPattern, "\(text)")
    }
  }

  /// With the byte near which the fault lies.
  private static let wrong: [(String, Int)] = [
    ("", 0), ("   ", 3), ("nul", 0), ("nope", 0), ("truE", 0), ("[", 1), ("[1", 2), ("[1,", 3), ("[1,]", 3), ("[1 2]", 3), ("{", 1),
    ("{a:1}", 1), (#"{"a"}"#, 4), (#"{"a":}"#, 5), (#"{"a":1,}"#, 7), (#"{"a":1 "b":2}"#, 7), ("1 2", 2), ("[] x", 3), ("01", 2),
    ("-01", 3),
    ("-", 0), ("+1", 0), (".5", 0), ("1.", 2), ("1e", 2), ("1e+", 3), ("1e999", 5), ("NaN", 0), ("Infinity", 0), ("'a'", 0), (#""a"#, 2),
    ("\"a\nb\"", 2), (#""\x""#, 3), (#""\u12""#, 3), (#""\u12g4""#, 5), (#""\ud800""#, 7), (#""\ud800\u0041""#, 13), (#""\udc00""#, 7),
    ("// a", 0),
    ("\u{FEFF}1", 0),
  ]

  /// Text that is not JSON is refused, and the place is told.
  @Test(arguments: wrong) func refuses(text: String, near offset: Int) {
    let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    // The exact byte is the reader's choice within the faulty token; it never points past the text or far from the fault.
    #expect((0...text.utf8.count).contains(error?.offset ?? -1))
    #expect(abs((error?.offset ?? -100) - offset) <= 5, "\(text): \(error?.description ?? "")")
  }

  /// Bytes that are not UTF-8 are refused inside strings, with and without escapes before them.
  @Test(arguments: [[0x22, 0xC3, 0x28, 0x22], [0x22, 0x5C, 0x6E, 0xFF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]] as [[UInt8]])
  func refusesBrokenUTF8(bytes: [UInt8]) {
    #expect(throws: JSONError.self) { try bytes.withUnsafeBufferPointer { try JSONValue(parsing: $0) } }
  }

  /// Nesting is bounded, so that hostile text cannot exhaust the stack; text far deeper is refused as quickly.
  @Test func depth() {
    func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
    #expect(throws: Never.self) { try JSONValue(parsing: nested(JSONValue.maxDepth)) }
    #expect(throws: JSONError.self) { try JSONValue(parsing: nested(JSONValue.maxDepth + 2)) }
    #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "[", count: 1_000_000)) }
    #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: #"{"a":"#, count: 100_000)) }
  }

  /// Whatever the bytes are, the reader answers a value or an error, and what it read it reads again from what it writes.
  @Test(arguments: 0..<20) func survivesNoise(seed: UInt64) throws {
    let sound = Array(#"{"a":[1,-2.5e3,"x\u00e9\n",true,null,{"b":{}}],"ключ":"значение","n":12345678901234567890}"#.utf8)
    var random = SplitMix(state: seed)
    for _ in 0..<500 {
      var bytes = sound
      for _ in 0...random.next(below: 4) {
        switch random.next(below: 3) {
        case 0: bytes[random.next(below: bytes.count)] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.remove(at: random.next(below: bytes.count))
        default: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: random.next(below: bytes.count))
        }
      }
      if let value = try? bytes.withUnsafeBufferPointer({ try JSONValue(parsing: $0) }) {
        #expect(try JSONValue(parsing: value.text) == value)
      }
    }
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014): a seed gives the same run for ever.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func next(below limit: Int) -> Int { Int(next() % UInt64(max(limit, 1))) }
}
