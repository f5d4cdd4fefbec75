// One WebSocket to a vendor: from the connection to the last close frame.

import Base
import CCurl
import PluginABI
import Vox
import WebSocket

/// Everything here happens on the network's thread, except for the initialiser.
final class ClientSocket: SlottedSocket, TimerTarget, DescriptorOwner, TransferOwner, @unchecked Sendable {
  enum State {
    /// Name, TCP, TLS; then the handshake's answer is awaited; or it is a refusal whose body is read.
    case connecting, shaking, refused
    case open
    /// We have sent a close frame and wait for the peer's.
    case closing
    case closed
  }

  let slot: SocketSlot
  let generation: UInt32
  let client: ServiceClient
  let token: UInt64
  let request: WebSocketRequest
  private let transfers: Transfers
  private let masks: Masks
  let tape: TapeTrack?
  private let over: (ClientSocket) -> Void
  private(set) var owner: vox_handle
  var state = State.connecting

  private var transfer: Transfer?
  private var wire: Wire?
  private(set) var spent = (dns: 0, tcp: 0, tls: 0)
  let startedAt: Instant
  private var handshake: Handshake?
  var answer = HandshakeReader()
  private var reader: MessageReader
  /// The request of the handshake; frames that were sent early wait for its answer.
  private var greeting = SocketOutput()
  private var output = SocketOutput()
  private var isReading = false
  /// What was read while the owner had no room.
  private var unread: [UInt8] = []
  /// What the owner had no room for; the last thing is CLOSED.
  private var undelivered: [Delivery] = []
  /// The owning account handles an event. It gets the next one only then, so that the event that makes it hand the socket to a session is
  /// the last it gets.
  private var isAccountBusy = false
  private var blockedAt: Instant?
  var ending: (code: Int, reason: String)?
  private var hasHeard = true
  private var timers: [Wake: TimerID] = [:]

  enum Wake: UInt64 { case connect = 1, ping, close, retry, resume, refusal, replay }

  enum Delivery {
    case open
    case message([UInt8], isText: Bool)
    case closed(Int, String)
    case refused(ProviderError)
  }

  init(
    _ slot: SocketSlot, _ client: ServiceClient, _ owner: vox_handle, _ token: UInt64, _ request: WebSocketRequest,
    _ transfers: Transfers, _ masks: Masks, over: @escaping (ClientSocket) -> Void
  ) {
    self.slot = slot
    generation = slot.generation
    self.client = client
    self.owner = owner
    self.token = token
    self.request = request
    self.transfers = transfers
    self.masks = masks
    self.over = over
    reader = MessageReader(.client, limit: request.maxMessage)
    tape = client.tape?.track()
    startedAt = transfers.loop.now
  }

  var loop: DescriptorLoop { transfers.loop }

  // MARK: Opening

  func begin(userAgent: String) {
    guard state == .connecting else { return }
    guard client.reach.allows(request.address) else { return refuse(client.reach.refusal(request.address)) }
    if let tape, tape.isReplay { return beginReplay(tape) }
    tape?.connect(request.address, request.headers)
    var random = SystemRandomNumberGenerator()
    handshake = Handshake(
      request.address, headers: request.headers, userAgent: userAgent, key: (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) })
    set(.connect, inMs: request.connectMs)
    guard let transfer = Transfer(request.address, client, share: transfers.share, connectMs: request.connectMs) else {
      return refuse(ProviderError(.overloaded, "the host has no memory left for the connection", code: "no_memory"))
    }
    self.transfer = transfer
    // Only connected; the protocol is ours. HTTP/2 knows no upgrade.
    transfer.number(CURLOPT_CONNECT_ONLY, 1)
    transfer.number(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    transfer.number(CURLOPT_HTTPPROXYTUNNEL, 1)
    guard transfers.add(transfer.easy, self) else {
      return refuse(ProviderError(.internal, "the connection to \(request.address.authority) cannot be made", code: "transfer_failed"))
    }
  }

