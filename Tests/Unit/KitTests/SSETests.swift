// Server-sent events, whatever the pieces they come in.

import PluginKit
import Testing
import Vox

struct SSETests {
  private func read(_ bytes: [UInt8], pieces: Int = .max, limit: Int = 1 << 20) throws(ProviderError) -> [ServerSentEvent] {
    var parser = SSEParser(limit: limit)
    var events: [ServerSentEvent] = []
    var at = 0
    while at < bytes.count {
      let end = pieces == .max ? bytes.count : min(at + pieces, bytes.count)
      events += try parser.feed(bytes[at..<end])
      at = end
    }
    return events
  }

  private func read(_ text: String) throws -> [ServerSentEvent] { try read(Array(text.utf8)) }

  /// The examples of the standard, and what vendors send, mean what they should.
  @Test(arguments: [
    ("data: a\n\n", [ServerSentEvent(data: "a")]),
    ("data: YHOO\ndata: +2\ndata: 10\n\n", [ServerSentEvent(data: "YHOO\n+2\n10")]),
    (
      ": comment\n\ndata: first\nid: 1\n\ndata:second\nid\n\ndata:  third\n\n",
      [ServerSentEvent(data: "first", id: "1"), ServerSentEvent(data: "second"), ServerSentEvent(data: " third")]
    ),
    ("data\n\ndata\ndata\n\ndata:", [ServerSentEvent(data: ""), ServerSentEvent(data: "\n")]),
    ("event: message_start\ndata: {\"a\": \"b:c\"}\n\n", [ServerSentEvent(name: "message_start", data: "{\"a\": \"b:c\"}")]),
    ("event: ping\n\ndata: x\n\n", [ServerSentEvent(data: "x")]),
    ("\u{FEFF}data: bom\n\n", [ServerSentEvent(data: "bom")]),
    (
      "data: a\rdata: b\r\rdata: c\r\n\r\ndata: d\n\r\n",
      [ServerSentEvent(data: "a\nb"), ServerSentEvent(data: "c"), ServerSentEvent(data: "d")]
    ),
    ("id: 7\ndata: a\n\ndata: b\n\n", [ServerSentEvent(data: "a", id: "7"), ServerSentEvent(data: "b", id: "7")]),
    ("id: a\u{0}b\nretry: 10\nnonsense: x\ndata: a\n\n", [ServerSentEvent(data: "a")]),
    ("data: [DONE]\n\n", [ServerSentEvent(data: "[DONE]")]), ("data: unfinished\n", []), ("", []), ("\n\n\n", []),
  ])
  func meaning(text: String, events: [ServerSentEvent]) throws { #expect(try read(text) == events) }

  /// Split at every byte, with every kind of line end, a stream is the same stream.
  @Test(arguments: ["\n", "\r", "\r\n"])
  func everyByte(end: String) throws {
    let text = ["event: e", "data: grüezi 👋", "data: two", "id: 1", "", ":", "data: x", "", ""].joined(separator: end)
    let whole = try read(text)
    #expect(whole == [ServerSentEvent(name: "e", data: "grüezi 👋\ntwo", id: "1"), ServerSentEvent(data: "x", id: "1")])
    for pieces in 1...7 { #expect(try read(Array(text.utf8), pieces: pieces) == whole) }
  }

  /// Bytes that are no UTF-8 become U+FFFD and break nothing else.
  @Test func invalidUTF8() throws {
    #expect(
      try read(Array("data: a".utf8) + [0xFF] + Array("b\n\ndata: c\n\n".utf8)) == [
        ServerSentEvent(data: "a\u{FFFD}b"), ServerSentEvent(data: "c"),
      ])
  }

  /// An event longer than the limit ends the stream as a classified failure, in one line or in many.
  @Test(arguments: [String(repeating: "x", count: 200), String(repeating: "x\ndata: ", count: 50)])
  func tooLong(data: String) {
    let error = #expect(throws: ProviderError.self) { try read(Array("data: \(data)\n\n".utf8), limit: 100) }
    #expect(error?.cls == .unavailable && error?.code == "sse_too_long")
  }

  /// Events below the limit pass for ever: it bounds one event, not the stream.
  @Test func longStream() throws {
    #expect(try read(Array(String(repeating: "data: 0123456789\n\n", count: 1000).utf8), limit: 100).count == 1000)
  }
}
