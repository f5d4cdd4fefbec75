// What the host and a worker say over their socket: bounded messages, read field by field.

/// The kinds of messages. A kind the receiver does not know is a breach.
enum MessageKind: UInt16 {
  // Host to worker.
  case load = 1
  case create, openAccount, updateAccount, deliverToAccount, closeAccount, destroy, open, destroySession, spill, ping
  // Worker to host.
  case loaded = 64
  case refused, event, log, pong
  /// Asks whether the host offers a service, and calls one of its functions; a session's call is answered on the board.
  case service, serviceCall, sessionCall
  // Both ways.
  case answer = 128
}

/// One message as it was received. Its descriptors belong to the receiver.
struct Message {
  let kind: MessageKind
  /// Of the request that an answer belongs to; 0 = none.
  let id: UInt32
  var payload: [UInt8]
  var descriptors: [Int32]
}

/// Writes fields one after another, little-endian.
struct Packer {
  private(set) var bytes: [UInt8] = []

  mutating func number(_ n: some FixedWidthInteger) {
    var n = UInt64(truncatingIfNeeded: n).littleEndian
    withUnsafeBytes(of: &n) { bytes.append(contentsOf: $0) }
  }

  mutating func text(_ text: String) {
    number(text.utf8.count)
    bytes.append(contentsOf: text.utf8)
  }

  mutating func block(_ block: UnsafeRawBufferPointer) {
    number(block.count)
    bytes.append(contentsOf: block)
  }

  mutating func texts(_ list: [String]) {
    number(list.count)
    for item in list { text(item) }
  }
}

/// Reads fields in the order they were written. A field that is not there makes it, and all that follow, zero or empty, and `isSound`
/// false: it is asked once, at the end.
struct Unpacker {
  private let bytes: [UInt8]
  private var at = 0
  private(set) var isSound = true

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { isSound && at == bytes.count }

  mutating func number() -> UInt64 {
    guard isSound, bytes.count - at >= 8 else {
      isSound = false
      return 0
    }
    defer { at += 8 }
    return bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: UInt64.self)) }
  }

  mutating func block() -> ArraySlice<UInt8> {
    let count = number()
    guard isSound, count <= UInt64(bytes.count - at) else {
      isSound = false
      return []
    }
    defer { at += Int(count) }
    return bytes[at..<at + Int(count)]
  }

  mutating func text() -> String { String(decoding: block(), as: UTF8.self) }

  /// At most 256 texts.
  mutating func texts() -> [String] {
    let count = number()
    guard isSound, count <= 256 else {
      isSound = false
      return []
    }
    return (0..<count).map { _ in text() }
  }
}
