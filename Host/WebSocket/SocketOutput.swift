// What is on its way to a socket's peer.

public import Base

/// Gathers frames and writes them to the connection. On the thread that owns the socket.
///
/// Two buffers take turns: what the connection has refused once must be offered again unchanged, because a TLS record may be half made
/// of it, so later frames gather in the other one.
public struct SocketOutput {
  /// A buffer that grew beyond this for one long message gives its room back.
  private static let keptBytes = 16 << 10

  private var sending: [UInt8] = []
  private var sent = 0
  private var waiting: [UInt8] = []

  public init() {}

  public var isEmpty: Bool { sending.isEmpty && waiting.isEmpty }

  /// Puts one final frame of a server behind what waits.
  public mutating func append(_ opcode: Opcode, _ payload: UnsafeRawBufferPointer) {
    FrameWriter.append(opcode, payload, to: &waiting)
  }

  /// Puts one final frame of a client behind what waits, masked with what must not be guessable.
  public mutating func append(_ opcode: Opcode, _ payload: UnsafeRawBufferPointer, mask: UInt32) {
    FrameWriter.append(opcode, payload, mask: mask, to: &waiting)
  }

  /// Puts bytes that are no frame behind what waits: the request of a handshake.
  public mutating func append(_ bytes: [UInt8]) { waiting += bytes }

  /// What came of a write: everything is out, or the connection takes no more for now, or it has ended.
  public enum Result { case done, full, lost }

  /// Writes as much as the connection takes, which is what `send` says; `taken` grows by that.
  public mutating func write(taken: inout Int, _ send: (UnsafeRawBufferPointer) -> Movement) -> Result {
    while true {
      if sending.isEmpty {
        guard !waiting.isEmpty else { return .done }
        swap(&sending, &waiting)
      }
      let count: Int
      switch sending.withUnsafeBytes({ send(UnsafeRawBufferPointer(rebasing: $0[sent...])) }) {
      case .moved(let moved): count = moved
      case .blocked: return .full
      case .lost: return .lost
      }
      sent += count
      taken += count
      guard sent == sending.count else { continue }
      sending.removeAll(keepingCapacity: sending.capacity <= Self.keptBytes)
      sent = 0
    }
  }
}