  /// The connection is there, or is not.
  func ended(_ result: CURLcode) {
    guard state == .connecting, let transfer, let handshake else { return }
    // The way to a proxy may be encrypted where the way behind it is not.
    let isEncrypted = request.address.isSecure || client.proxy.lowercased().hasPrefix("https:")
    guard result == CURLE_OK, let wire = Wire(transfer, isEncrypted: isEncrypted) else {
      return refuse(ProviderError(result == CURLE_OK ? CURLE_COULDNT_CONNECT : result, request.address, sent: false))
    }
    self.wire = wire
    spent = transfer.connecting
    state = .shaking
    greeting.append(handshake.request)
    flush()
  }

  private func shook() {
    guard let handshake else { return }
    let place = request.address.authority
    guard answer.head.status == 101 else {
      state = .refused
      return set(.refusal, inMs: Limits.refusalMs)
    }
    if let fault = handshake.fault(answer.head) {
      return refuse(ProviderError(.unavailable, "\(place) does not speak WebSocket: \(fault)", code: "protocol_error", wireStatus: 101))
    }
    let rest = answer.rest
    answer = HandshakeReader(answer.head)
    opened()
    rest.withUnsafeBytes { read($0) }
  }

  func opened() {
    unset(.connect)
    state = .open
    set(.ping, inMs: request.pingMs)
    tape?.head(answer.head)
    deliver(.open)
    flush()
  }

  /// The answer was no handshake: what it says is told with it.
  private func refuseByStatus() {
    let head = answer.head
    refuse(
      ProviderError(
        httpStatus: head.status, "\(request.address.authority) refused the WebSocket with status \(head.status)",
        retryAfter: head.value(of: "retry-after"), requestID: head.value(of: "x-request-id") ?? head.value(of: "dg-request-id") ?? ""))
  }

  /// The whole body of a refusal is here.
  private var isRefusalWhole: Bool {
    if answer.rest.count >= Limits.pieceBytes { return true }
    return answer.head.value(of: "content-length").flatMap { Int($0) }.map { answer.rest.count >= $0 } ?? false
  }

  func refuse(_ error: ProviderError) {
    guard state != .closed, state != .open, state != .closing else { return }
    state = .closed
    tape?.ended(error)
    disconnect()
    deliver(.refused(error))
  }

  // MARK: Ends

  /// The plugin closes: the peer is told, answers, and is then let go.
  func close(_ code: Int, _ reason: String) {
    switch state {
    case .connecting, .shaking, .refused:
      refuse(ProviderError(.caller, "the WebSocket was closed before it was open", code: "closed"))
    case .open:
      state = .closing
      if tape?.isReplay == true {
        ending = (code, reason)
        return lost()
      }
      CloseCode.payload(code, reason).withUnsafeBytes { control(.close, $0) }
      set(.close, inMs: Limits.closeMs)
    case .closing, .closed: break
    }
  }

  /// Fails the connection (RFC 6455, section 7.1.7): the peer is told why and not waited for.
  private func fail(_ code: Int, _ reason: String) {
    guard state == .open || state == .closing else { return }
    ending = (code, reason)
    if state == .open { CloseCode.payload(code, reason).withUnsafeBytes { control(.close, $0) } }
    lost()
  }

  /// The provider is gone: the peer is told so, the owner nothing more.
  func retire() { release("the host has no more use for this connection") }

  private func release(_ reason: String) {
    if state == .open { CloseCode.payload(CloseCode.goingAway, reason).withUnsafeBytes { control(.close, $0) } }
    state = .closed
    undelivered = []
    disconnect()
    over(self)
  }

  /// Nobody is there to hear the peer: it is told so, and let go.
  func checkOwner() {
    if !client.owns(owner) { release("the call is over") }
  }

  /// The connection has ended, whichever way.
  func lost() {
    switch state {
    case .connecting, .shaking:
      refuse(
        ProviderError(.unavailable, "\(request.address.authority) ended the connection during the handshake", code: "connection_lost"))
    case .refused: refuseByStatus()
    case .open, .closing:
      state = .closed
      disconnect()
      let (code, reason) = ending ?? (CloseCode.vanished, "")
      tape?.closed(code, reason)
      deliver(.closed(code, reason))
    case .closed: break
    }
  }

