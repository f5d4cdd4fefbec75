// A session that speaks: texts to say, over its socket one after the other, or over HTTP with a request for each.

import DeepgramWire
import PluginKit
import Vox

final class Voice: Session {
  private enum Wake: UInt64 { case stall = 1, advance }

  /// Bytes of sound that may be on their way ahead of the host: two seconds at 16 kHz.
  private static let credit = 64 << 10

  private let port: SessionPort
  private let access: Access
  private let settings: SpeakSettings
  private var line: SpeakLine?
  /// In the order in which they are said.
  private var speeches: [Speech] = []
  private var lists = OpAnswers<Listing>()
  /// Answers that are no success, by the token of their request.
  private var problems: [UInt64: HTTPReply] = [:]
  private var isReady = false

  init(_ port: SessionPort, _ access: Access, _ settings: SpeakSettings) {
    self.port = port
    self.access = access
    self.settings = settings
    if settings.usesSocket {
      // Usable once the socket is open, so that no turn pays for its handshake.
      line = SpeakLine(port, access, settings) { [unowned self] in hear($0) }
      line?.connect()
    } else {
      access.http.warm(access.base, connections: plugin.mostTexts)
      becomeReady()
    }
  }

  private func becomeReady() {
    isReady = true
    port.ready(traits: line == nil ? ["text_grows": .bool(false)] : .object([:]))
  }

  // MARK: Verbs

  func start(_ op: Op, _ request: Request) throws {
    switch request.kind {
    case OpKind.say: break
    case OpKind.voices:
      let list = try access.list(op) { ModelList.voices($0).map { Listing.voices($0) } }
      return lists[list.token] = list
    case OpKind.warm:
      if let line { line.connect() } else { access.http.warm(access.base) }
      return op.completed()
    default: throw ProviderError(.invalid, "Deepgram has no op of kind \(request.kind) for text to speech.", code: "unknown_op")
    }
    try plugin.check(request.text, beside: speeches.count)
    guard !request.grows || line != nil else {
      throw ProviderError(.invalid, "Over HTTP a text is said when it is whole; this one was to grow.", code: "text_grows")
    }
    speeches.append(Speech(op, request.text, grows: request.grows, settings, rate: port.outRate))
    advance()
  }

  func push(_ text: String, to op: Op) -> PushResult {
    guard let speech = speeches.first(where: { $0.op === op }) else { return .stale }
    do throws(ProviderError) { try plugin.check(speech.text + text, beside: speeches.count - 1) } catch {
      speech.fail(error)
      advance()
      return .ok
    }
    let more = speech.grow(text, isWhole: false)
    if !more.isEmpty { line?.more(more, of: speech) }
    return .ok
  }

  func finalize(_ op: Op, mark: UInt64) {
    guard mark == 0, let speech = speeches.first(where: { $0.op === op }), !speech.isTextWhole else { return }
    let rest = speech.grow("", isWhole: true)
    // Without a word there is nothing to flush, and no sound will come.
    if !speech.isReceived { line?.more(rest, of: speech) }
    advance()
  }

  func cancel(_ op: Op, reason: Reason) {
    guard let index = speeches.firstIndex(where: { $0.op === op }) else { return lists.cancel(op) }
    let speech = speeches.remove(at: index)
    speech.tellUsage(isEstimated: !speech.isReceived)
    line?.interrupt(speech)
    speech.exchange?.cancel()
    if let token = speech.exchange?.token { problems[token] = nil }
    advance()
  }

  func resume(_ op: Op?) { advance() }

  func close(_ port: SessionPort, reason: Reason) {
    line?.close()
    port.closed()
  }

  // MARK: From the vendor

  func socket(_ event: SocketEvent) {
    line?.socket(event)
    advance()
  }

  func refused(_ refusal: WebSocketRefusal) {
    line?.refused(refusal)
    advance()
  }

  private func hear(_ event: SpeakLine.Event) {
    switch event {
    case .free: if !isReady { becomeReady() }
    case .full(let error): failWaiting(error)
    case .lost(let error):
      failWaiting(error)
      port.failed(error)
    }
  }

  private func failWaiting(_ error: ProviderError) {
    for speech in speeches where !speech.hasBegun { speech.fail(error) }
  }

  func http(_ event: HTTPEvent) {
    if let list = lists[event.token] { return list.take(event) ? lists.received(event.token) : () }
    guard let speech = speeches.first(where: { $0.exchange?.token == event.token }) else { return }
    switch event.what {
    case .head(let head):
      guard head.isSuccess else {
        problems[event.token, default: HTTPReply()].take(head)
        break
      }
      if let type = head.otherType(than: ["audio/", "application/octet-stream"]) {
        speech.fail(DeepgramError.garbled("\(type) where sound was asked for"))
      } else {
        speech.accept(characters: head.headers["dg-char-count"].flatMap { Int($0) })
      }
    case .body(let bytes):
      guard problems[event.token] != nil else { speech.hear(bytes); break }
      problems[event.token]?.keep(bytes)
      speech.exchange?.read(bytes.count)
    case .done:
      if let reply = problems.removeValue(forKey: event.token) { speech.fail(reply.error) } else { speech.finish() }
    case .failed(let error):
      problems[event.token] = nil
      speech.fail(error)
    }
    advance()
  }

  // MARK: Feeding

  /// Begins what can begin, and hands over what the host takes: the second text may be made while the first still sounds.
  private func advance() {
    // One that failed here may still be said there, in the way of the next.
    for speech in speeches where speech.isReceived { line?.interrupt(speech) }
    for speech in speeches where !speech.hasBegun && !speech.isReceived { begin(speech) }
    while let speech = speeches.first, speech.pump() { speeches.removeFirst() }
    armStall()
  }

  private func begin(_ speech: Speech) {
    guard let line else { return ask(speech) }
    if !line.say(speech) { line.connect() }
  }

  private func ask(_ speech: Speech) {
    speech.begin()
    do {
      speech.exchange = try access.http.request(
        port.handle, "POST", settings.request.url(access.base, rate: port.outRate, isSocket: false),
        headers: access.headers + [Header("content-type", "application/json")], body: settings.request.body(speech.text),
        deadlines: settings.deadlines, credit: Self.credit)
    } catch { speech.fail(error) }
  }

  private func armStall() {
    if let due = line?.stallDue { port.timer(token: Wake.stall.rawValue, at: due) }
  }

  func timer(token: UInt64) {
    line?.checkForStall()
    advance()
  }
}
