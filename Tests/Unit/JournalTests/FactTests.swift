// Facts on their way to disk and back.

import Base
import Foundation
import Testing

@testable import Journal

@Suite struct FactTests {
  /// Every kind of fact comes back from its JSON as it was, and the sample leaves no kind out.
  @Test func everyKindReturns() throws {
    #expect(Set(Sample.all.map(\.kind)) == Set(Fact.Kind.allCases))
    let call = Sample.calls(1)[0]
    for fact in Sample.all {
      let entry = Entry(
        sequence: 7, wallMs: 1_800_000_000_000, at: Instant(ns: 12), subject: Subject(call: call, tenant: "clinic", agent: "reception"),
        fact: fact)
      var bytes: [UInt8] = []
      try EntryJSON.append(entry, to: &bytes, by: EntryJSON.makeEncoder())
      let head = try #require(EntryJSON.head(of: bytes))
      #expect(head.sequence == 7 && head.at == entry.at && head.subject == entry.subject)
      let kind = try #require(Fact.Kind(rawValue: head.kind))
      #expect(try Fact(kind, json: Data(bytes[head.payload]), by: EntryJSON.makeDecoder()) == fact)
      #expect(try JSONSerialization.jsonObject(with: Data(bytes)) is [String: Any])
    }
  }

  /// A name that could break out of its quotes is written without its quotes, and a figure that is no number does not cost the fact.
  @Test func hostileNamesAndFigures() throws {
    let fact = Fact.speechEnded(.init(atMs: .nan))
    let entry = Entry(sequence: 1, wallMs: 1, at: Instant(ns: 1), subject: Subject(tenant: "a\",\"kind\":\"x"), fact: fact)
    var bytes: [UInt8] = []
    try EntryJSON.append(entry, to: &bytes, by: EntryJSON.makeEncoder())
    let head = try #require(EntryJSON.head(of: bytes))
    #expect(head.subject.tenant == "a___kind___x")
    #expect(head.kind == "speechEnded")
    guard case .speechEnded(let back) = try Fact(.speechEnded, json: Data(bytes[head.payload]), by: EntryJSON.makeDecoder()) else {
      Issue.record("another kind came back")
      return
    }
    #expect(back.atMs.isNaN)
  }

  /// A head that was cut or changed anywhere is either refused or still a head; reading it never traps.
  @Test func damagedHeads() throws {
    var bytes: [UInt8] = []
    let entry = Entry(sequence: 99, wallMs: 5, at: Instant(ns: 6), subject: Subject(tenant: "t"), fact: Sample.heard("hello"))
    try EntryJSON.append(entry, to: &bytes, by: EntryJSON.makeEncoder())
    for cut in 0..<bytes.count {
      if let head = EntryJSON.head(of: Array(bytes[..<cut])) { #expect(head.sequence == 99) }
      var changed = bytes
      changed[cut] ^= 0x15
      if let head = EntryJSON.head(of: changed) { #expect(head.payload.upperBound < changed.count) }
    }
    #expect(EntryJSON.head(of: Array("{\"seq\":99999999999999999999,\"wall\":1,\"mono\":1,\"kind\":\"x\",\"fact\":{}}".utf8)) == nil)
    #expect(EntryJSON.head(of: Array("{\"seq\":9223372036854775808,\"wall\":1,\"mono\":1,\"kind\":\"x\",\"fact\":{}}".utf8)) == nil)
  }

  /// A masked number keeps its country and its last two digits; what is no number keeps nothing but its length.
  @Test(arguments: [
    ("+41791234567", "+41•••••••67"), ("15550100", "15••••00"), ("1234", "••••"), ("anonymous", "•••••••••"), ("", ""),
    ("+4179a234567", "••••••••••••"),
  ])
  func masking(number: String, kept: String) {
    #expect(MaskedNumber(number).description == kept)
  }

  /// The end-to-end latency is the span between its two marks, and there is none for a turn that nobody heard.
  @Test func endToEnd() {
    #expect(Sample.waterfall.e2eMs == 853.25)
    #expect(Waterfall(callerStoppedMs: 1).e2eMs == nil)
  }
}