  private func disconnect() {
    for timer in timers.values { loop.cancel(timer) }
    timers = [:]
    if let wire { loop.forget(wire.socket) }
    wire = nil
    if let transfer { transfers.remove(transfer.easy) }
    transfer = nil
  }

  // MARK: Timers

  func set(_ wake: Wake, inMs ms: Int) {
    unset(wake)
    timers[wake] = loop.timer(self, token: wake.rawValue, inMs: ms)
  }

  func unset(_ wake: Wake) { loop.cancel(timers.removeValue(forKey: wake)) }

  func timerFired(token: UInt64) {
    guard let wake = Wake(rawValue: token) else { return }
    timers[wake] = nil
    switch wake {
    case .connect:
      if state == .refused { return refuseByStatus() }
      let step = state == .connecting ? "connect_timeout" : "handshake_timeout"
      refuse(ProviderError(.timeout, "\(request.address.authority) opened no WebSocket within \(request.connectMs) ms", code: step))
    case .refusal: refuseByStatus()
    case .close: lost()
    case .retry: goOn()
    case .resume: resumeIfRoom()
    case .replay: if let tape { replay(tape) }
    case .ping:
      guard state == .open else { return }
      guard hasHeard || isHeld else { return lost() }
      hasHeard = false
      control(.ping, UnsafeRawBufferPointer(start: nil, count: 0))
      set(.ping, inMs: request.pingMs)
    }
  }

  // MARK: In

  func ready(_ descriptor: Int32, _ how: Readiness) {
    if !how.isDisjoint(with: [.write, .broken]) { flush() }
    if !how.isDisjoint(with: [.read, .broken]) { receive() }
  }

