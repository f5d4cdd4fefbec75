// The way of messages from any thread to the sockets of one event loop.

import NIOCore
import PluginABI
import Synchronization
import WebSocket

/// One per event loop. A send writes into a ring without a lock; the event loop is woken once for all that gathers until its
/// next turn, and each socket is then written and flushed once.
final class Outbox: @unchecked Sendable {
  let eventLoop: any EventLoop
  private let ring = MessageRing(.server, capacity: Limits.outboxBytes, inlineBytes: Limits.inlineBytes)
  private let isAwake = Atomic(false)
  private let newcomers = Mutex<[SocketConnection]>([])
  private let hasNewcomers = Atomic(false)
  /// Touched on the event loop only, as everything below.
  private var connections: [Int: SocketConnection] = [:]
  private var written: [SocketConnection] = []

  init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

  // MARK: From any thread

  /// Takes a message for the socket in `slot`: VOX_OK or VOX_WOULD_BLOCK.
  func send(_ slot: SocketSlot, _ opcode: Opcode, _ bytes: UnsafeRawBufferPointer) -> vox_status {
    let isTaken = ring.put(slot, opcode, bytes)
    wake()
    return vox_status(isTaken ? VOX_OK : VOX_WOULD_BLOCK)
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
    if ring.takeFullness() {
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

  private func take(_ message: MessageRing.Message) {
    guard let connection = connections[message.slot], connection.generation == message.generation else { return }
    let isFirst = connection.write(message.opcode, message.bytes)
    if isFirst { written.append(connection) }
  }
}
