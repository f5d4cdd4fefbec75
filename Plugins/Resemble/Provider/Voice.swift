// A session: texts to say, over HTTP two at a time, over a WebSocket one after the other.

import PluginKit
import ResembleWire
import Vox

final class Voice: Session {
  private let port: SessionPort
  private let account: ResembleAccount
  private let settings: VoiceSettings
  private var transport: Transport
  private var line: Line?
  private var speeches: [Speech] = []
  private var lists = OpAnswers<Listing>()
  private var isReady = false

  init(_ port: SessionPort, _ account: ResembleAccount, _ settings: VoiceSettings) {
    self.port = port
    self.account = account
    self.settings = settings
    transport = account.transport
    if transport == .webSocket {
      // Usable once the socket is open, so that no turn pays for its handshake.
      line = Line(port, account, settings) { [unowned self] in connection($0) }
      line?.connect()
    } else {
      becomeReady()
    }
  }

  private func becomeReady() {
    isReady = true
    if transport != .webSocket { account.http.warm(account.server.base, connections: transport == .stream ? plugin.mostTexts : 1) }
    port.ready(traits: ["tags": .array(settings.tags)])
  }

  // MARK: Verbs

  func start(_ op: Op, _ request: Request) throws {
    switch request.kind {
    case OpKind.say: try settings.checkVoice()
    case OpKind.voices: return try list(op)
    case OpKind.warm:
      if transport == .webSocket { line?.connect() } else { account.http.warm(account.server.base) }
      return op.completed()
    default: throw ProviderError(.invalid, "Resemble has no op of kind \(request.kind).", code: "unknown_op")
    }
    try plugin.check(request.text, beside: speeches.count)
    speeches.append(Speech(op, request, settings, mayBeRaw: transport == .webSocket))
    advance()
  }

  func cancel(_ op: Op, reason: Reason) {
    guard let index = speeches.firstIndex(where: { $0.op === op }) else { return lists.cancel(op) }
    let speech = speeches.remove(at: index)
    if transport == .webSocket, speech.hasBegun, !speech.isReceived { line?.interrupt() }
    speech.drop()
    advance()
  }

  private func list(_ op: Op) throws(ProviderError) {
    let server = account.server
    let exchange = try account.http.request(
      port.handle, "GET", server.managementURL + VoiceList.path, headers: server.managementHeaders, deadlines: settings.deadlines)
    lists[exchange.token] = Listing(op, exchange, refused: \.error) { json in
      VoiceList.entries(json).map { Listing.voices($0, more: VoiceList.isPartial(json)) }
    }
  }

  func resume(_ op: Op?) {
    for speech in speeches where op == nil || speech.op === op { speech.goOn() }
    advance()
  }

  func close(_ port: SessionPort, reason: Reason) {
    for speech in speeches { speech.drop() }
    speeches = []
    line?.close()
    port.closed()
  }

  // MARK: From the vendor

  func http(_ event: HTTPEvent) {
    if let list = lists[event.token] { return list.take(event) ? lists.received(event.token) : () }
    speeches.first { $0.fetch?.token == event.token }?.fetch?.http(event)
    advance()
  }

  func socket(_ event: SocketEvent) {
    line?.heard(event)
    advance()
  }

  func refused(_ refusal: WebSocketRefusal) {
    line?.refused(refusal)
    advance()
  }

  private func connection(_ event: Line.Event) {
    switch event {
    case .open: if !isReady { becomeReady() }
    case .lost: break
    case .refused(let error): refused(error)
    }
  }

  /// Without the right to a WebSocket, Resemble is still there over HTTP; whether the key itself is wrong shows then.
  private func refused(_ error: ProviderError) {
    if account.server.fallsBack, error.cls == .auth {
      account.refuseSockets()
      (transport, line) = (.stream, nil)
      port.host.log(.warning, "Resemble refuses the WebSocket (\(error.message)); the session goes on over HTTP", about: port.handle)
      return isReady ? () : becomeReady()
    }
    guard isReady else { return port.failed(error) }
    for speech in speeches where !speech.isReceived { speech.hear(.failed(error)) }
    port.timer(token: 1, at: port.host.now)
  }

  // MARK: Feeding

  private func advance() {
    // The sound of one text comes after that of the one before.
    while let first = speeches.first, first.pump() { speeches.removeFirst() }
    speeches = speeches.enumerated().filter { $0.offset == 0 || !$0.element.endsUnheard() }.map(\.element)
    for speech in speeches where !speech.hasBegun { begin(speech) }
  }

  private func begin(_ speech: Speech) {
    guard let line else { return fetch(speech) }
    // The text before may still sound: Resemble is free once it has sent it.
    guard line.isIdle else { return }
    guard line.isOpen else { return line.connect() }
    speech.hasBegun = true
    line.say(speech.data) { [unowned speech] in speech.hear($0) }
  }

  private func fetch(_ speech: Speech) {
    speech.hasBegun = true
    do throws(ProviderError) {
      speech.fetch = try Fetch(speech.data, settings, transport, account, port) { [unowned speech] in speech.hear($0) }
    } catch {
      speech.hear(.failed(error))
      port.timer(token: 1, at: port.host.now)
    }
  }

  /// What could not even be asked for has failed its text.
  func timer(token: UInt64) { advance() }
}
