// One open WebSocket: frames in and out of its channel, events to its owner, the closing handshake, signs of life.

import Base
import Loader
import NIOCore
import Observe
import PluginABI
import Vox
import WebSocket

/// The channel handler of a socket. Everything here happens on the channel's event loop, except where noted.
final class SocketConnection: ChannelInboundHandler, @unchecked Sendable {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private enum State {
    /// Accepted; the handshake's answer is on its way.
    case opening
    case open
    /// We have sent a close frame and wait for the peer's.
    case closing
    case closed
  }

  /// Why nothing is read for the moment.
  private enum Pause {
    /// The loop of the owning session has no room.
    case ownerIsFull
    /// The owning account handles a message. It gets the next one only then, so that a message that makes it hand the socket to a
    /// session is the last it gets, and nothing is lost between the two.
    case accountIsBusy
  }

  let slot: SocketSlot
  let generation: UInt32
  private let provider: Provider
  private let token: UInt64
  private let channel: any Channel
  private let outbox: Outbox
  private let directory: SocketDirectory
  private let traffic: SocketTraffic
  private var owner: vox_handle
  private var state = State.opening
  private var context: ChannelHandlerContext?

  private var reader = MessageReader(.server, limit: Limits.messageBytes)
  /// What came while the owner had no room, oldest first.
  private var unread: ByteBuffer?
  private var undelivered: (kind: EventKind, code: Int, bytes: [UInt8])?
  private var pause: Pause?
  private var pausedAt: NIODeadline?
  /// The code and reason that CLOSED will tell.
  private var ending: (code: Int, reason: String)?
  /// The channel is closed.
  private var isGone = false
  /// CLOSED has been delivered, or nobody wants it.
  private var isFinished = false

  private let output: SocketOutput
  private var hasHeard = true
  private var clock: Scheduled<Void>?

  /// Made when the provider accepts, on any thread; `begin` follows on the event loop.
  init(
    _ slot: SocketSlot, _ provider: Provider, _ owner: vox_handle, _ token: UInt64, _ channel: any Channel, _ outbox: Outbox,
    _ directory: SocketDirectory, _ traffic: SocketTraffic
  ) {
    self.slot = slot
    generation = slot.generation
    self.provider = provider
    self.owner = owner
    self.token = token
    self.channel = channel
    self.outbox = outbox
    self.directory = directory
    self.traffic = traffic
    output = SocketOutput(channel)
  }

  // MARK: Life

