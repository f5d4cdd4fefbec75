// Reading JSON text: strict, bounded in depth, and exact about where it went wrong.

/// Why text is not JSON, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Bytes from the start of the text.
  public let offset: Int
  public let reason: String
  public var description: String { "not valid JSON at byte \(offset): \(reason)" }
}

extension JSONValue {
  /// Deeper nesting is refused, so that hostile text cannot exhaust the stack.
  public static let maxDepth = 64

  /// Reads one JSON value and nothing after it but white space. Of members with equal names the last one counts.
  public init(parsing text: String) throws(JSONError) {
    var text = text
    let result: Result<JSONValue, JSONError> = text.withUTF8 { bytes in
      var reader = JSONReader(bytes: bytes)
      return reader.readWhole()
    }
    self = try result.get()
  }

  /// As above, from bytes that need not outlive the call.
  public init(parsing bytes: UnsafeBufferPointer<UInt8>) throws(JSONError) {
    var reader = JSONReader(bytes: bytes)
    self = try reader.readWhole().get()
  }
}

/// A recursive descent over borrowed bytes.
private struct JSONReader {
  let bytes: UnsafeBufferPointer<UInt8>
  var at = 0

  /// Room for so many is had at once; to grow from one to two to four costs as much as to read them.
  private static let usualMembers = 6
  private static let powersOfTen = (0...15).map { i in (0..<i).reduce(1.0) { p, _ in p * 10 } }

  init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  mutating func readWhole() -> Result<JSONValue, JSONError> {
    do throws(JSONError) {
      let value = try read(depth: 0)
      skipSpace()
      if at < bytes.count { throw fail("something follows the value") }
      return .success(value)
    } catch {
      return .failure(error)
    }
  }

  private func fail(_ reason: String) -> JSONError { JSONError(offset: at, reason: reason) }
  private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func skipSpace() {
    while let c = peek, c == 0x20 || c == 0x0A || c == 0x0D || c == 0x09 { at += 1 }
  }

  private mutating func read(depth: Int) throws(JSONError) -> JSONValue {
    if depth > JSONValue.maxDepth { throw fail("nested deeper than \(JSONValue.maxDepth)") }
    skipSpace()
    guard let c = peek else { throw fail("a value is missing") }
    switch c {
    case UInt8(ascii: "{"): return try readObject(depth: depth)
    case UInt8(ascii: "["): return try readArray(depth: depth)
    case UInt8(ascii: "\""): return .string(try readString())
    case UInt8(ascii: "t"): return try readWord("true", .bool(true))
    case UInt8(ascii: "f"): return try readWord("false", .bool(false))
    case UInt8(ascii: "n"): return try readWord("null", .null)
    default: return try readNumber()
    }
  }

  private mutating func readWord(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    guard at + word.utf8CodeUnitCount <= bytes.count else { throw fail("a value is cut off") }
    for i in 0..<word.utf8CodeUnitCount where bytes[at + i] != word.utf8Start[i] {
      throw fail("expected \(word)")
    }
    at += word.utf8CodeUnitCount
    return value
  }

