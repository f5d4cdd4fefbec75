// One open WebSocket: frames in and out of its connection, events to its owner, the closing handshake, signs of life.

import Base
import Loader
import Observe
import PluginABI
import Vox
import WebSocket

/// Everything here happens on the loop of its outbox, except where noted.
final class SocketConnection: SlottedSocket, DescriptorOwner, TimerTarget, @unchecked Sendable {
  private enum State {
    /// Accepted; the handshake's answer is on its way.
    case opening
    case open
    /// We have sent a close frame and wait for the peer's.
    case closing
    /// Nothing counts any more that the peer says.
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

  /// How the connection ends once the last frame is out.
  private enum Farewell {
    /// Only our half: closed for good at once, with bytes unread, the kernel would send a reset that overtakes the close frame.
    case half
    case whole
  }

  private enum Wake: UInt64 { case ping = 1, end }

  let slot: SocketSlot
  let generation: UInt32
  private let provider: Provider
  private let token: UInt64
  private let outbox: Outbox
  private let directory: SocketDirectory
  private let traffic: SocketTraffic
  private let hangUp: @Sendable () -> Void
  private var owner: vox_handle
  private var state = State.opening
  /// Ours once the handshake has been answered.
  private var socket: StreamSocket?

  private var reader = MessageReader(.server, limit: Limits.messageBytes)
  /// What was read while the owner had no room.
  private var unread: [UInt8] = []
  private var undelivered: (kind: EventKind, code: Int, bytes: [UInt8])?
  private var pause: Pause?
  private var pausedAt: Instant?
  /// The code and reason that CLOSED will tell.
  private var ending: (code: Int, reason: String)?
  /// The connection has ended.
  private var isGone = false
  /// CLOSED has been delivered, or nobody wants it.
  private var isFinished = false

  private var output = SocketOutput()
  /// What follows when everything has been written.
  private var farewell: Farewell?
  private var hasHeard = true
  private var timers: [Wake: TimerID] = [:]

  /// Made when the provider accepts, on any thread; `begin` follows on the loop.
  ///
  /// - Parameter hangUp: ends the connection before it is handed over with `attach`; callable from any thread.
  init(
    _ slot: SocketSlot, _ provider: Provider, _ owner: vox_handle, _ token: UInt64, _ outbox: Outbox, _ directory: SocketDirectory,
    _ traffic: SocketTraffic, hangUp: @escaping @Sendable () -> Void
  ) {
    self.slot = slot
    generation = slot.generation
    self.provider = provider
    self.owner = owner
    self.token = token
    self.outbox = outbox
    self.directory = directory
    self.traffic = traffic
    self.hangUp = hangUp
  }

  private var loop: DescriptorLoop { outbox.loop }

  // MARK: Life

  /// Whatever becomes of the handshake from here, CLOSED is the socket's last event.
  func begin() { traffic.open.add(1) }

  /// The handshake has been answered: from here on the connection is ours. [any thread]
  ///
  /// - Parameters:
  ///   - socket: does not block; closed here.
  ///   - early: what the peer sent right behind its request.
  func attach(_ socket: StreamSocket, early: [UInt8] = []) {
    loop.submit { [self] in
      guard state == .opening else {
        socket.close()
        return lost()
      }
      self.socket = socket
      state = .open
      set(.ping, inMs: Limits.pingMs)
      unread = early
      if deliver(.socketOpen), pause == nil { goOn() }
      flush()
    }
  }

  /// The connection ended before it was handed over, if it was not. [any thread]
  func handshakeEnded() {
    loop.submit { [self] in
      if socket == nil { lost() }
    }
  }

  /// The connection has ended, with a closing handshake or without one.
  private func lost() {
    guard !isGone else { return }
    isGone = true
    for timer in timers.values { loop.cancel(timer) }
    timers = [:]
    if let socket {
      loop.forget(socket.descriptor)
      socket.close()
    }
    socket = nil
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
    unread = []
    pause = nil
    close(CloseCode.goingAway, "the host has no more use for this connection")
    forget()
  }

  /// Closes with a code: the peer is told, answers, and is then let go.
  func close(_ code: Int, _ reason: String) {
    guard state == .open || state == .opening else { return }
    guard state == .open else {
      state = .closing
      return hangUp()
    }
    state = .closing
    set(.end, inMs: Limits.closeMs)
    writeClose(code, reason)
  }

  private func writeClose(_ code: Int, _ reason: String) {
    CloseCode.payload(code, reason).withUnsafeBytes { writeControl(.close, $0) }
  }

  /// Fails the connection (RFC 6455, section 7.1.7): the peer is told why and not waited for.
  private func fail(_ code: Int, _ reason: String) {
    guard state == .open || state == .closing else { return }
    ending = ending ?? (code, reason)
    set(.end, inMs: Limits.lingerMs)
    farewell = .half
    if state == .open { writeClose(code, reason) } else { flush() }
    state = .closed
  }

  // MARK: Timers

  private func set(_ wake: Wake, inMs ms: Int) {
    loop.cancel(timers[wake])
    timers[wake] = loop.timer(self, token: wake.rawValue, inMs: ms)
  }