  /// Whatever becomes of the handshake from here, CLOSED is the socket's last event.
  func begin() {
    traffic.open.add(1)
    channel.closeFuture.whenComplete { [self] _ in lost() }
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    guard state == .opening else { return }
    state = .open
    output.watch()
    scheduleClock()
    deliver(.socketOpen)
    flush()
  }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelInactive(context: ChannelHandlerContext) {
    lost()
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case ChannelEvent.inputClosed: context.close(promise: nil)
    case is ChannelShouldQuiesceEvent: close(CloseCode.goingAway, "the host stops")
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  /// The connection has ended, with a closing handshake or without one.
  private func lost() {
    guard !isGone else { return }
    isGone = true
    clock?.cancel()
    // What waits for room is still delivered, and CLOSED after it.
    if pause == nil { finish() }
  }

  private func finish() {
    guard isGone, !isFinished else { return }
    isFinished = true
    state = .closed
    let ending = ending ?? (CloseCode.vanished, "")
    if deliver(.socketClosed, code: ending.code, Array(ending.reason.utf8)) { forget() }
  }

  private func forget() {
    guard slot.generation == generation else { return }
    directory.close(slot, generation: generation)
    outbox.remove(self)
    traffic.open.add(-1)
  }

  /// The provider is gone: the peer is told so, the owner nothing more.
  func retire() {
    isFinished = true
    undelivered = nil
    unread = nil
    pause = nil
    close(CloseCode.goingAway, "the host has no more use for this connection")
    forget()
  }

  /// Closes with a code: the peer is told, answers, and is then let go.
  func close(_ code: Int, _ reason: String) {
    guard state == .open || state == .opening else { return }
    guard state == .open else {
      state = .closing
      return channel.close(promise: nil)
    }
    state = .closing
    writeClose(code, reason)
    channel.eventLoop.scheduleTask(in: .milliseconds(Limits.closeMs)) { [channel] in channel.close(promise: nil) }
  }

  private func writeClose(_ code: Int, _ reason: String) {
    CloseCode.payload(code, reason).withUnsafeBytes { writeControl(.close, $0) }
  }

  /// Fails the connection (RFC 6455, section 7.1.7): the peer is told why and not waited for.
  private func fail(_ code: Int, _ reason: String) {
    guard state == .open || state == .closing else { return }
    ending = ending ?? (code, reason)
    if state == .open { writeClose(code, reason) }
    state = .closed
    // Closed for good at once, with bytes unread, the kernel would send a reset that overtakes the close frame.
    channel.close(mode: .output, promise: nil)
    channel.eventLoop.scheduleTask(in: .milliseconds(Limits.lingerMs)) { [channel] in channel.close(promise: nil) }
  }

  // MARK: Signs of life

  private func scheduleClock() {
    clock = channel.eventLoop.scheduleTask(in: .milliseconds(Limits.pingMs)) { [weak self] in self?.clockFired() }
  }

  private func clockFired() {
    guard state == .open else { return }
    guard hasHeard || pause != nil else { return channel.close(promise: nil) }
    guard provider.owns(owner) else { return ownerIsGone() }
    hasHeard = false
    writeControl(.ping, UnsafeRawBufferPointer(start: nil, count: 0))
    scheduleClock()
  }

  // MARK: In

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    hasHeard = true
    var buffer = unwrapInboundIn(data)
    guard pause == nil else {
      if unread == nil { unread = buffer } else { unread?.writeBuffer(&buffer) }
      return limitUnread()
    }
    read(buffer)
  }

  private func limitUnread() {
    guard let unread, unread.readableBytes > Limits.unreadBytes, !isGone else { return }
    _ = try? channel.syncOptions?.setOption(.autoRead, value: false)
  }

  private func read(_ buffer: ByteBuffer) {
    var used = 0
    buffer.withUnsafeReadableBytes { bytes in
      var left = bytes
      while state == .open || state == .closing, pause == nil {
        do throws(MessageReader.Violation) {
          guard let event = try reader.next(&left) else { break }
          received(event)
        } catch {
          fail(error.code, error.reason)
        }
      }
      used = bytes.count - left.count
    }
    guard pause != nil, used < buffer.readableBytes else { return }
    var rest = buffer
    rest.moveReaderIndex(forwardBy: used)
    if var later = unread { rest.writeBuffer(&later) }
    unread = rest
    limitUnread()
  }

  private func received(_ event: MessageReader.Event) {
    switch event {
    case .text, .binary:
      traffic.messagesIn.add()
      deliver(event == .text ? .socketText : .socketBinary, reader.message)
    case .ping: if state == .open { reader.control.withUnsafeBytes { writeControl(.pong, $0) } }
    case .pong: break
    case .close(let code, let reason):
      ending = (code, reason)
      // The server ends the connection once both sides have sent their close.
      if state == .open { writeClose(code == CloseCode.none ? CloseCode.normal : code, "") }
      state = .closed
      channel.close(promise: nil)
    }
  }

  /// Hands an event to the owner; false when it has to wait.
  @discardableResult
  private func deliver(_ kind: EventKind, code: Int = 0, _ bytes: [UInt8] = []) -> Bool {
    // After our own close nothing but CLOSED interests the owner.
    if state == .closing, kind != .socketClosed { return true }
    var event = vox_ev_socket()
    event.h = Layout.head(vox_ev_socket.self, kind, target: owner)
    event.token = token
    event.code = UInt32(code)
    let status = bytes.withUnsafeBufferPointer { bytes in
      event.data = vox_view(ptr: bytes.baseAddress, len: UInt64(bytes.count))
      return withUnsafePointer(to: event) {
        $0.withMemoryRebound(to: vox_event.self, capacity: 1) { provider.deliver($0) }
      }
    }
    switch status {
    case vox_status(VOX_OK):
      if owner == provider.accountHandle, !isFinished { waitForAccount() }
      return true
    case vox_status(VOX_WOULD_BLOCK):
      undelivered = (kind, code, bytes)
      hold(.ownerIsFull)
      return false
    case vox_status(VOX_STALE):
      ownerIsGone()
      return true
    default:
      fail(CloseCode.tooBig, "the message is too long for its reader")
      return true
    }
  }

