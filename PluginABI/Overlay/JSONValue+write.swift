// Writing JSON text: compact, with sorted keys, so that the same value is always the same text.

extension JSONValue {
  /// The value as one line of JSON; members in the order of their names.
  public var text: String {
    var out: [UInt8] = []
    write(to: &out)
    return String(decoding: out, as: UTF8.self)
  }

  /// Appends the same text to `out` as UTF-8.
  public func write(to out: inout [UInt8]) {
    switch self {
    case .null: out.append(contentsOf: "null".utf8)
    case .bool(let b): out.append(contentsOf: (b ? "true" : "false").utf8)
    case .int(let i): out.append(contentsOf: String(i).utf8)
    // JSON has no infinities: a number that is not finite is written as null.
    case .number(let d): out.append(contentsOf: (d.isFinite ? String(d) : "null").utf8)
    case .string(let s): Self.write(s, to: &out)
    case .array(let elements): Self.write(elements, to: &out) { $0.write(to: &$1) }
    case .object(let members):
      out.append(UInt8(ascii: "{"))
      for (i, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
        if i > 0 { out.append(UInt8(ascii: ",")) }
        Self.write(member.key, to: &out)
        out.append(UInt8(ascii: ":"))
        member.value.write(to: &out)
      }
      out.append(UInt8(ascii: "}"))
    }
  }

  static func write<Element>(_ elements: [Element], to out: inout [UInt8], _ write: (Element, inout [UInt8]) -> Void) {
    out.append(UInt8(ascii: "["))
    for (i, element) in elements.enumerated() {
      if i > 0 { out.append(UInt8(ascii: ",")) }
      write(element, &out)
    }
    out.append(UInt8(ascii: "]"))
  }

  static func write(_ string: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    var string = string
    let isPlain = string.withUTF8 { bytes in
      guard bytes.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) else { return false }
      out.append(contentsOf: bytes)
      return true
    }
    guard !isPlain else { return out.append(UInt8(ascii: "\"")) }
    for c in string.utf8 {
      switch c {
      case UInt8(ascii: "\""): out.append(contentsOf: "\\\"".utf8)
      case UInt8(ascii: "\\"): out.append(contentsOf: "\\\\".utf8)
      case 0x0A: out.append(contentsOf: "\\n".utf8)
      case 0x0D: out.append(contentsOf: "\\r".utf8)
      case 0x09: out.append(contentsOf: "\\t".utf8)
      case 0..<0x20:
        let hex = Array("0123456789abcdef".utf8)
        out.append(contentsOf: "\\u00".utf8)
        out.append(hex[Int(c >> 4)])
        out.append(hex[Int(c & 15)])
      default: out.append(c)
      }
    }
    out.append(UInt8(ascii: "\""))
  }
}
