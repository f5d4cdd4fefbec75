// Takes a WebSocket's incoming bytes apart into whole messages (RFC 6455, sections 5 to 8); a pure machine.

/// Reads the peer's frames as they arrive, in pieces of any size, and answers each whole message once.
///
/// Its buffers are used again for the next message, so a call's sound costs no allocation. After a violation it is of no more use.
public struct MessageReader: Sendable {
  public enum Event: Equatable, Sendable {
    /// A whole message; it stands in `message` until the next call.
    case text, binary
    /// A ping to be answered with `control`.
    case ping
    case pong
    /// The peer's last frame: its code, 1005 when it gave none, and its reason.
    case close(Int, String)
  }

  /// The peer broke the protocol; the close code it must be told.
  public struct Violation: Error, Equatable {
    public let code: Int
    public let reason: String
  }

  /// A message longer than this does not keep its memory when it has been read.
  private static let keptBytes = 4 << 10

  private let side: Side
  private let limit: Int
  public private(set) var message: [UInt8] = []
  public private(set) var control: [UInt8] = []
  /// The data message that is being gathered.
  private var gathering: Opcode?
  private var head: [UInt8] = []
  private var headBytes = 2
  private var opcode = Opcode.text
  private var isFinal = false
  private var mask: UInt32 = 0
  private var left = 0
  private var isInPayload = false
  private var isDelivered = false

  /// - Parameters:
  ///   - side: which end reads; the other one's frames are masked, or must not be.
  ///   - limit: bytes of the longest message.
  public init(_ side: Side, limit: Int) {
    self.side = side
    self.limit = limit
    head.reserveCapacity(14)
    control.reserveCapacity(125)
  }

  /// Takes bytes from the front of `input` until something is complete; nil when it needs more than there is.
  public mutating func next(_ input: inout UnsafeRawBufferPointer) throws(Violation) -> Event? {
    if isDelivered {
      // Room for sound is kept, room for one long message is given back.
      message.removeAll(keepingCapacity: message.capacity <= Self.keptBytes)
      isDelivered = false
    }
    while true {
      if !isInPayload {
        guard try readHead(&input) else { return nil }
      }
      readPayload(&input)
      guard left == 0 else { return nil }
      isInPayload = false
      head.removeAll(keepingCapacity: true)
      headBytes = 2
      if let event = try finish() { return event }
    }
  }

  /// True when the frame's head is complete.
  private mutating func readHead(_ input: inout UnsafeRawBufferPointer) throws(Violation) -> Bool {
    while head.count < headBytes {
      guard let byte = input.first else { return false }
      input = UnsafeRawBufferPointer(rebasing: input.dropFirst())
      head.append(byte)
      if head.count == 2 { try readStart() }
    }
    let maskBytes = side == .server ? 4 : 0
    let lengthBytes = headBytes - 2 - maskBytes
    var length = UInt64(head[1] & 0x7F)
    if lengthBytes > 0 { length = head[2..<(2 + lengthBytes)].reduce(0) { $0 << 8 | UInt64($1) } }
    mask = UInt32(littleEndian: head.suffix(maskBytes).reversed().reduce(0) { $0 << 8 | UInt32($1) })
    let room = opcode.isControl ? 125 : limit - message.count
    guard length <= UInt64(room) else { throw Violation(code: CloseCode.tooBig, reason: "the message is longer than \(limit) bytes") }
    left = Int(length)
    isInPayload = true
    if opcode.isControl { control.removeAll(keepingCapacity: true) }
    return true
  }

  /// Checks the first two bytes, which say how long the head is.
  private mutating func readStart() throws(Violation) {
    let (first, second) = (head[0], head[1])
    guard first & 0x70 == 0 else { throw Self.broken("a reserved bit is set") }
    guard let opcode = Opcode(rawValue: first & 0x0F) else { throw Self.broken("the opcode is unknown") }
    guard (second & 0x80 != 0) == (side == .server) else {
      throw Self.broken(side == .server ? "a client's frames must be masked" : "a server's frames must not be masked")
    }
    self.opcode = opcode
    isFinal = first & 0x80 != 0
    let length = second & 0x7F
    switch opcode {
    case .close, .ping, .pong:
      guard isFinal, length <= 125 else { throw Self.broken("a control frame must be whole and short") }
    case .continuation:
      guard gathering != nil else { throw Self.broken("there is no message to continue") }
    case .text, .binary:
      guard gathering == nil else { throw Self.broken("the message before was not finished") }
      gathering = opcode
    }
    headBytes = (side == .server ? 6 : 2) + (length == 126 ? 2 : length == 127 ? 8 : 0)
  }

  private mutating func readPayload(_ input: inout UnsafeRawBufferPointer) {
    let count = min(left, input.count)
    guard count > 0 else { return }
    let piece = UnsafeRawBufferPointer(rebasing: input[..<count])
    input = UnsafeRawBufferPointer(rebasing: input[count...])
    if opcode.isControl { Self.append(piece, to: &control, mask) } else { Self.append(piece, to: &message, mask) }
    left -= count
    mask = Mask.turned(mask, by: count)
  }

  /// Appends `piece` with the mask taken off.
  private static func append(_ piece: UnsafeRawBufferPointer, to bytes: inout [UInt8], _ mask: UInt32) {
    let start = bytes.count
    bytes.append(contentsOf: piece)
    guard mask != 0 else { return }
    bytes.withUnsafeMutableBytes { Mask.apply(mask, to: UnsafeMutableRawBufferPointer(rebasing: $0[start...])) }
  }

  /// What a whole frame means; nil when the message goes on.
  private mutating func finish() throws(Violation) -> Event? {
    switch opcode {
    case .ping: return .ping
    case .pong: return .pong
    case .close: return try readClose()
    case .continuation, .text, .binary:
      guard isFinal, let kind = gathering else { return nil }
      gathering = nil
      isDelivered = true
      if kind == .binary { return .binary }
      guard Self.isUTF8(message) else { throw Violation(code: CloseCode.notUTF8, reason: "the text is not UTF-8") }
      return .text
    }
  }

  private func readClose() throws(Violation) -> Event {
    guard !control.isEmpty else { return .close(CloseCode.none, "") }
    guard control.count >= 2 else { throw Self.broken("the close code is cut off") }
    let code = Int(control[0]) << 8 | Int(control[1])
    guard CloseCode.maySend(code) else { throw Self.broken("the close code \(code) may not be sent") }
    guard Self.isUTF8(control[2...]) else { throw Violation(code: CloseCode.notUTF8, reason: "the reason is not UTF-8") }
    return .close(code, String(decoding: control[2...], as: UTF8.self))
  }

  private static func broken(_ reason: String) -> Violation { Violation(code: CloseCode.protocolError, reason: reason) }

  /// Without a copy, because every message of text passes here.
  public static func isUTF8(_ bytes: some Collection<UInt8>) -> Bool {
    bytes.withContiguousStorageIfAvailable { (try? UTF8Span(validating: $0.span)) != nil } ?? false
  }
}
