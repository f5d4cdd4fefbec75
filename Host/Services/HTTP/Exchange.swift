// One request and its answer.

import Base
import CCurl
import PluginABI
import Synchronization
import Vox

/// Carries a request out and tells its owner what comes. On the network's thread.
///
/// What the owner has no room or no credit for waits here, one piece at most, and the transfer pauses: the vendor is held back, and
/// nothing is lost.
final class Exchange: TimerTarget, TransferOwner, @unchecked Sendable {
  let client: ServiceClient
  let owner: vox_handle
  let token: UInt64
  let request: HTTPRequest
  private let transfers: Transfers
  private let startedAt: Instant
  /// Told once, when nothing more will be said.
  private let over: (Exchange) -> Void
  private let tape: TapeTrack?
  /// Set on the plugin's thread: what comes from now on is not told.
  private let isSilenced = Atomic(false)

  private var transfer: Transfer?
  private var origin: Origin?
  private var head = AnswerHead()
  /// Events that wait for room, oldest first: at most a head, a piece and the end.
  private var waiting: [Waiting] = []
  private var isHeld = false
  private var isPaused = false
  private var credit: Int?
  /// Nobody listens any more.
  private var isAbandoned = false
  /// Nothing follows what waits.
  private var isEnding = false
  private var isOver = false
  private var failure: ProviderError?
  private var lastByteAt: Instant
  private var timers: [Wake: TimerID] = [:]

  private enum Wake: UInt64 { case firstByte = 1, stall, total, retry, replay }
  private enum Waiting {
    case head
    case body([UInt8])
    case end(ProviderError?)
  }

  init(
    _ client: ServiceClient, _ owner: vox_handle, _ token: UInt64, _ request: HTTPRequest, _ transfers: Transfers,
    over: @escaping (Exchange) -> Void
  ) {
    self.client = client
    self.owner = owner
    self.token = token
    self.request = request
    self.transfers = transfers
    tape = client.tape?.track()
    self.over = over
    credit = request.credit
    startedAt = transfers.loop.now
    lastByteAt = startedAt
  }

  private var loop: DescriptorLoop { transfers.loop }

  // MARK: Life

  /// - Parameter isFresh: a connection of its own is opened for it, even where one is free.
  func begin(userAgent: String, _ origin: Origin, isFresh: Bool = false) {
    guard !isSilenced.load(ordering: .acquiring) else { return finish() }
    guard client.reach.allows(request.address) else { return end(client.reach.refusal(request.address)) }
    if let tape, tape.isReplay { return replay(tape) }
    guard let transfer = Transfer(request.address, client, share: transfers.share, connectMs: min(request.connectMs, request.totalMs))
    else {
      return end(ProviderError(.overloaded, "the host has no memory left for the request", code: "no_memory"))
    }
    self.transfer = transfer
    self.origin = origin
    ccurl_count_connections(transfer.easy, origin.open)
    transfer.number(CURLOPT_FRESH_CONNECT, isFresh ? 1 : 0)
    describe(transfer, userAgent)
    tape?.request(request)
    set(.firstByte, inMs: request.firstByteMs)
    set(.total, inMs: request.totalMs)
    guard transfers.add(transfer.easy, self) else {
      stop()
      return end(ProviderError(.internal, "the request to \(request.address.authority) cannot be made", code: "transfer_failed"))
    }
  }

