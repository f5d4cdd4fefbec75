// The query of a request: names and values, percent-encoded, in the order in which they were added.

/// Deepgram takes all its options in the query, repeated where there are several, switches as `true` and `false`
/// (developers.deepgram.com, "Live Audio").
public struct Query: Sendable {
  public private(set) var text = ""

  public init() {}

  public mutating func add(_ name: String, _ value: String) {
    text += (text.isEmpty ? "" : "&") + Self.encoded(name) + "=" + Self.encoded(value)
  }

  /// Leaves out a switch that is off: every default of the vendor's is off.
  public mutating func add(_ name: String, _ isOn: Bool) {
    if isOn { add(name, "true") }
  }

  /// Everything but the unreserved characters of RFC 3986, section 2.3.
  static func encoded(_ text: String) -> String {
    var out = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
        out.unicodeScalars.append(UnicodeScalar(byte))
      default:
        let hex = String(byte, radix: 16, uppercase: true)
        out += "%" + (hex.count == 1 ? "0" + hex : hex)
      }
    }
    return out
  }

  /// The address of an endpoint: `base` with `path` and this query.
  public func url(_ base: String, _ path: String) -> String { base + path + (text.isEmpty ? "" : "?" + text) }
}
