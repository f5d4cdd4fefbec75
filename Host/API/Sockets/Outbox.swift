// The way of messages from any thread to the sockets of one event loop.

import Base
import NIOCore
import PluginABI
import Synchronization
import WebSocket

/// One per event loop. A send writes into a ring without a lock; the event loop is woken once for all that gathers until its
/// next turn, and each socket is then written and flushed once.
final class Outbox: @unchecked Sendable {
  /// What stands before a message in the ring.
  private struct Head {
    var slot: UInt32
    var generation: UInt32
    var count: UInt32
    var opcode: UInt8
    /// A copy of a message that is too long for the ring; taken over by the reader.
    var long: UnsafeMutableRawPointer?
  }

  let eventLoop: any EventLoop
  private let ring = EventRing(capacity: Limits.outboxBytes)
  private let isAwake = Atomic(false)
  private let ringWasFull = Atomic(false)
  private let newcomers = Mutex<[SocketConnection]>([])
  private let hasNewcomers = Atomic(false)
  /// Touched on the event loop only, as everything below.
  private var connections: [Int: SocketConnection] = [:]
  private var written: [SocketConnection] = []

  init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

  // MARK: From any thread

  /// Takes a message for the socket in `slot`: VOX_OK or VOX_WOULD_BLOCK.
  func send(_ slot: SocketSlot, _ opcode: Opcode, _ bytes: UnsafeRawBufferPointer) -> vox_status {
    let generation = slot.generation
    let room = Frame.length(bytes.count)
    guard slot.reserve(room) else { return vox_status(VOX_WOULD_BLOCK) }
    var head = Head(
      slot: UInt32(slot.index), generation: generation, count: UInt32(bytes.count), opcode: opcode.rawValue, long: nil)
    var count = MemoryLayout<Head>.stride
    if bytes.count <= Limits.inlineBytes {
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
      ringWasFull.store(true, ordering: .sequentiallyConsistent)
    }
    wake()
    return vox_status(isWritten ? VOX_OK : VOX_WOULD_BLOCK)
  }

  /// Takes a connection in, before anything can be sent to it.
  func add(_ connection: SocketConnection) {
    newcomers.withLock { $0.append(connection) }
    hasNewcomers.store(true, ordering: .releasing)
    wake()
  }

  /// Does `work` with a connection after everything that was sent before.
  func submit(_ slot: SocketSlot, generation: UInt32, _ work: @escaping @Sendable (SocketConnection) -> Void) {
    eventLoop.execute { [self] in
      drain(limit: .max)
      if let connection = connections[slot.index], connection.generation == generation { work(connection) }
    }
  }

  private func wake() {
    guard !isAwake.exchange(true, ordering: .sequentiallyConsistent) else { return }
    eventLoop.execute { [self] in drain(limit: Limits.messagesPerTurn) }
  }

  // MARK: On the event loop

  func remove(_ connection: SocketConnection) {
    if connections[connection.slot.index] === connection { connections[connection.slot.index] = nil }
  }

  private func drain(limit: Int) {
    isAwake.store(false, ordering: .sequentiallyConsistent)
    if hasNewcomers.exchange(false, ordering: .acquiring) { begin() }
    let count = ring.drain(limit: limit) { take($0) }
    for connection in written { connection.flush() }
    written.removeAll(keepingCapacity: true)
    if count == limit { return wake() }
    if ringWasFull.exchange(false, ordering: .sequentiallyConsistent) {
      for connection in Array(connections.values) { connection.resumeIfRoom() }
    }
  }

  private func begin() {
    let arrived = newcomers.withLock {
      let taken = $0
      $0 = []
      return taken
    }
    for connection in arrived {
      connections[connection.slot.index] = connection
      connection.begin()
    }
  }

  private func take(_ record: UnsafeRawPointer) {
    let head = record.load(as: Head.self)
    defer { head.long?.deallocate() }
    guard let connection = connections[Int(head.slot)], connection.generation == head.generation,
      let opcode = Opcode(rawValue: head.opcode)
    else { return }
    let start = head.long.map { UnsafeRawPointer($0) } ?? record + MemoryLayout<Head>.stride
    let isFirst = connection.write(opcode, UnsafeRawBufferPointer(start: start, count: Int(head.count)))
    if isFirst { written.append(connection) }
  }
}