  private func describe(_ transfer: Transfer, _ userAgent: String) {
    let me = Unmanaged.passUnretained(self).toOpaque()
    let easy = transfer.easy
    ccurl_on_body(easy, Self.takeBody, me)
    ccurl_on_header(easy, Self.takeHeader, me)
    transfer.number(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    transfer.number(CURLOPT_FORBID_REUSE, client.keepsConnections ? 0 : 1)
    if request.method == "HEAD" {
      transfer.number(CURLOPT_NOBODY, 1)
    } else if request.method != "GET" || request.body.count > 0 {
      transfer.number(CURLOPT_POST, 1)
      ccurl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, Int64(request.body.count))
      ccurl_set_pointer(easy, CURLOPT_POSTFIELDS, request.body.baseAddress ?? UnsafeMutableRawPointer(mutating: me))
      transfer.text(CURLOPT_CUSTOMREQUEST, request.method)
      // Neither a wait for "100 Continue" nor a content type that nobody asked for.
      transfer.header("Expect:")
      if request.value(of: "content-type") == nil { transfer.header("Content-Type:") }
    }
    if request.value(of: "user-agent") == nil { transfer.text(CURLOPT_USERAGENT, userAgent) }
    // A stream of events is flushed word by word, which compression would hold up. The option is set in any case, because without it the
    // library would not unpack what a peer packs all the same; a header of the plugin's takes the place of what it would say.
    let isStream = request.value(of: "accept")?.contains("event-stream") == true
    transfer.text(CURLOPT_ACCEPT_ENCODING, isStream ? "identity" : "gzip, deflate")
    for (name, value) in request.headers { transfer.header(value.isEmpty ? "\(name);" : "\(name): \(value)") }
    transfer.setHeaders()
  }

  /// The transfer has ended by itself.
  func ended(_ result: CURLcode) {
    guard let transfer else { return }
    let sent = ccurl_long(transfer.easy, CURLINFO_REQUEST_SIZE) > 0
    var error = failure
    if error == nil, result != CURLE_OK { error = ProviderError(result, request.address, sent: sent) }
    if error == nil, !head.isWhole { error = ProviderError(CURLE_WEIRD_SERVER_REPLY, request.address, sent: sent) }
    stop()
    end(error)
  }

  /// The owner hears nothing more, from this moment on. [any thread]
  func stopTelling() { isSilenced.store(true, ordering: .releasing) }

  /// Closes the stream; the owner hears nothing more.
  func cancel() {
    guard !isOver else { return }
    tape?.cancelled()
    isAbandoned = true
    stop()
    finish()
  }

  /// Closes the stream because a deadline passed.
  private func fail(_ code: String, _ sentence: String) {
    let sent = transfer.map { ccurl_long($0.easy, CURLINFO_REQUEST_SIZE) > 0 } ?? false
    stop()
    end(ProviderError(.timeout, sentence, effects: sent ? .maybe : .none, code: code))
  }

  private func stop() {
    guard let transfer else { return }
    transfers.remove(transfer.easy)
    self.transfer = nil
    for timer in timers.values { loop.cancel(timer) }
    timers = [:]
  }

  private func end(_ error: ProviderError?) {
    tape?.ended(error)
    isEnding = true
    offer(.end(error))
  }

  private func finish() {
    guard !isOver else { return }
    isOver = true
    for timer in timers.values { loop.cancel(timer) }
    waiting = []
    over(self)
  }

  /// Closes the stream when nobody is there to hear the answer: work at a vendor costs money.
  func checkOwner() {
    if !client.owns(owner) { cancel() }
  }

  // MARK: Replay

  /// Tells what was recorded, with the gaps that were recorded.
  private func replay(_ tape: TapeTrack) {
    if !tape.isFound, !tape.find(request) { return end(tape.missing(request.method, request.address)) }
    while let next = tape.next {
      let waitMs = next.atMs - Int(loop.now.ms(since: startedAt))
      guard waitMs <= 0 else { return set(.replay, inMs: waitMs) }
      tape.advance()
      switch next.what {
      case .head(let recorded):
        head = recorded
        offer(.head)
      case .bytes(let bytes, _): offer(.body(bytes))
      case .end(let error): return end(error)
      case .closed: break
      }
      if isAbandoned { return finish() }
    }
    end(ProviderError(.unavailable, "the recording ends in the middle of an answer", effects: .maybe, code: "truncated"))
  }

  // MARK: Deadlines

  private func set(_ wake: Wake, inMs ms: Int) { timers[wake] = loop.timer(self, token: wake.rawValue, inMs: ms) }