  /// Reads until the connection has no more, because what is decrypted already rings no bell.
  private func receive() {
    guard !isReading else { return }
    isReading = true
    defer { isReading = false }
    if !unread.isEmpty {
      let bytes = unread
      unread = []
      bytes.withUnsafeBytes { read($0) }
    }
    withUnsafeTemporaryAllocation(byteCount: Limits.pieceBytes, alignment: 8) { buffer in
      while let wire, !isHeld {
        switch wire.receive(buffer) {
        case .blocked: return
        case .lost: return lost()
        case .moved(let count):
          hasHeard = true
          took(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
          if !wire.isEncrypted, count < buffer.count { return }
        }
      }
    }
    watch()
  }

  private func took(_ bytes: UnsafeRawBufferPointer) {
    switch state {
    case .shaking, .refused:
      answer.take(bytes)
      if answer.isBroken {
        return refuse(ProviderError(.unavailable, "what \(request.address.authority) answers is no valid HTTP", code: "protocol_error"))
      }
      if state == .shaking, answer.isWhole { shook() }
      if state == .refused, isRefusalWhole { refuseByStatus() }
    case .open, .closing: read(bytes)
    case .connecting, .closed: break
    }
  }

  private func read(_ bytes: UnsafeRawBufferPointer) {
    var left = bytes
    while state == .open || state == .closing {
      if isHeld {
        unread.append(contentsOf: left)
        return
      }
      do throws(MessageReader.Violation) {
        guard let event = try reader.next(&left) else { return }
        received(event)
      } catch {
        return fail(error.code, error.reason)
      }
    }
  }

  private func received(_ event: MessageReader.Event) {
    switch event {
    case .text, .binary:
      reader.message.withUnsafeBytes { tape?.received($0, isText: event == .text) }
      // After our own close nothing but CLOSED interests the owner.
      if state == .open { deliver(.message(reader.message, isText: event == .text)) }
    case .ping: if state == .open { reader.control.withUnsafeBytes { control(.pong, $0) } }
    case .pong: break
    case .close(let code, let reason):
      // Nothing counts after the peer's first close frame (section 5.5.1).
      ending = ending ?? (code, reason)
      if state == .open {
        CloseCode.payload(code == CloseCode.none ? CloseCode.normal : code, "").withUnsafeBytes { control(.close, $0) }
        state = .closing
      }
      // The server ends the connection; a client waits a little for that (section 7.1.1).
      set(.close, inMs: Limits.closeMs)
    }
  }

  // MARK: To the owner

  private var isHeld: Bool { isAccountBusy || !undelivered.isEmpty }

  func deliver(_ delivery: Delivery) {
    undelivered.append(delivery)
    if !isAccountBusy, undelivered.count == 1 { goOn() }
  }

  /// Delivers what waits, then reads what was left unread.
  private func goOn() {
    while !isAccountBusy, timers[.retry] == nil, let next = undelivered.first {
      let status = SocketEvents.tell(next, of: self)
      switch status {
      case vox_status(VOX_OK):
        undelivered.removeFirst()
        blockedAt = nil
        switch next {
        case .closed, .refused: return over(self)
        case .open, .message: if owner == client.account { waitForAccount() }
        }
      case vox_status(VOX_WOULD_BLOCK):
        let since = blockedAt ?? loop.now
        blockedAt = since
        guard loop.now.ms(since: since) < Double(Limits.blockedMs) else {
          undelivered = []
          if state == .closed { return over(self) }
          return fail(CloseCode.internalError, "the call does not take its messages")
        }
        set(.retry, inMs: Limits.retryMs)
        return
      case vox_status(VOX_STALE):
        return release("the call is over")
      default:
        undelivered.removeFirst()
        if state == .closed { return over(self) }
        fail(CloseCode.tooBig, "the message is too long for its reader")
      }
    }
    if !isHeld, state == .open || state == .closing { receive() }
  }

  private func waitForAccount() {
    isAccountBusy = true
    client.ports.settle { [self] in
      loop.submit { [self] in
        isAccountBusy = false
        goOn()
      }
    }
  }

  /// Later events go to another owner.
  func move(to newOwner: vox_handle) { owner = newOwner }

  // MARK: Out

  /// Puts a message behind what waits to be written; true when a flush is due.
  func write(_ opcode: Opcode, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard state == .open || state == .connecting || state == .shaking else {
      slot.release(FrameWriter.length(bytes.count, .client))
      return false
    }
    tape?.sent(bytes)
    if tape?.isReplay == true {
      slot.release(FrameWriter.length(bytes.count, .client))
      if let tape { replay(tape) }
      return false
    }
    let isFirst = output.isEmpty
    output.append(opcode, bytes, mask: masks.take())
    return isFirst && state == .open
  }

  private func control(_ opcode: Opcode, _ bytes: UnsafeRawBufferPointer) {
    guard transfer != nil else { return }
    slot.add(FrameWriter.length(bytes.count, .client))
    output.append(opcode, bytes, mask: masks.take())
    flush()
  }

  /// Writes what waits, as far as the connection takes it.
  func flush() {
    guard let wire else { return }
    var taken = 0
    let result: SocketOutput.Result
    if state == .shaking {
      result = greeting.write(taken: &taken, wire.send)
    } else {
      result = output.write(taken: &taken, wire.send)
      slot.release(taken)
      resumeIfRoom()
    }
    // After a loss, what the peer said before it went is still to be read.
    if result == .lost { output = SocketOutput() }
    watch()
  }

  private func watch() {
    guard let wire else { return }
    var asked: Readiness = isHeld ? [] : .read
    if state == .shaking ? !greeting.isEmpty : !output.isEmpty { asked.insert(.write) }
    loop.watch(wire.socket, self, asked)
  }

  /// Tells an owner whose send was refused that there is room again.
  func resumeIfRoom() {
    guard slot.isBlocked, slot.unsent < Limits.resumeBytes, slot.takeRefusal() else { return }
    let event = Layout.head(vox_event.self, .resume, target: owner)
    guard client.deliver(event) == vox_status(VOX_WOULD_BLOCK) else { return }
    slot.refuse()
    set(.resume, inMs: Limits.retryMs)
  }
}
