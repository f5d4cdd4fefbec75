// The opening handshake of a WebSocket, as the client sees it (RFC 6455, section 4.1).

import CCrypto
import Vox

/// What is asked and what the answer must be.
struct Handshake {
  /// The bytes of the request.
  let request: [UInt8]
  private let accept: String
  private let protocols: [String]

  /// - Parameter key: 16 random bytes.
  init(_ address: Address, headers: [(name: String, value: String)], userAgent: String, key: [UInt8]) {
    let key = Base64.encode(key)
    accept = Self.accept(key)
    protocols = headers.filter { $0.name.lowercased() == "sec-websocket-protocol" }
      .flatMap { $0.value.split(separator: ",").map { Self.trimmed(String($0)) } }
    var lines = [
      "GET \(address.target) HTTP/1.1", "Host: \(address.authority)", "Connection: Upgrade", "Upgrade: websocket",
      "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: \(key)",
    ]
    if !headers.contains(where: { $0.name.lowercased() == "user-agent" }) { lines.append("User-Agent: \(userAgent)") }
    lines += headers.map { "\($0.name): \($0.value)" }
    request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
  }

  /// What is wrong with an answer of status 101; nil when nothing is.
  func fault(_ head: AnswerHead) -> String? {
    guard head.value(of: "upgrade")?.lowercased() == "websocket" else { return "it does not upgrade to a WebSocket" }
    let connection = (head.value(of: "connection") ?? "").split(separator: ",").map { Self.trimmed(String($0)).lowercased() }
    guard connection.contains("upgrade") else { return "its Connection header does not say Upgrade" }
    guard head.value(of: "sec-websocket-accept") == accept else { return "its Sec-WebSocket-Accept is not the one for our key" }
    guard head.value(of: "sec-websocket-extensions") == nil else { return "it uses an extension that was not offered" }
    if let chosen = head.value(of: "sec-websocket-protocol"), !protocols.contains(chosen) {
      return "it chose a subprotocol that was not offered"
    }
    return nil
  }

  /// SHA-1 of the key and the protocol's own GUID, in Base64 (section 4.2.2).
  static func accept(_ key: String) -> String {
    let text = Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)
    var digest = [UInt8](repeating: 0, count: 20)
    var count: UInt32 = 0
    EVP_Digest(text, text.count, &digest, &count, EVP_sha1(), nil)
    return Base64.encode(digest)
  }

  private static func trimmed(_ text: String) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

/// Gathers the answer to a handshake from pieces of any size.
struct HandshakeReader {
  private(set) var head = AnswerHead()
  /// What came behind the head: the first frames, or the body of a refusal.
  private(set) var rest: [UInt8] = []
  private var line: [UInt8] = []
  private(set) var isBroken = false

  init() {}

  /// One whose head has come already.
  init(_ head: AnswerHead) { self.head = head }

  /// Whether the head is whole.
  var isWhole: Bool { head.isWhole }

  mutating func take(_ bytes: UnsafeRawBufferPointer) {
    for (at, byte) in bytes.enumerated() {
      if isBroken { return }
      if head.isWhole {
        rest.append(contentsOf: bytes[at...].prefix(max(Limits.readBytes - rest.count, 0)))
        return
      }
      line.append(byte)
      if line.count > Limits.headerBytes { isBroken = true }
      guard byte == 0x0A else { continue }
      // The first line must be a status line, or this is no HTTP at all.
      if head.status == 0, head.headers.isEmpty, !line.starts(with: Array("HTTP/1.".utf8)) {
        isBroken = true
      } else if line.withUnsafeBytes({ head.take($0, interim: 101) }) == .tooLong {
        isBroken = true
      }
      line.removeAll(keepingCapacity: true)
    }
  }
}