  private func unset(_ wake: Wake) { loop.cancel(timers.removeValue(forKey: wake)) }

  func timerFired(token: UInt64) {
    guard let wake = Wake(rawValue: token) else { return }
    timers[wake] = nil
    let place = request.address.authority
    switch wake {
    case .firstByte: fail("first_byte_timeout", "\(place) did not answer within \(request.firstByteMs) ms")
    case .total: fail("total_timeout", "the answer of \(place) was not whole within \(request.totalMs) ms")
    case .retry: flush()
    case .replay: if let tape { replay(tape) }
    case .stall:
      // Time in which the owner held the vendor back does not count.
      if isPaused || isHeld || !waiting.isEmpty { lastByteAt = loop.now }
      let silentMs = Int(loop.now.ms(since: lastByteAt))
      guard silentMs >= request.stallMs else { return set(.stall, inMs: request.stallMs - silentMs) }
      guard client.owns(owner) else { return cancel() }
      fail("stalled", "\(place) sent nothing for \(request.stallMs) ms in the middle of its answer")
    }
  }

  // MARK: From the transfer

  private static let takeHeader: ccurl_bytes_callback = { bytes, one, count, context in
    guard let bytes, let context else { return 0 }
    return Unmanaged<Exchange>.fromOpaque(context)._withUnsafeGuaranteedRef {
      $0.tookHeader(UnsafeRawBufferPointer(start: bytes, count: one * count)) ? one * count : 0
    }
  }

  private static let takeBody: ccurl_bytes_callback = { bytes, one, count, context in
    guard let bytes, let context else { return 0 }
    return Unmanaged<Exchange>.fromOpaque(context)._withUnsafeGuaranteedRef {
      $0.tookBody(UnsafeRawBufferPointer(start: bytes, count: one * count))
    }
  }

  /// False ends the transfer.
  private func tookHeader(_ line: UnsafeRawBufferPointer) -> Bool {
    switch head.take(line) {
    case .more: return true
    case .tooLong:
      failure = ProviderError(
        .unavailable, "the head of the answer of \(request.address.authority) is too long", effects: .maybe, code: "protocol_error")
      return false
    case .whole: break
    }
    unset(.firstByte)
    if let place = head.value(of: "location"), (300..<400).contains(head.status) {
      failure = ProviderError(
        .invalid, "\(request.address.authority) sends on to \(place.prefix(200)), and redirects are not followed; set the right address",
        effects: .maybe, code: "redirect", wireStatus: Int32(head.status))
      return false
    }
    lastByteAt = loop.now
    set(.stall, inMs: request.stallMs)
    tape?.head(head)
    offer(.head)
    return !isAbandoned
  }

  /// Answers how many bytes were taken, or that the transfer must pause.
  private func tookBody(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard !isAbandoned, failure == nil, !isSilenced.load(ordering: .acquiring) else { return 0 }
    guard waiting.isEmpty, !isHeld, credit != 0 else {
      isPaused = true
      return Int(CURL_WRITEFUNC_PAUSE)
    }
    lastByteAt = loop.now
    tape?.body(bytes)
    var at = 0
    while at < bytes.count, waiting.isEmpty, !isHeld, credit != 0, !isAbandoned {
      let count = min(bytes.count - at, Limits.pieceBytes, credit ?? .max)
      let status = tell(UnsafeRawBufferPointer(rebasing: bytes[at..<(at + count)]))
      guard status == vox_status(VOX_OK) else {
        refused(status)
        break
      }
      credit = credit.map { $0 - count }
      at += count
    }
    if isAbandoned { return 0 }
    if at < bytes.count { waiting.append(.body(Array(bytes[at...]))) }
    return bytes.count
  }

  // MARK: To the owner

  /// The owner takes `bytes` more.
  func grant(_ bytes: Int) {
    guard let left = credit else { return }
    credit = min(left + bytes, 1 << 30)
    flush()
  }

  private func offer(_ event: Waiting) {
    waiting.append(event)
    flush()
  }

