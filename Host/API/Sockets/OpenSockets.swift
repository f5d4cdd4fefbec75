// All open WebSockets of the host: what the functions of `vox.socket/0` do.

import Base
import Loader
import Observe
import PluginABI
import Vox
import WebSocket

/// Every function may be called from any thread and only enqueues.
final class OpenSockets: Sendable {
  private let directory = SocketDirectory(
    capacity: Limits.sockets, limits: UnsentLimits(most: Limits.unsentBytes, resume: Limits.resumeBytes))
  private let outboxes: [Outbox]
  private let traffic: SocketTraffic

  /// The loops live as long as the process, because a plugin's thread may send at any time.
  ///
  /// - Throws: a sentence when the system has no descriptor or thread left.
  init(threads: Int, clock: any Clock, _ metrics: Metrics) throws(Problem) {
    var outboxes: [Outbox] = []
    for index in 0..<threads {
      guard let loop = DescriptorLoop(clock: clock, restMs: Limits.restMs), case let outbox = Outbox(loop),
        loop.start(name: "sockets-\(index)")
      else {
        throw Problem(
          .unavailable, code: "no_sockets", "WebSockets cannot be served: the system gives this process no further descriptor or thread")
      }
      outboxes.append(outbox)
    }
    self.outboxes = outboxes
    traffic = SocketTraffic(metrics)
  }

  var count: Int { directory.openSockets }

  /// Gives an accepted upgrade its name; nil when the name is taken or no more sockets may be open.
  ///
  /// - Parameter hangUp: ends the connection while its handshake is being answered; callable from any thread.
  func open(_ client: UInt, _ provider: Provider, _ owner: vox_handle, _ token: UInt64, hangUp: @escaping @Sendable () -> Void)
    -> SocketConnection?
  {
    guard let slot = directory.open(client, owner, token, outbox: count % outboxes.count) else { return nil }
    let connection = SocketConnection(slot, provider, owner, token, outboxes[slot.outbox], directory, traffic, hangUp: hangUp)
    outboxes[slot.outbox].add(connection)
    return connection
  }

  /// Takes a name back whose request was answered by somebody else meanwhile.
  func abandon(_ connection: SocketConnection) { submit(connection.slot) { $0.retire() } }

  func send(
    _ client: UInt, _ owner: vox_handle, _ token: UInt64, _ opcode: Opcode, _ data: vox_view, mayWait: Bool = false
  ) -> vox_status {
    guard data.len <= UInt64(Limits.messageBytes), data.len == 0 || data.ptr != nil else { return vox_status(VOX_INVALID) }
    if opcode == .text, !MessageReader.isUTF8(data.bytes) { return vox_status(VOX_INVALID) }
    guard let slot = directory.find(client, owner, token), !slot.isClosing else { return vox_status(VOX_STALE) }
    return outboxes[slot.outbox].send(slot, opcode, UnsafeRawBufferPointer(data.bytes), mayWait: mayWait)
  }

  func close(_ client: UInt, _ owner: vox_handle, _ token: UInt64, code: Int, reason: vox_view) -> vox_status {
    guard CloseCode.maySend(code) else { return vox_status(VOX_INVALID) }
    guard let slot = directory.find(client, owner, token), slot.beginClosing() else { return vox_status(VOX_STALE) }
    let reason = reason.string
    submit(slot) { $0.close(code, reason) }
    return vox_status(VOX_OK)
  }

  func adopt(_ client: UInt, _ owner: vox_handle, _ token: UInt64, by newOwner: vox_handle) -> vox_status {
    guard let slot = directory.find(client, owner, token), !slot.isClosing else { return vox_status(VOX_STALE) }
    guard owner != newOwner else { return vox_status(VOX_OK) }
    guard let moved = directory.move(client, owner, token, to: newOwner), moved === slot else { return vox_status(VOX_INVALID) }
    submit(slot) { $0.move(to: newOwner) }
    return vox_status(VOX_OK)
  }

  /// Closes every socket of a provider that has stopped.
  func retire(_ client: UInt) {
    for slot in directory.sockets(of: client) { submit(slot) { $0.retire() } }
  }

  /// Closes every socket with 1001, because the host stops, and waits for the peers' answers as long as a closing handshake may take.
  func end() async {
    for outbox in outboxes {
      await withCheckedContinuation { gone in
        outbox.end(CloseCode.goingAway, "the host stops") { gone.resume() }
      }
    }
  }

  private func submit(_ slot: SocketSlot, _ work: @escaping @Sendable (SocketConnection) -> Void) {
    outboxes[slot.outbox].submit(slot, generation: slot.generation, work)
  }
}
