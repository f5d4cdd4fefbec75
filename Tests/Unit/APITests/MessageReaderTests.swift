// The WebSocket reader as a machine: whole messages out of any pieces, and a code for every breach.

import Testing
import WebSocket

struct MessageReaderTests {
  /// What a reader makes of bytes, fed in pieces of `step`.
  private func read(_ bytes: [UInt8], step: Int = .max, limit: Int = 1 << 20) -> (events: [String], violation: Int?) {
    var reader = MessageReader(.server, limit: limit)
    var events: [String] = []
    var start = 0
    while start < bytes.count {
      let end = step == .max ? bytes.count : min(start + step, bytes.count)
      let failure: Int? = bytes[start..<end].withUnsafeBytes { piece in
        var input = piece
        do throws(MessageReader.Violation) {
          while let event = try reader.next(&input) {
            switch event {
            case .text: events.append("text \(String(decoding: reader.message, as: UTF8.self))")
            case .binary: events.append("binary \(reader.message)")
            case .ping: events.append("ping \(reader.control)")
            case .pong: events.append("pong")
            case .close(let code, let reason): events.append("close \(code) \(reason)")
            }
          }
          return nil
        } catch { return error.code }
      }
      if let failure { return (events, failure) }
      start = end
    }
    return (events, nil)
  }

  /// The same messages come out whether the bytes arrive at once or one by one, with pings between fragments.
  @Test(arguments: [Int.max, 1, 2, 3, 7]) func messagesInAnyPieces(step: Int) {
    let bytes =
      Peer.bytes(.text("grüß dich")) + Peer.bytes(Peer.Frame(opcode: 2, payload: [1, 2, 3], isFinal: false))
      + Peer.bytes(Peer.Frame(opcode: 9, payload: [7, 8])) + Peer.bytes(Peer.Frame(opcode: 0, payload: [], isFinal: false))
      + Peer.bytes(Peer.Frame(opcode: 0, payload: [4, 5, 6, 7, 8, 9, 10, 11, 12])) + Peer.bytes(Peer.Frame(opcode: 10, payload: []))
      + Peer.bytes(.text("")) + Peer.bytes(.close(1000, "bye"))
    let (events, violation) = read(bytes, step: step)
    #expect(
      events == [
        "text grüß dich", "ping [7, 8]", "binary [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]", "pong", "text ", "close 1000 bye",
      ])
    #expect(violation == nil)
  }

  /// Payloads around each form of the length come out unchanged.
  @Test(arguments: [0, 1, 7, 8, 9, 125, 126, 127, 640, 65_535, 65_536, 100_000]) func lengths(count: Int) {
    let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    #expect(read(Peer.bytes(.binary(payload)), step: 1000).events == ["binary \(payload)"])
  }

  /// A character may be cut between two fragments, but not at the end of the message.
  @Test func charactersAcrossFragments() {
    let euro = Array("€".utf8)
    let first = Peer.bytes(Peer.Frame(opcode: 1, payload: [euro[0]], isFinal: false))
    #expect(read(first + Peer.bytes(Peer.Frame(opcode: 0, payload: [euro[1], euro[2]]))).events == ["text €"])
    #expect(read(first + Peer.bytes(Peer.Frame(opcode: 0, payload: [euro[1]]))).violation == 1007)
  }

  /// Each breach of the protocol is told with its code.
  @Test func breaches() {
    let text = Peer.bytes(.text("a"))
    let breaches: [(String, [UInt8], Int)] = [
      ("not masked", Peer.bytes(.text("a"), mask: nil), 1002),
      ("reserved bit", [text[0] | 0x40] + text.dropFirst(), 1002),
      ("unknown opcode", Peer.bytes(Peer.Frame(opcode: 3, payload: [])), 1002),
      ("unknown control opcode", Peer.bytes(Peer.Frame(opcode: 11, payload: [])), 1002),
      ("nothing to continue", Peer.bytes(Peer.Frame(opcode: 0, payload: [1])), 1002),
      ("a message inside another", Peer.bytes(Peer.Frame(opcode: 1, payload: [], isFinal: false)) + text, 1002),
      ("ping in fragments", Peer.bytes(Peer.Frame(opcode: 9, payload: [], isFinal: false)), 1002),
      ("long ping", Peer.bytes(Peer.Frame(opcode: 9, payload: Array(repeating: 0, count: 126))), 1002),
      ("half a close code", Peer.bytes(Peer.Frame(opcode: 8, payload: [3])), 1002),
      ("a close code nobody sends", Peer.bytes(.close(1005)), 1002),
      ("a close code out of range", Peer.bytes(.close(999)), 1002),
      ("a reason that is not UTF-8", Peer.bytes(Peer.Frame(opcode: 8, payload: [3, 0xE8, 0xFF])), 1007),
      ("text that is not UTF-8", Peer.bytes(Peer.Frame(opcode: 1, payload: [0xC3, 0x28])), 1007),
      ("too long at once", Peer.bytes(.binary(Array(repeating: 0, count: 1001))), 1009),
      (
        "too long in sum",
        Peer.bytes(Peer.Frame(opcode: 2, payload: Array(repeating: 0, count: 600), isFinal: false))
          + Peer.bytes(Peer.Frame(opcode: 0, payload: Array(repeating: 0, count: 401))), 1009
      ),
      ("a length beyond all memory", [0x82, 0xFF] + Array(repeating: 0xFF, count: 8) + [0, 0, 0, 0], 1009),
    ]
    for (name, bytes, code) in breaches {
      #expect(read(bytes, limit: 1000).violation == code, "\(name)")
      #expect(read(bytes, step: 1, limit: 1000).violation == code, "\(name), byte by byte")
    }
  }

  /// A close without a code reads as 1005.
  @Test func closeWithoutCode() { #expect(read(Peer.bytes(Peer.Frame(opcode: 8, payload: []))).events == ["close 1005 "]) }

  /// Whatever bytes come, in whatever pieces, the reader answers or refuses; it never reads past what it was given.
  @Test func anyBytes() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      var bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      // Half of them with a likely head, so that payloads are reached too.
      if Bool.random(using: &random), bytes.count >= 2 {
        bytes[0] = [0x81, 0x82, 0x01, 0x80, 0x88, 0x89].randomElement(using: &random) ?? 0
        bytes[1] = 0x80 | UInt8.random(in: 0...20, using: &random)
      }
      let whole = read(bytes, limit: 100)
      let pieces = read(bytes, step: 1, limit: 100)
      #expect(whole.events == pieces.events && whole.violation == pieces.violation, "\(bytes)")
    }
  }
}