  func timerFired(token: UInt64) {
    guard let wake = Wake(rawValue: token) else { return }
    timers[wake] = nil
    switch wake {
    case .end: lost()
    case .ping:
      guard state == .open else { return }
      guard hasHeard || pause != nil else { return lost() }
      guard provider.owns(owner) else { return ownerIsGone() }
      hasHeard = false
      writeControl(.ping, UnsafeRawBufferPointer(start: nil, count: 0))
      set(.ping, inMs: Limits.pingMs)
    }
  }

  // MARK: In

  func ready(_ descriptor: Int32, _ how: Readiness) {
    if how.contains(.write) { flush() }
    if !how.isDisjoint(with: [.read, .broken]) { receive() }
  }

  /// Reads a bounded part of what has come; the loop tells of the rest again.
  private func receive() {
    withUnsafeTemporaryAllocation(byteCount: Limits.pieceBytes, alignment: 8) { buffer in
      for _ in 0..<Limits.piecesPerTurn {
        guard pause == nil, let socket else { return }
        switch socket.receive(buffer) {
        case .blocked: return
        case .lost: return lost()
        case .moved(let count):
          hasHeard = true
          read(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
          if count < buffer.count { return }
        }
      }
    }
  }

  private func read(_ bytes: UnsafeRawBufferPointer) {
    var left = bytes
    while state == .open || state == .closing {
      guard pause == nil else {
        unread += left
        return
      }
      do throws(MessageReader.Violation) {
        guard let event = try reader.next(&left) else { return }
        received(event)
      } catch {
        fail(error.code, error.reason)
      }
    }
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
      farewell = .whole
      set(.end, inMs: Limits.closeMs)
      if state == .open { writeClose(code == CloseCode.none ? CloseCode.normal : code, "") } else { flush() }
      state = .closed
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
        $0.withMemoryRebound(to: vox_event.self, capacity: 1) { provider.deliver($0, wakes: false) }
      }
    }
    switch status {
    case vox_status(VOX_OK):
      if let loop = provider.loop(of: owner) { outbox.wakeSoon(loop) }
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
      loop.submit { [self] in
        if pause == .accountIsBusy { goOn() }
      }
    }
  }

  private func hold(_ reason: Pause) {
    pause = reason
    pausedAt = loop.now
    if reason == .ownerIsFull { outbox.hold(self) }
    watch()
  }

  /// The owner may have room by now.
  func tryAgain() {
    resumeIfRoom()
    guard pause == .ownerIsFull else { return }
    guard let since = pausedAt, loop.now.ms(since: since) < Double(Limits.blockedMs) else { return giveUp() }
    goOn()
  }

  /// The owner has not taken anything for seconds. Its socket closes; it is told, should it ever wake.
  private func giveUp() {
    undelivered = nil
    unread = []
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
    if pause == nil, !unread.isEmpty {
      let bytes = unread
      unread = []
      bytes.withUnsafeBytes { read($0) }
    }
    guard pause == nil else { return }
    if isGone { finish() } else { watch() }
  }

  /// Later messages go to another owner.
  func move(to newOwner: vox_handle) { owner = newOwner }

  // MARK: Out

  /// Puts a message behind what waits to be written; true when nothing waited, so that a flush is due.
  func write(_ opcode: Opcode, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard state == .open || state == .opening else {
      slot.release(FrameWriter.length(bytes.count, .server))
      return false
    }
    let isFirst = output.isEmpty
    output.append(opcode, bytes)
    traffic.messagesOut.add()
    return isFirst && state == .open
  }

  private func writeControl(_ opcode: Opcode, _ bytes: UnsafeRawBufferPointer) {
    slot.add(FrameWriter.length(bytes.count, .server))
    output.append(opcode, bytes)
    flush()
  }

  /// Writes what waits, as far as the connection takes it.
  func flush() {
    guard let socket else { return }
    var taken = 0
    let result = output.write(taken: &taken, socket.send)
    if taken > 0 {
      slot.release(taken)
      resumeIfRoom()
    }
    // After a loss, what the peer said before it went is still to be read.
    if result == .lost { output = SocketOutput() }
    if output.isEmpty { part() }
    watch()
  }

  private func part() {
    switch farewell {
    case .half: socket?.endSending()
    case .whole: lost()
    case nil: break
    }
    farewell = nil
  }

  private func watch() {
    guard let socket else { return }
    var asked: Readiness = pause == nil ? .read : []
    if !output.isEmpty { asked.insert(.write) }
    loop.watch(socket.descriptor, self, asked)
  }

  /// Tells an owner whose send was refused that there is room again.
  func resumeIfRoom() {
    guard slot.isBlocked, slot.unsent < Limits.resumeBytes, slot.takeRefusal() else { return }
    var event = Layout.head(vox_event.self, .resume, target: owner)
    guard provider.deliver(&event) == vox_status(VOX_WOULD_BLOCK) else { return }
    slot.refuse()
    outbox.hold(self)
  }
}
