// All WebSockets that providers opened: what `connect` and the functions of `vox.socket/0` do.

import Base
import PluginABI
import Vox
import WebSocket

/// Every function may be called from any thread and only enqueues. A send writes into a ring without a lock; the network's thread is woken
/// once for all that gathers until its next turn, and each socket is then written once.
final class ClientSockets: @unchecked Sendable {
  private let transfers: Transfers
  private let userAgent: String
  private let directory = SocketDirectory(
    capacity: Limits.sockets, limits: UnsentLimits(most: Limits.unsentBytes, resume: Limits.resumeBytes))
  private let ring = MessageRing(.client, capacity: Limits.outboxBytes, inlineBytes: Limits.inlineBytes)
  private let sockets = SocketTable<ClientSocket>()
  /// On the network's thread, as what follows.
  private let masks = Masks()
  private var written: [ClientSocket] = []
  private lazy var sweep = Sweep(loop) { [weak self] in self?.lookForOwners() ?? false }

  init(_ transfers: Transfers, userAgent: String) {
    self.transfers = transfers
    self.userAgent = userAgent
    loop.eachTurn { [weak self] in self?.drain() }
  }

  private var loop: DescriptorLoop { transfers.loop }

  var count: Int { directory.openSockets }

  private static func id(_ client: ServiceClient) -> UInt { UInt(bitPattern: ObjectIdentifier(client)) }

  // MARK: From any thread

  func connect(_ client: ServiceClient, _ owner: vox_handle, _ token: UInt64, _ r: vox_websocket_request) -> vox_status {
    guard let request = WebSocketRequest(r) else { return vox_status(VOX_INVALID) }
    guard client.owns(owner) else { return vox_status(VOX_STALE) }
    guard directory.find(Self.id(client), owner, token) == nil else { return vox_status(VOX_INVALID) }
    guard let slot = directory.open(Self.id(client), owner, token, outbox: 0) else { return vox_status(VOX_WOULD_BLOCK) }
    let socket = ClientSocket(slot, client, owner, token, request, transfers, masks) { [weak self] in self?.forget($0) }
    sockets.add(socket)
    loop.submit { [self] in
      socket.begin(userAgent: userAgent)
      sweep.begin()
    }
    return vox_status(VOX_OK)
  }

  func send(_ client: ServiceClient, _ owner: vox_handle, _ token: UInt64, _ opcode: Opcode, _ data: vox_view) -> vox_status {
    guard data.len <= UInt64(Limits.unsentBytes) * 4, data.len == 0 || data.ptr != nil else { return vox_status(VOX_INVALID) }
    guard let slot = directory.find(Self.id(client), owner, token), !slot.isClosing else { return vox_status(VOX_STALE) }
    if opcode == .text, !MessageReader.isUTF8(data.bytes) { return vox_status(VOX_INVALID) }
    let isTaken = ring.put(slot, opcode, UnsafeRawBufferPointer(data.bytes))
    loop.wake()
    return vox_status(isTaken ? VOX_OK : VOX_WOULD_BLOCK)
  }

  func close(_ client: ServiceClient, _ owner: vox_handle, _ token: UInt64, code: Int, reason: vox_view) -> vox_status {
    guard let slot = directory.find(Self.id(client), owner, token) else { return vox_status(VOX_STALE) }
    guard CloseCode.maySend(code) else { return vox_status(VOX_INVALID) }
    guard slot.beginClosing() else { return vox_status(VOX_STALE) }
    let reason = reason.string
    submit(slot) { $0.close(code, reason) }
    return vox_status(VOX_OK)
  }

  func adopt(_ client: ServiceClient, _ owner: vox_handle, _ token: UInt64, by newOwner: vox_handle) -> vox_status {
    guard let slot = directory.find(Self.id(client), owner, token), !slot.isClosing else { return vox_status(VOX_STALE) }
    guard owner != newOwner else { return vox_status(VOX_OK) }
    guard let moved = directory.move(Self.id(client), owner, token, to: newOwner), moved === slot else { return vox_status(VOX_INVALID) }
    submit(slot) { $0.move(to: newOwner) }
    return vox_status(VOX_OK)
  }

  /// Closes every socket of a provider that has stopped.
  func retire(_ client: ServiceClient) {
    for slot in directory.sockets(of: Self.id(client)) { submit(slot) { $0.retire() } }
  }

  /// Does `work` with a socket after everything that was sent before.
  private func submit(_ slot: SocketSlot, _ work: @escaping @Sendable (ClientSocket) -> Void) {
    let generation = slot.generation
    loop.submit { [self] in
      drain()
      if let socket = sockets.find(slot.index, generation) { work(socket) }
    }
  }

  // MARK: On the network's thread

  private func forget(_ socket: ClientSocket) {
    if sockets.remove(socket) { directory.close(socket.slot, generation: socket.generation) }
  }

  private func lookForOwners() -> Bool {
    let open = sockets.all
    for socket in open { socket.checkOwner() }
    return !open.isEmpty
  }

  private func drain() {
    while ring.drain(limit: 1024, take) == 1024 {}
    for socket in written { socket.flush() }
    written.removeAll(keepingCapacity: true)
    if ring.takeFullness() {
      for socket in sockets.all { socket.resumeIfRoom() }
    }
  }

  private func take(_ message: MessageRing.Message) {
    guard let socket = sockets.find(message.slot, message.generation) else { return }
    if socket.write(message.opcode, message.bytes) { written.append(socket) }
  }
}
