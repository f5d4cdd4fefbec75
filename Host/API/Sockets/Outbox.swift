// The way of messages from any thread to the sockets of one loop.

import Base
import PluginABI
import WebSocket

/// One per loop. A send writes into a ring without a lock; the loop is woken once for all that gathers until its next turn, and each
/// socket is then written once.
final class Outbox: TimerTarget, @unchecked Sendable {
  let loop: DescriptorLoop
  private let ring = MessageRing(.server, capacity: Limits.outboxBytes, inlineBytes: Limits.inlineBytes)
  private let connections = SocketTable<SocketConnection>()
  /// Touched on the loop only, as everything below.
  private var written: [SocketConnection] = []
  /// Those whose owners have no room, and when they are asked again.
  private var held: [SocketConnection] = []
  private var retry: TimerID?
  private var ended: [@Sendable () -> Void] = []
  /// Loops of calls that were given something in this turn. Woken for each message they would, on the same core, serve one and sleep again.
  private var given: [CallLoop] = []

  init(_ loop: DescriptorLoop) {
    self.loop = loop
    loop.eachTurn { [self] in drain() }
    loop.eachTurn { [self] in wakeGiven() }
  }

  // MARK: From any thread

  /// Takes a message for the socket in `slot`: VOX_OK or VOX_WOULD_BLOCK.
  ///
  /// - Parameter mayWait: a loop that rests is not woken for it.
  func send(_ slot: SocketSlot, _ opcode: Opcode, _ bytes: UnsafeRawBufferPointer, mayWait: Bool = false) -> vox_status {
    let isTaken = ring.put(slot, opcode, bytes)
    if mayWait { loop.wakeAfterRest() } else { loop.wake() }
    return vox_status(isTaken ? VOX_OK : VOX_WOULD_BLOCK)
  }

  /// Takes a connection in, before anything can be sent to it.
  func add(_ connection: SocketConnection) {
    connections.add(connection)
    loop.submit { connection.begin() }
  }

  /// Does `work` with a connection after everything that was sent before.
  func submit(_ slot: SocketSlot, generation: UInt32, _ work: @escaping @Sendable (SocketConnection) -> Void) {
    loop.submit { [self] in
      while write() {}
      if let connection = connections.find(slot.index, generation) { work(connection) }
    }
  }

  /// Closes all connections, and calls back once they are gone, or have had the time that a closing handshake takes.
  func end(_ code: Int, _ reason: String, _ done: @escaping @Sendable () -> Void) {
    loop.submit { [self] in
      while write() {}
      ended.append(done)
      for connection in connections.all { connection.close(code, reason) }
      _ = loop.timer(self, token: Wake.end.rawValue, inMs: Int(Limits.closeMs))
      tellIfEnded()
    }
  }

  // MARK: On the loop

  private enum Wake: UInt64 { case retry = 1, end }

  func timerFired(token: UInt64) {
    switch Wake(rawValue: token) {
    case .retry:
      retry = nil
      let waiting = held
      held.removeAll(keepingCapacity: true)
      for connection in waiting { connection.tryAgain() }
    case .end: tellIfEnded(whateverIsOpen: true)
    case nil: break
    }
  }

  func remove(_ connection: SocketConnection) {
    connections.remove(connection)
    tellIfEnded()
  }

  private func tellIfEnded(whateverIsOpen: Bool = false) {
    guard !ended.isEmpty, whateverIsOpen || connections.all.isEmpty else { return }
    let waiting = ended
    ended = []
    for done in waiting { done() }
  }

  /// Has the connection try again soon; one timer serves all, because a loop without room has none for any of its calls.
  func hold(_ connection: SocketConnection) {
    held.append(connection)
    if retry == nil { retry = loop.timer(self, token: Wake.retry.rawValue, inMs: Limits.retryMs) }
  }

  /// Wakes a loop of calls at the end of this turn.
  func wakeSoon(_ loop: CallLoop) {
    if !given.contains(where: { $0 === loop }) { given.append(loop) }
  }

  private func wakeGiven() {
    for loop in given { loop.wake() }
    given.removeAll(keepingCapacity: true)
  }

  private func drain() {
    if write() { return loop.wake() }
    guard ring.takeFullness() else { return }
    for connection in connections.all { connection.resumeIfRoom() }
  }

  /// Writes what has gathered, each socket once; true when there may be more.
  private func write() -> Bool {
    let count = ring.drain(limit: Limits.messagesPerTurn) { take($0) }
    for connection in written { connection.flush() }
    written.removeAll(keepingCapacity: true)
    return count == Limits.messagesPerTurn
  }

  private func take(_ message: MessageRing.Message) {
    guard let connection = connections.find(message.slot, message.generation) else { return }
    let isFirst = connection.write(message.opcode, message.bytes)
    if isFirst { written.append(connection) }
  }
}
