// A session: texts to say, one after the other, passages asked for while the ones before them sound.

import ChatterboxWire
import PluginKit
import Vox

final class Voice: Session {
  /// Half of what the host allows for a close.
  private static let farewellMs = 500
  /// No fetch has this timer.
  private static let farewell: UInt64 = 0

  private let port: SessionPort
  private let account: ChatterboxAccount
  private let settings: VoiceSettings
  private var speeches: [Speech] = []
  private var lists = OpAnswers<Listing>()
  /// Which fetch a request or a timer belongs to.
  private var requests: [UInt64: any Fetch] = [:]
  private var timers: [UInt64: any Fetch] = [:]
  private var lastTimer: UInt64 = 0
  private var isClosing = false

  init(_ port: SessionPort, _ account: ChatterboxAccount, _ settings: VoiceSettings) {
    self.port = port
    self.account = account
    self.settings = settings
  }

  // MARK: Verbs

  func start(_ op: Op, _ request: Request) throws {
    switch request.kind {
    case OpKind.say: try say(op, request.text)
    case OpKind.voices: try list(op)
    case OpKind.warm:
      account.http.warm(account.server.base)
      op.completed()
    default: throw ProviderError(.invalid, "Chatterbox has no op of kind \(request.kind).", code: "unknown_op")
    }
  }

  private func say(_ op: Op, _ text: String) throws {
    try plugin.check(text, beside: speeches.count)
    let said = settings.strips ? Tags.stripped(text) : text
    // For nothing the servers speak a sentence of their own.
    let passages = Passages.of(said, first: settings.firstChars, rest: settings.maxChars).map(Passage.init)
    speeches.append(Speech(op, passages, rate: port.outRate, rawRate: settings.rawRate, model: settings.options.model))
    advance()
  }

  func cancel(_ op: Op, reason: Reason) {
    guard let index = speeches.firstIndex(where: { $0.op === op }) else { return lists.cancel(op) }
    speeches.remove(at: index).drop()
    forgetCancelled()
    advance()
  }

  func resume(_ op: Op?) {
    for speech in speeches where op == nil || speech.op === op { speech.goOn() }
    advance()
  }

  func timer(token: UInt64) {
    if token == Self.farewell { return port.closed() }
    timers.removeValue(forKey: token)?.timer()
    advance()
  }

  /// A job whose id is on its way can be cancelled only once it is here.
  func close(_ port: SessionPort, reason: Reason) {
    for speech in speeches { speech.drop() }
    speeches = []
    isClosing = true
    port.timer(token: Self.farewell, at: port.host.now + UInt64(Self.farewellMs) * 1_000_000)
    forgetCancelled()
  }

  // MARK: The server

  func http(_ event: HTTPEvent) {
    if let listing = lists[event.token] {
      if listing.take(event) { lists.received(event.token) }
      return
    }
    guard let fetch = requests[event.token] else { return }
    switch event.what {
    case .done, .failed: requests[event.token] = nil
    case .head, .body: break
    }
    fetch.http(event)
    forgetCancelled()
    advance()
  }

  /// Of the requests of texts that nobody wants, only those are still listened to that bring the id of a job.
  private func forgetCancelled() {
    let wanted = speeches.flatMap(\.passages).compactMap(\.fetch)
    requests = requests.filter { entry in wanted.contains { $0 === entry.value } || (entry.value as? JobFetch)?.isOrphan == true }
    guard isClosing, requests.isEmpty else { return }
    isClosing = false
    port.timer(token: Self.farewell, at: 0)
    port.closed()
  }

  // MARK: Feeding

  private func advance() {
    guard !isClosing else { return }
    // The sound of one text comes after that of the one before.
    while let first = speeches.first, first.pump() { speeches.removeFirst() }
    speeches = speeches.enumerated().filter { $0.offset == 0 || !$0.element.endsUnheard() }.map(\.element)
    forgetCancelled()
    beginPassages()
  }

