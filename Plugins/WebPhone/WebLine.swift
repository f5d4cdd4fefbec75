// One call: frames and messages between the host's session and the phone's socket.

import PluginABI
import PluginKit
import Vox

/// A session whose media is a WebSocket. The host paces the agent's speech; the phone buffers and tells what it has played.
final class WebLine: Session {
  private static let rate = 16_000
  private static let frame = 320
  /// A message of more than 200 ms of sound is no phone's.
  private static let maxBytes = 6_400
  /// Sound that the phone gets while it still has so much to play may gather with other calls' before it leaves.
  private static let reserveNs: Int64 = 40_000_000
  /// Captions and the like that wait for room on the socket; beyond it the newest are dropped, as the sound is what matters.
  private static let maxTexts = 64
  /// A phone that has not answered a clear by then is taken at its last mark. The trait `cancel_grace_ms` is longer.
  private static let clearNs: UInt64 = 250_000_000

  private let port: SessionPort
  private let sockets: Sockets
  private let token: UInt64
  private let calls: OpenCalls
  private var isAnswered = false
  private var isOver = false
  private var isClosed = false

  private var book = SpeechBook(markEvery: UInt64(rate / 5))
  private var speeches: [Int: Op] = [:]
  /// When all that was pushed of the present speech will have been played, had it begun with the first push.
  private var soundsUntilNs: Int64 = 0
  private var refused: [Op] = []
  private var texts: [String] = []

  private var inflow = Inflow(rate: rate)
  private var partial: [Int16] = []
  private var said: UInt64 = 0
  private var hasLost = false
  private var clearsSent: UInt64 = 0
  private var clearsAnswered: UInt64 = 0

  init(_ port: SessionPort, _ sockets: Sockets, token: UInt64, _ calls: OpenCalls) {
    self.port = port
    self.sockets = sockets
    self.token = token
    self.calls = calls
    partial.reserveCapacity(Self.frame * 2)
    calls.enter()
  }

  deinit { calls.leave() }

  // MARK: what the host asks

  func start(_ op: Op, _ request: Request) throws {
    guard !isOver else { throw ProviderError(.invalid, "The caller has hung up.", code: "caller_gone") }
    switch request.kind {
    case OpKind.ring:
      send(Message.ringing)
      op.completed()
    case OpKind.answer:
      isAnswered = true
      inflow.begin(at: port.host.now)
      send(Message.answered)
      op.completed(["rate": .int(Int64(Self.rate))])
    case OpKind.reject:
      op.completed()
      hangUp(request.body["cause"]?.string ?? "declined")
      port.ended(request.body["cause"]?.string == "busy" ? .busy : .declined)
    case OpKind.speak: speeches[book.begin()] = op
    case OpKind.caption:
      let speaker = request.body["speaker"]?.string == "user" ? "user" : "agent"
      send(Message.transcript(speaker: speaker, text: request.text, isFinal: request.body["final"]?.bool ?? true))
      op.completed()
    default: throw ProviderError(.invalid, "A web phone does not know op kind \(request.kind).", code: "unknown_op")
    }
  }

  func push(_ audio: AudioIn, to op: Op) -> PushResult {
    guard !op.isCancelled, let speech = speeches.first(where: { $0.value === op })?.key else { return .stale }
    guard audio.rate == Self.rate else { return .invalid }
    let now = Int64(port.host.now)
    if audio.position == 0 { soundsUntilNs = now }
    let mayWait = soundsUntilNs - now >= Self.reserveNs
    guard texts.isEmpty, refused.isEmpty,
      sockets.send(port.handle, token, binary: UnsafeRawBufferPointer(audio.samples), mayWait: mayWait) != .wouldBlock
    else {
      if !refused.contains(where: { $0 === op }) { refused.append(op) }
      return .wouldBlock
    }
    soundsUntilNs = max(soundsUntilNs, now) + Int64(audio.samples.count) * 1_000_000_000 / Int64(Self.rate)
    if let mark = book.sent(audio.samples.count, of: speech) { send(Message.mark(name: mark), mayWait: mayWait) }
    return .ok
  }

  func finalize(_ op: Op, mark: UInt64) {
    guard mark == 0, let speech = speeches.first(where: { $0.value === op })?.key, let name = book.finish(speech) else { return }
    send(Message.mark(name: name))
  }

  /// Barge-in. The op ends when the phone has told what it threw away, or shortly after without it.
  func cancel(_ op: Op, reason: Reason) {
    guard speeches.contains(where: { $0.value === op }) else { return }
    op.endsLater()
    refused.removeAll { $0 === op }
    book.clear()
    clearsSent += 1
    send(Message.clear)
    port.timer(token: clearsSent, at: port.host.now + Self.clearNs)
  }