  /// The owner's last words and its own close may still be on their way here, and come first.
  private func ownerIsGone() {
    outbox.submit(slot, generation: generation) { $0.close(CloseCode.goingAway, "the call is over") }
  }

  // MARK: When the owner is slower than the peer

  /// Puts a mark behind what the account was given; when the lane reaches it, that was handled.
  private func waitForAccount() {
    hold(.accountIsBusy)
    provider.lane.async { [self] in
      channel.eventLoop.execute { [self] in
        if pause == .accountIsBusy { goOn() }
      }
    }
  }

  private func hold(_ reason: Pause) {
    pause = reason
    pausedAt = .now()
    if reason == .ownerIsFull { scheduleRetry() }
  }

  private func scheduleRetry() {
    channel.eventLoop.scheduleTask(in: .milliseconds(Limits.retryMs)) { [self] in
      guard pause == .ownerIsFull else { return }
      guard let since = pausedAt, NIODeadline.now() - since < .milliseconds(Limits.blockedMs) else { return giveUp() }
      goOn()
    }
  }

  /// The owner has not taken anything for seconds. Its socket closes; it is told, should it ever wake.
  private func giveUp() {
    undelivered = nil
    unread = nil
    pause = nil
    guard !isFinished else { return forget() }
    fail(CloseCode.internalError, "the call does not take its messages")
    finish()
  }

  /// Delivers what has waited, then reads on.
  private func goOn() {
    let since = pausedAt
    pause = nil
    if let waiting = undelivered {
      undelivered = nil
      guard deliver(waiting.kind, code: waiting.code, waiting.bytes) else {
        pausedAt = since
        return
      }
      if isFinished { return forget() }
    }
    if let buffer = unread {
      unread = nil
      read(buffer)
    }
    guard pause == nil else { return }
    if isGone { return finish() }
    if (try? channel.syncOptions?.getOption(.autoRead)) == false { _ = try? channel.syncOptions?.setOption(.autoRead, value: true) }
  }

  /// Later messages go to another owner.
  func move(to newOwner: vox_handle) { owner = newOwner }

  // MARK: Out

  /// Puts a message behind what waits to be written; true when nothing waited, so that a flush is due.
  func write(_ opcode: Opcode, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard state == .open || state == .opening else {
      slot.release(Frame.length(bytes.count))
      return false
    }
    let isFirst = output.isEmpty
    output.write(opcode, bytes)
    traffic.messagesOut.add()
    return isFirst && state == .open
  }

  private func writeControl(_ opcode: Opcode, _ bytes: UnsafeRawBufferPointer) {
    slot.add(Frame.length(bytes.count))
    output.write(opcode, bytes)
    flush()
  }

  /// Writes what waits to the channel in one go.
  func flush() {
    guard let context, !output.isEmpty else { return }
    output.flush(context)
    settle()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    settle()
    context.fireChannelWritabilityChanged()
  }

  /// Gives back the room of what the kernel has taken.
  private func settle() {
    let sent = output.takeSent()
    guard sent > 0 else { return }
    slot.release(sent)
    resumeIfRoom()
  }

  /// Tells an owner whose send was refused that there is room again.
  func resumeIfRoom() {
    guard slot.isBlocked, slot.unsent < Limits.resumeBytes, slot.takeRefusal() else { return }
    var event = Layout.head(vox_event.self, .resume, target: owner)
    guard provider.deliver(&event) == vox_status(VOX_WOULD_BLOCK) else { return }
    slot.refuse()
    channel.eventLoop.scheduleTask(in: .milliseconds(Limits.retryMs)) { [self] in resumeIfRoom() }
  }
}
