// What reads bytes of strangers, each as a plain function of bytes: for fuzzers, and for the random inputs of a test.

import PluginABI
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

  static let all: [(name: String, read: @Sendable (UnsafeRawBufferPointer) -> Void, seed: String)] = [
    ("handshake", { handshake($0) }, "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\u{1}\u{2}"),
    ("frames", { frames($0) }, "\u{1}\u{3}abc\u{9}\u{1}x\u{0}\u{2}de"), ("masked frames", { maskedFrames($0) }, "\u{1}\u{3}abc\u{9}"),
    ("head", { answerHead($0) }, "HTTP/1.1 200 OK\r\nA: b\r\nC:d\r\n\r\n"),
    ("address", { address($0) }, "https://*.example.com:8443/a?b#c"),
    ("base64", { base64($0) }, "QUJDRA=="),
  ]
}
