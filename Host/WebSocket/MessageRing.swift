// The way of messages from any thread to the one that owns their sockets.

import Base
import Synchronization

/// A bounded outbox. A message is written into a ring without a lock; the thread that owns the sockets takes out what has gathered, and
/// writes each socket once. What finds no room is refused: then RESUME is due to every socket, once the ring has been emptied.
public final class MessageRing: @unchecked Sendable {
  /// What stands before a message in the ring.
  private struct Head {
    var slot: UInt32
    var generation: UInt32
    var count: UInt32
    var opcode: UInt8
    /// A copy of a message that is too long for the ring; taken over by the reader.
    var long: UnsafeMutableRawPointer?
  }

  /// A message as it comes out; its bytes are valid until the function that was given it returns.
  public struct Message {
    /// Of the socket: the index of its slot, and whose turn in that slot it was.
    public let slot: Int
    public let generation: UInt32
    public let opcode: Opcode
    public let bytes: UnsafeRawBufferPointer
  }

  private let ring: EventRing
  private let inlineBytes: Int
  private let side: Side
  private let wasFull = Atomic(false)

  /// - Parameters:
  ///   - side: which end of the connections this is; a client's frames are longer by their mask.
  ///   - capacity: bytes of the ring.
  ///   - inlineBytes: longer messages are copied aside, so that one of them does not push many out.
  public init(_ side: Side, capacity: Int, inlineBytes: Int) {
    self.side = side
    self.inlineBytes = inlineBytes
    ring = EventRing(capacity: capacity)
  }

  deinit { _ = drain(limit: .max) { _ in } }

  /// Takes a message for the socket in `slot`, whose room it reserves; false when there is none here or there, and RESUME will follow.
  /// Wake the owner afterwards, whatever came of it. [any thread]
  public func put(_ slot: SocketSlot, _ opcode: Opcode, _ bytes: UnsafeRawBufferPointer) -> Bool {
    let generation = slot.generation
    let room = FrameWriter.length(bytes.count, side)
    guard slot.reserve(room) else { return false }
    var head = Head(slot: UInt32(slot.index), generation: generation, count: UInt32(bytes.count), opcode: opcode.rawValue, long: nil)
    var count = MemoryLayout<Head>.stride
    if bytes.count <= inlineBytes {
      count += bytes.count
    } else {
      let copy = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 1)
      copy.copyMemory(from: bytes.baseAddress ?? UnsafeRawPointer(copy), byteCount: bytes.count)
      head.long = copy
    }
    let isWritten = ring.write(count: count) { memory in
      memory.storeBytes(of: head, as: Head.self)
      guard head.long == nil, let source = bytes.baseAddress else { return }
      (memory + MemoryLayout<Head>.stride).copyMemory(from: source, byteCount: bytes.count)
    }
    if !isWritten {
      head.long?.deallocate()
      slot.release(room)
      slot.refuse()
      wasFull.store(true, ordering: .sequentiallyConsistent)
    }
    return isWritten
  }

  /// Takes out at most `limit` messages, in their order. [owner]
  ///
  /// - Returns: how many there were.
  public func drain(limit: Int, _ body: (Message) -> Void) -> Int {
    ring.drain(limit: limit) { record in
      let head = record.load(as: Head.self)
      defer { head.long?.deallocate() }
      guard let opcode = Opcode(rawValue: head.opcode) else { return }
      let start = head.long.map { UnsafeRawPointer($0) } ?? record + MemoryLayout<Head>.stride
      body(
        Message(
          slot: Int(head.slot), generation: head.generation, opcode: opcode,
          bytes: UnsafeRawBufferPointer(start: start, count: Int(head.count))))
    }
  }

  /// Whether a message has been refused for want of room here since this was last asked. [owner]
  public func takeFullness() -> Bool { wasFull.exchange(false, ordering: .sequentiallyConsistent) }
}