  private mutating func readObject(depth: Int) throws(JSONError) -> JSONValue {
    var members: [String: JSONValue] = [:]
    at += 1
    skipSpace()
    if peek == UInt8(ascii: "}") {
      at += 1
      return .object(members)
    }
    members.reserveCapacity(Self.usualMembers)
    while true {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw fail("expected a member name in quotes") }
      let name = try readString()
      skipSpace()
      guard peek == UInt8(ascii: ":") else { throw fail("expected ':' after \"\(name)\"") }
      at += 1
      members[name] = try read(depth: depth + 1)
      skipSpace()
      switch peek {
      case UInt8(ascii: ","): at += 1
      case UInt8(ascii: "}"):
        at += 1
        return .object(members)
      default: throw fail("expected ',' or '}' in an object")
      }
    }
  }

  private mutating func readArray(depth: Int) throws(JSONError) -> JSONValue {
    var elements: [JSONValue] = []
    at += 1
    skipSpace()
    if peek == UInt8(ascii: "]") {
      at += 1
      return .array(elements)
    }
    while true {
      elements.append(try read(depth: depth + 1))
      skipSpace()
      switch peek {
      case UInt8(ascii: ","): at += 1
      case UInt8(ascii: "]"):
        at += 1
        return .array(elements)
      default: throw fail("expected ',' or ']' in an array")
      }
    }
  }

  private mutating func readString() throws(JSONError) -> String {
    at += 1
    let start = at
    var seen: UInt8 = 0
    while let c = peek, c != UInt8(ascii: "\""), c != UInt8(ascii: "\\"), c >= 0x20 {
      seen |= c
      at += 1
    }
    if peek == UInt8(ascii: "\"") {
      defer { at += 1 }
      let plain = UnsafeBufferPointer(rebasing: bytes[start..<at])
      // ASCII needs no validation, which is generic and slow.
      return seen < 0x80 ? String(decoding: plain, as: UTF8.self) : try text(plain)
    }
    var unescaped = Array(bytes[start..<at])
    while let c = peek {
      switch c {
      case UInt8(ascii: "\""):
        at += 1
        return try unescaped.withUnsafeBufferPointer { (b) throws(JSONError) in try text(b) }
      case UInt8(ascii: "\\"):
        at += 1
        try readEscape(into: &unescaped)
      case 0..<0x20: throw fail("a control character in a string must be escaped")
      default:
        unescaped.append(c)
        at += 1
      }
    }
    throw fail("a string does not end")
  }

  private func text(_ utf8: UnsafeBufferPointer<UInt8>) throws(JSONError) -> String {
    guard let string = String(validating: utf8, as: UTF8.self) else { throw fail("a string is not UTF-8") }
    return string
  }

  private mutating func readEscape(into out: inout [UInt8]) throws(JSONError) {
    guard let c = peek else { throw fail("a string does not end") }
    at += 1
    switch c {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(c)
    case UInt8(ascii: "b"): out.append(0x08)
    case UInt8(ascii: "f"): out.append(0x0C)
    case UInt8(ascii: "n"): out.append(0x0A)
    case UInt8(ascii: "r"): out.append(0x0D)
    case UInt8(ascii: "t"): out.append(0x09)
    case UInt8(ascii: "u"): try readUnicode(into: &out)
    default: throw fail("unknown escape")
    }
  }

  private mutating func readUnicode(into out: inout [UInt8]) throws(JSONError) {
    var code = try readHex4()
    if (0xD800..<0xDC00).contains(code) {
      guard at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else {
        throw fail("half of a surrogate pair")
      }
      at += 2
      let low = try readHex4()
      guard (0xDC00..<0xE000).contains(low) else { throw fail("half of a surrogate pair") }
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw fail("half of a surrogate pair") }
    out.append(contentsOf: Array(String(Character(scalar)).utf8))
  }

  private mutating func readHex4() throws(JSONError) -> UInt32 {
    guard at + 4 <= bytes.count else { throw fail("\\u needs four hexadecimal digits") }
    var value: UInt32 = 0
    for _ in 0..<4 {
      let c = bytes[at]
      let digit: UInt32
      switch c {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt32(c) - 48
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = UInt32(c) - 87
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = UInt32(c) - 55
      default: throw fail("\\u needs four hexadecimal digits")
      }
      value = value << 4 | digit
      at += 1
    }
    return value
  }

  private mutating func readNumber() throws(JSONError) -> JSONValue {
    let start = at
    var whole = true
    if peek == UInt8(ascii: "-") { at += 1 }
    let firstDigit = peek
    let digitsAt = at
    guard skipDigits() > 0 else {
      at = start
      throw fail("expected a value")
    }
    var decimals = 0
    if firstDigit == UInt8(ascii: "0"), at - start > (bytes[start] == UInt8(ascii: "-") ? 2 : 1) {
      throw fail("a number must not begin with 0")
    }
    if peek == UInt8(ascii: ".") {
      whole = false
      at += 1
      decimals = skipDigits()
      guard decimals > 0 else { throw fail("expected digits after '.'") }
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      whole = false
      at += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { at += 1 }
      guard skipDigits() > 0 else { throw fail("expected digits in the exponent") }
    } else if at - digitsAt < Self.powersOfTen.count {
      // Both parts of so short a fraction are exact, and their quotient is rounded once: Clinger 1990, "How to read floating point
      // numbers accurately".
      let digits = bytes[digitsAt..<at].reduce(0) { $1 == UInt8(ascii: ".") ? $0 : $0 * 10 + Int64($1 & 15) }
      let isNegative = digitsAt > start
      if whole { return .int(isNegative ? -digits : digits) }
      let value = Double(digits) / Self.powersOfTen[decimals]
      return .number(isNegative ? -value : value)
    }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    if whole, let i = Int64(text) { return .int(i) }
    guard let d = Double(text), d.isFinite else { throw fail("the number \(text) is out of range") }
    return .number(d)
  }

  private mutating func skipDigits() -> Int {
    let start = at
    while let c = peek, c >= UInt8(ascii: "0"), c <= UInt8(ascii: "9") { at += 1 }
    return at - start
  }
}
