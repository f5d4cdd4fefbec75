// What is on its way to a socket's peer.

import WebSocket

/// Gathers masked frames and writes them to the connection. On the network's thread.
///
/// Two buffers take turns: what the connection has refused once must be offered again unchanged, because a TLS record may be half made
/// of it, so later frames gather in the other one.
struct SocketOutput {
  private var sending: [UInt8] = []
  private var sent = 0
  private var waiting: [UInt8] = []

  var isEmpty: Bool { sending.isEmpty && waiting.isEmpty }

  mutating func append(_ opcode: Opcode, _ payload: UnsafeRawBufferPointer, mask: UInt32) {
    FrameWriter.append(opcode, payload, mask: mask, to: &waiting)
  }

  /// The request of the handshake.
  mutating func append(_ bytes: [UInt8]) { waiting += bytes }

  enum Result { case done, full, lost }

  /// Writes as much as the connection takes; `taken` grows by that.
  mutating func write(to wire: Wire, taken: inout Int) -> Result {
    while true {
      if sending.isEmpty {
        guard !waiting.isEmpty else { return .done }
        swap(&sending, &waiting)
      }
      let count: Int
      switch sending.withUnsafeBytes({ wire.send(UnsafeRawBufferPointer(rebasing: $0[sent...])) }) {
      case .moved(let moved): count = moved
      case .blocked: return .full
      case .lost: return .lost
      }
      sent += count
      taken += count
      guard sent == sending.count else { continue }
      // One long message must not keep its room for ever.
      sending.removeAll(keepingCapacity: sending.capacity <= Limits.inlineBytes * 4)
      sent = 0
    }
  }
}
