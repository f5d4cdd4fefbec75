// What reads bytes of strangers, each as a plain function of bytes: for fuzzers, and for the random inputs of a test.

import CLinux
import Glibc
import PluginABI
import PluginKit
import Sound
import Vox
import WebSocket

@testable import Services

/// Each must return, whatever it is given.
enum Readers {
  /// The answer to a WebSocket's handshake, and the frames behind it.
  static func handshake(_ bytes: UnsafeRawBufferPointer) {
    var reader = HandshakeReader()
    reader.take(bytes)
    guard reader.isWhole, let address = Address("ws://localhost/") else { return }
    _ = Handshake(address, headers: [], userAgent: "", key: [1]).fault(reader.head)
  }

  /// Frames of a server, in two pieces.
  static func frames(_ bytes: UnsafeRawBufferPointer) {
    var reader = MessageReader(.client, limit: 10_000)
    let half = bytes.count / 2
    for piece in [UnsafeRawBufferPointer(rebasing: bytes[..<half]), UnsafeRawBufferPointer(rebasing: bytes[half...])] {
      var left = piece
      while (try? reader.next(&left)) != nil {}
    }
  }

  /// Frames of a client.
  static func maskedFrames(_ bytes: UnsafeRawBufferPointer) {
    var reader = MessageReader(.server, limit: 10_000)
    var left = bytes
    while (try? reader.next(&left)) != nil {}
  }

  static func answerHead(_ bytes: UnsafeRawBufferPointer) {
    var head = AnswerHead()
    for line in bytes.split(separator: 0x0A) { _ = head.take(UnsafeRawBufferPointer(rebasing: line)) }
  }

  static func address(_ bytes: UnsafeRawBufferPointer) {
    let text = String(decoding: bytes, as: UTF8.self)
    if let address = Address(text) { _ = Reach(manifest: [text], operator: [text]).allows(address) }
    _ = Reach(manifest: [text], operator: [text])
  }

  static func base64(_ bytes: UnsafeRawBufferPointer) { _ = Base64.decode(String(decoding: bytes, as: UTF8.self)) }

  /// A stream of events, byte by byte and in one piece: both ways give the same.
  static func events(_ bytes: UnsafeRawBufferPointer) {
    var whole = SSEParser(limit: 10_000)
    var split = SSEParser(limit: 10_000)
    let events = try? whole.feed(bytes)
    let pieces = try? bytes.flatMap { try split.feed([$0]) }
    precondition(events == pieces, "the pieces of a stream make a difference")
  }

  /// JSON; what was read is written and read again as the same.
  static func json(_ bytes: UnsafeRawBufferPointer) {
    guard let value = try? JSONValue(parsing: String(decoding: bytes, as: UTF8.self)) else { return }
    precondition((try? JSONValue(parsing: value.text)) == value, "what was written is not what was read")
  }

  /// A WAV file, read to its end.
  static func wav(_ bytes: UnsafeRawBufferPointer) {
    let file = clinux_memory_file("wav")
    guard file >= 0 else { return }
    defer { close(file) }
    guard write(file, bytes.baseAddress, bytes.count) == bytes.count, let reader = try? WAVReader(path: "/proc/self/fd/\(file)") else {
      return
    }
    withUnsafeTemporaryAllocation(of: Int16.self, capacity: 1_000) { samples in
      while let count = try? reader.read(into: samples), count > 0 {}
    }
  }

  /// WAV sound or raw sound that streams in, byte by byte and in one piece: both ways give as many samples, or refuse it.
  static func sound(_ bytes: UnsafeRawBufferPointer) {
    func frames(by size: Int) -> Int? {
      var stream = WAVStream(rate: 16_000, raw: 8_000, keeping: ["cue "])
      for start in stride(from: 0, to: bytes.count, by: size) {
        guard (try? stream.feed(Array(bytes[start..<min(start + size, bytes.count)]))) != nil else { return nil }
      }
      return (try? stream.finish()) == nil ? nil : stream.sourceFrames
    }
    precondition(frames(by: max(bytes.count, 1)) == frames(by: 1), "the pieces of a sound make a difference")
  }

  /// JSON with sound in it, byte by byte and in one piece: both ways leave the same, or refuse it.
  static func sieve(_ bytes: UnsafeRawBufferPointer) {
    var whole = Base64Sieve(limit: 1_000)
    var split = Base64Sieve(limit: 1_000)
    let json = try? whole.feed(bytes)
    let pieces = try? bytes.flatMap { try split.feed([$0]) }
    precondition(json == pieces, "the pieces of a text make a difference")
    guard json != nil else { return }
    precondition(whole.bytes("base64#0") == split.bytes("base64#0"), "the pieces of a text make a difference to its sound")
  }

  static let all: [(name: String, read: @Sendable (UnsafeRawBufferPointer) -> Void, seed: String)] = [
    ("handshake", { handshake($0) }, "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\u{1}\u{2}"),
    ("frames", { frames($0) }, "\u{1}\u{3}abc\u{9}\u{1}x\u{0}\u{2}de"), ("masked frames", { maskedFrames($0) }, "\u{1}\u{3}abc\u{9}"),
    ("head", { answerHead($0) }, "HTTP/1.1 200 OK\r\nA: b\r\nC:d\r\n\r\n"),
    ("address", { address($0) }, "https://*.example.com:8443/a?b#c"),
    ("base64", { base64($0) }, "QUJDRA=="),
    ("events", { events($0) }, "id: 1\nevent: ping\ndata: {\"a\":1}\r\ndata: b\n\n: remark\ndata\n\n"),
    ("json", { json($0) }, #"{"a":[1,-2.5e3,true,null,"\u00e4\ud83d\ude00\n"],"b":{}}"#),
    (
      "wav", { wav($0) },
      "RIFF\u{2c}\u{0}\u{0}\u{0}WAVEfmt \u{10}\u{0}\u{0}\u{0}\u{1}\u{0}\u{1}\u{0}@\u{1f}\u{0}\u{0}@>\u{0}\u{0}\u{2}\u{0}\u{10}\u{0}data\u{8}\u{0}\u{0}\u{0}abcdefgh"
    ),
    (
      "sound", { sound($0) },
      "RIFF\u{0}\u{0}\u{0}\u{0}WAVEfmt \u{10}\u{0}\u{0}\u{0}\u{1}\u{0}\u{1}\u{0}@\u{1f}\u{0}\u{0}@>\u{0}\u{0}\u{2}\u{0}\u{10}\u{0}cue \u{2}\u{0}\u{0}\u{0}ab"
        + "data\u{6}\u{0}\u{0}\u{0}abcdefLIST\u{1}\u{0}\u{0}\u{0}a\u{0}"
    ), ("sieve", { sieve($0) }, #"{"id":"a\"b","audio":""# + String(repeating: "QUJD", count: 150) + #"\/Q==","text":"c"}"#),
  ]
}