  /// Tells what waits, as far as there is room, then lets the transfer go on.
  private func flush() {
    guard !isOver else { return }
    while !isHeld, timers[.retry] == nil, let next = waiting.first {
      if isAbandoned || isSilenced.load(ordering: .acquiring) { waiting = [] } else { guard tell(next) else { break } }
    }
    guard waiting.isEmpty, !isHeld, credit != 0 || isAbandoned || isEnding else { return }
    if isEnding { return finish() }
    guard isPaused, let transfer else { return }
    isPaused = false
    lastByteAt = loop.now
    curl_easy_pause(transfer.easy, CURLPAUSE_CONT)
  }

  /// True when the first that waits is dealt with.
  private func tell(_ event: Waiting) -> Bool {
    var status = vox_status(VOX_OK)
    switch event {
    case .head: status = tellHead()
    case .end(let error): status = tellEnd(error)
    case .body(let bytes):
      let count = min(bytes.count, Limits.pieceBytes, credit ?? .max)
      guard count > 0 else { return false }
      status = bytes.withUnsafeBytes { tell(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      guard status == vox_status(VOX_OK) else { break }
      credit = credit.map { $0 - count }
      if count < bytes.count {
        waiting[0] = .body(Array(bytes[count...]))
        return true
      }
    }
    guard status == vox_status(VOX_OK) else {
      refused(status)
      return isAbandoned
    }
    if !waiting.isEmpty { waiting.removeFirst() }
    return true
  }

  private func refused(_ status: vox_status) {
    if status == vox_status(VOX_WOULD_BLOCK) { return set(.retry, inMs: Limits.retryMs) }
    if status != vox_status(VOX_STALE) { client.ports.log("an event of a request was refused with status \(status)", Int32(VOX_LOG_ERROR)) }
    isAbandoned = true
  }

  private func tell(_ bytes: UnsafeRawBufferPointer) -> vox_status {
    var event = vox_ev_http_body()
    event.h = Layout.head(vox_ev_http_body.self, .httpBody, target: owner)
    event.token = token
    event.data = vox_view(ptr: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), len: UInt64(bytes.count))
    let status = client.deliver(event)
    if status == vox_status(VOX_OK), owner == client.account { hold() }
    return status
  }

  /// An account's queue has no bound of its own, so the next piece waits until this one was dealt with.
  private func hold() {
    isHeld = true
    client.ports.settle { [self] in
      loop.submit { [self] in
        isHeld = false
        flush()
      }
    }
  }

  private func tellHead() -> vox_status {
    HeaderLines.lend(head.headers) { pairs in
      var event = vox_ev_http_head()
      var flags = 0
      if let transfer {
        let spent = transfer.connecting
        (event.dns_us, event.tcp_us, event.tls_us) = (UInt32(clamping: spent.dns), UInt32(clamping: spent.tcp), UInt32(clamping: spent.tls))
        if transfer.isReused { flags |= VOX_HTTP_REUSED }
        if ccurl_long(transfer.easy, CURLINFO_HTTP_VERSION) == Int(CURL_HTTP_VERSION_2_0) {
          flags |= VOX_HTTP_2
          origin?.isShared = true
        }
      }
      event.h = Layout.head(vox_ev_http_head.self, .httpHead, flags: UInt16(flags), target: owner)
      event.token = token
      event.status = UInt32(clamping: head.status)
      event.nheaders = UInt32(pairs.count)
      event.headers = pairs.baseAddress
      event.first_byte_us = UInt32(clamping: Int(loop.now.ms(since: startedAt) * 1000))
      return client.deliver(event)
    }
  }

  private func tellEnd(_ error: ProviderError?) -> vox_status {
    if let error { return client.deliver(.httpFailed, owner, token, error) }
    var event = vox_ev_http_body()
    event.h = Layout.head(vox_ev_http_body.self, .httpDone, target: owner)
    event.token = token
    return client.deliver(event)
  }
}