  func timer(token: UInt64) {
    guard token > clearsAnswered else { return }
    clearsAnswered = token
    tell(book.clearUnanswered())
  }

  /// The socket has room again.
  func resume(_ op: Op?) {
    let waiting = texts
    texts = []
    for text in waiting { send(text) }
    guard texts.isEmpty else { return }
    let asked = refused
    refused = []
    for op in asked { op.resume() }
  }

  func close(_ port: SessionPort, reason: Reason) {
    hangUp(reason == .shutdown ? "shutdown" : "")
    isClosed = true
    port.closed()
  }

  // MARK: what the phone says

  func socket(_ event: SocketEvent) {
    guard event.token == token, !isOver else { return }
    switch event.what {
    case .open: break
    case .binary(let bytes): hear(bytes)
    case .text(let text): hear(Message(text))
    case .closed: phoneHungUp()
    }
  }

  private func hear(_ message: Message) {
    switch message {
    case .mark(let name): if let fact = book.reached(name) { tell([fact]) }
    case .cleared(let dropped):
      guard clearsAnswered < clearsSent else { break }
      clearsAnswered += 1
      port.timer(token: clearsAnswered, at: 0)
      tell(book.cleared(dropped: dropped))
    case .key(let key): if isAnswered { port.dtmf(key, source: VOX_DTMF_EVENT) }
    case .hangUp: phoneHungUp()
    case .start, .unknown: break
    }
  }

  /// Sound of the caller, in messages of any length, to the host in frames of 20 ms.
  private func hear(_ bytes: [UInt8]) {
    guard bytes.count % 2 == 0, bytes.count <= Self.maxBytes else {
      sockets.close(port.handle, token, code: 1_003, reason: "send up to 200 ms of 16-bit samples at 16 kHz in a message")
      return phoneHungUp()
    }
    guard isAnswered, inflow.take(bytes.count / 2, at: port.host.now) else {
      hasLost = isAnswered
      return
    }
    bytes.withUnsafeBytes { raw in
      let samples = raw.bindMemory(to: Int16.self)
      if partial.isEmpty, samples.count == Self.frame { return emit(samples) }
      partial.append(contentsOf: samples)
    }
    while partial.count >= Self.frame {
      partial.withUnsafeBufferPointer { emit(UnsafeBufferPointer(rebasing: $0[..<Self.frame])) }
      partial.removeFirst(Self.frame)
    }
  }

  private func emit(_ frame: UnsafeBufferPointer<Int16>) {
    port.lineAudio(frame, rate: Self.rate, position: said, flags: hasLost ? UInt16(VOX_AUDIO_LOST_BEFORE) : 0)
    hasLost = false
    said += UInt64(frame.count)
  }

  private func tell(_ facts: [SpeechBook.Fact]) {
    for fact in facts {
      switch fact {
      case .played(let speech, let position):
        speeches[speech]?.mark(.played, position: position, flags: UInt16(VOX_PLAYED_EXACT))
      case .completed(let speech, let position):
        speeches.removeValue(forKey: speech)?.completed(["played": .int(Int64(position))])
      case .cut(let speech, let position):
        guard let op = speeches.removeValue(forKey: speech) else { break }
        // A speech whose last samples were still to be played when the next one was cancelled has ended all the same.
        if op.isCancelled || isOver { op.cancelled(position: position) } else { op.completed(["played": .int(Int64(position))]) }
      }
    }
  }

  // MARK: the end

  private func phoneHungUp() {
    guard !isOver else { return }
    sockets.close(port.handle, token, code: 1_000)
    finish()
    if !isClosed { port.ended(.hangUp) }
  }

  private func hangUp(_ reason: String) {
    guard !isOver else { return }
    send(Message.hangUp(reason: reason))
    sockets.close(port.handle, token, code: 1_000, reason: reason)
    finish()
  }

  /// Every speech ends with what is known to have been heard.
  private func finish() {
    isOver = true
    while clearsAnswered < clearsSent {
      clearsAnswered += 1
      port.timer(token: clearsAnswered, at: 0)
      tell(book.clearUnanswered())
    }
    book.clear()
    tell(book.clearUnanswered())
    if isAnswered { port.usage(VOX_METER_LEG_MS, said * 1_000 / UInt64(Self.rate)) }
  }

  private func send(_ text: String, mayWait: Bool = false) {
    guard texts.isEmpty, sockets.send(port.handle, token, text: text, mayWait: mayWait) != .wouldBlock else {
      if texts.count < Self.maxTexts { texts.append(text) }
      return
    }
  }
}