  /// One more than are in the making may wait to be said: the next one is asked for while the one before sounds, and no more than that is
  /// paid for in vain when the caller interrupts.
  private func beginPassages() {
    while true {
      // Of a text that has failed already nothing more is asked for.
      let passages = speeches.filter { !$0.isFailing }.flatMap { speech in speech.passages.map { (speech, $0) } }
      let open = passages.filter { $0.1.hasBegun && !$0.1.isWhole && $0.1.error == nil }.count
      let waiting = passages.filter { $0.1.isWhole && $0.1.backlog > 0 }.count
      guard open < settings.parallel, open + waiting <= settings.parallel, let (speech, passage) = passages.first(where: { !$0.1.hasBegun })
      else { return }
      begin(passage, of: speech)
    }
  }

  private func begin(_ passage: Passage, of speech: Speech) {
    passage.hasBegun = true
    let tell: (FetchNews) -> Void = { [unowned speech, unowned passage] in speech.hear(passage, $0) }
    let fetch = fetch(passage.text, tell)
    passage.fetch = fetch
    do throws(ProviderError) {
      try fetch.begin()
    } catch {
      speech.hear(passage, .failed(error))
      // Not from within the pump that may have brought us here.
      port.timer(token: nextTimer(), at: port.host.now)
    }
  }

  private func fetch(_ text: String, _ tell: @escaping (FetchNews) -> Void) -> any Fetch {
    let server = account.server
    guard server.dialect.isRunPod else {
      let request = SpeechRequest(text, settings.options, server.dialect, settings.mode, format: settings.format)
      return SpeechFetch(self, request, server, tell: tell)
    }
    let request = JobRequest(
      text, settings.options, call: settings.jobCall, endpoint: server.endpoint, waitMs: settings.runsyncWaitMs)
    let job = Job(request, settings.patience, outputPath: settings.outputPath)
    return JobFetch(self, job, settings.jobCall, server, runsyncWaitMs: settings.runsyncWaitMs, tell: tell)
  }

  private func list(_ op: Op) throws {
    let path = account.server.dialect.voicesPath
    if account.server.dialect == .runPodPublic {
      return op.completed(Listing.voices(VoiceList.entries(VoiceList.runPodPublic)))
    }
    guard !path.isEmpty else { throw ProviderError(.invalid, "This server lists its voices nowhere.", code: "no_voices") }
    let exchange = try request(Order(method: "GET", url: account.server.base + path))
    lists[exchange.token] = Listing(op, exchange, refused: \.error) { VoiceList.names($0).map { Listing.voices(VoiceList.entries($0)) } }
  }

  private func nextTimer() -> UInt64 {
    lastTimer += 1
    return lastTimer
  }
}

extension Voice: FetchOwner {
  var nowMs: Int { Int(port.host.now / 1_000_000) }

  func send(_ order: Order, for fetch: any Fetch) throws(ProviderError) -> HTTPExchange {
    let exchange = try request(order)
    requests[exchange.token] = fetch
    return exchange
  }

  private func request(_ order: Order) throws(ProviderError) -> HTTPExchange {
    var deadlines = settings.deadlines
    if let firstByteMs = order.firstByteMs { deadlines.firstByteMs = max(firstByteMs, deadlines.firstByteMs) }
    // Sound does not become smaller; whoever compresses it adds delay.
    var headers = [Header("Accept-Encoding", "identity")] + (order.isSigned ? account.server.headers : [])
    if !order.body.isEmpty { headers.append(Header("Content-Type", "application/json")) }
    return try account.http.request(
      port.handle, order.method, order.url, headers: headers, body: order.body, deadlines: deadlines, credit: order.credit)
  }

  func wake(_ fetch: any Fetch, inMs ms: Int) {
    let token = nextTimer()
    timers[token] = fetch
    port.timer(token: token, at: port.host.now + UInt64(max(ms, 0)) * 1_000_000)
  }

  func cancelJob(_ path: String) { account.cancelJob(path, settings.deadlines) }
}
