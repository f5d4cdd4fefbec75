// Names of things that outlive a process: short, sortable by time, typed so that a call's id is never taken for a turn's.

/// An identifier such as `c_01hzy3…`: a one-letter kind, then 48 bits of wall milliseconds and 80 random bits in Crockford base 32,
/// the form of a ULID (https://github.com/ulid/spec) in lower case, so that ids sort by the time they were made.
public struct ID<Kind: IDKind>: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
  public let text: String

  /// Takes an id as it came from a file or a request; nil when it is not one of this kind.
  public init?(_ text: String) {
    guard text.hasPrefix(Kind.prefix), text.utf8.count == Kind.prefix.utf8.count + 26,
      text.utf8.dropFirst(Kind.prefix.utf8.count).allSatisfy(Self.alphabet.contains)
    else { return nil }
    self.text = text
  }

  fileprivate init(unchecked text: String) { self.text = text }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let id = ID(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not an id of the form \(Kind.prefix)…")
    }
    self = id
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }

  public static func < (a: ID, b: ID) -> Bool { a.text < b.text }
  public var description: String { text }

  fileprivate static var alphabet: [UInt8] { Array("0123456789abcdefghjkmnpqrstvwxyz".utf8) }
}

/// What an id names; its prefix is the first thing a reader sees.
public protocol IDKind: Sendable { static var prefix: String { get } }
public enum CallKind: IDKind { public static let prefix = "c_" }
public typealias CallID = ID<CallKind>

/// Makes ids from a clock and a random source; the only place where ids are made.
public struct IDMaker: Sendable {
  private let clock: any Clock
  private var random: Random

  public init(clock: any Clock, random: Random) {
    self.clock = clock
    self.random = random
  }

  public mutating func make<Kind>(_ kind: Kind.Type = Kind.self) -> ID<Kind> {
    let alphabet = ID<Kind>.alphabet
    var bytes = Array(Kind.prefix.utf8)
    let time = clock.wallMs
    for shift in stride(from: 45, through: 0, by: -5) { bytes.append(alphabet[Int((time >> UInt64(shift)) & 31)]) }
    var high = random.next()
    var low = random.next()
    for _ in 0..<8 {
      bytes.append(alphabet[Int(high & 31)])
      bytes.append(alphabet[Int(low & 31)])
      high >>= 5
      low >>= 5
    }
    return ID(unchecked: String(decoding: bytes, as: UTF8.self))
  }
}
