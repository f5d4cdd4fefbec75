// An entry as JSON: a head in fixed order that can be read at a glance, then the payload.

import Base
import FoundationEssentials

/// `{"seq":7,"wall":1800000000000,"mono":12345,"call":"c_…","tenant":"t","agent":"a","kind":"heard","fact":{…}}`, where call, tenant and
/// agent are left out when they are not known. Listings read the head alone, since decoding every payload costs twenty times as much.
enum EntryJSON {
  /// The head of an entry and where its payload lies.
  struct Head: Equatable {
    var sequence: UInt64
    var wallMs: UInt64
    var at: Instant
    var subject: Subject
    /// As written; a newer host may know kinds that this one does not.
    var kind: String
    var payload: Range<Int>
  }

  static func makeEncoder() -> JSONEncoder {
    let encoder = JSONEncoder()
    // A latency that was divided by zero must not cost the fact.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    encoder.outputFormatting = .withoutEscapingSlashes
    return encoder
  }

  static func makeDecoder() -> JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }

  static func append(_ entry: Entry, to bytes: inout [UInt8], by encoder: JSONEncoder) throws {
    let payload = try encoder.encode(entry.fact.payload)
    var head = "{\"seq\":\(entry.sequence),\"wall\":\(entry.wallMs),\"mono\":\(entry.at.ns)"
    if let call = entry.subject.call { head += ",\"call\":\"\(call.text)\"" }
    if let tenant = entry.subject.tenant { head += ",\"tenant\":\"\(plain(tenant))\"" }
    if let agent = entry.subject.agent { head += ",\"agent\":\"\(plain(agent))\"" }
    head += ",\"kind\":\"\(entry.fact.kind.rawValue)\",\"fact\":"
    bytes.append(contentsOf: head.utf8)
    bytes.append(contentsOf: payload)
    bytes.append(UInt8(ascii: "}"))
  }

  /// Reads the head; nil when these bytes are not an entry.
  static func head(of bytes: [UInt8]) -> Head? {
    bytes.withUnsafeBufferPointer { bytes -> Head? in
      var scan = Scan(bytes: bytes)
      guard let sequence = scan.number("{\"seq\":"), let wallMs = scan.number(",\"wall\":"), let mono = scan.number(",\"mono\":")
      else { return nil }
      let call = scan.text(",\"call\":\"")
      let tenant = scan.text(",\"tenant\":\"")
      let agent = scan.text(",\"agent\":\"")
      guard let kind = scan.text(",\"kind\":\""), scan.take(",\"fact\":"), scan.at < bytes.count - 1 else { return nil }
      return Head(
        sequence: sequence, wallMs: wallMs, at: Instant(ns: mono),
        subject: Subject(call: call.flatMap(CallID.init), tenant: tenant, agent: agent), kind: kind,
        payload: scan.at..<(bytes.count - 1))
    }
  }

  /// The number behind `"key":` in a payload that holds no free text before it; nil when there is none.
  static func number(_ key: StaticString, in payload: ArraySlice<UInt8>) -> UInt64? {
    payload.withUnsafeBufferPointer { bytes -> UInt64? in
      var scan = Scan(bytes: bytes)
      while scan.at < bytes.count {
        if let number = scan.number(key) { return number }
        scan.at += 1
      }
      return nil
    }
  }

  private static func plain(_ name: String) -> String {
    let fits = name.utf8.allSatisfy(Self.isPlain)
    return fits ? name : String(decoding: name.utf8.map { isPlain($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}

/// Walks over the fixed words of a head.
private struct Scan {
  let bytes: UnsafeBufferPointer<UInt8>
  var at = 0

  /// Steps over `word` if it stands here.
  mutating func take(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard bytes.count - at >= count else { return false }
    for index in 0..<count where bytes[at + index] != word.utf8Start[index] { return false }
    at += count
    return true
  }

  mutating func number(_ word: StaticString) -> UInt64? {
    guard take(word) else { return nil }
    let start = at
    var value: UInt64 = 0
    while at < bytes.count, case let digit = bytes[at] &- UInt8(ascii: "0"), digit <= 9 {
      let (tens, over) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(UInt64(digit))
      if over || carry { return nil }
      value = sum
      at += 1
    }
    // The upper half is refused, so that reckoning with sequences and times never overflows whatever a file claims.
    return at > start && value < 1 << 63 ? value : nil
  }

  /// A text up to its closing quote; the writer puts none that would need an escape.
  mutating func text(_ word: StaticString) -> String? {
    guard take(word) else { return nil }
    let start = at
    while at < bytes.count, bytes[at] != UInt8(ascii: "\"") { at += 1 }
    guard at < bytes.count else { return nil }
    defer { at += 1 }
    return String(decoding: bytes[start..<at], as: UTF8.self)
  }
}

extension Entry {
  /// The entry as one line of JSON, in the form it has on disk.
  public func json() throws -> String {
    var bytes: [UInt8] = []
    try EntryJSON.append(self, to: &bytes, by: EntryJSON.makeEncoder())
    return String(decoding: bytes, as: UTF8.self)
  }
}
