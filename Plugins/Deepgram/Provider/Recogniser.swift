// A session that listens: one stream to the vendor, open before the first word, and the LISTEN op that feeds it.

import DeepgramWire
import PluginKit
import Vox

final class Recogniser: Session {
  private enum Wake: UInt64 { case keepAlive = 1, flush, end, fatal }

  /// How the stream of an op comes to its end.
  private enum Phase {
    case listening
    /// Flux ends no turn with its stream, so the turn is ended first.
    case endingTurn
    /// CloseStream was sent.
    case closing
  }

  /// A stream that lasted shorter is not opened again by itself: the vendor would be asked over and over.
  private static let shortestLifeNs: UInt64 = 5_000_000_000
  /// A vendor that announces an error closes at once.
  private static let fatalMs = 1_000

  private let port: SessionPort
  private let access: Access
  private var settings: ListenSettings
  private var uplink: Uplink?
  private var reader: any ListenReader
  /// The stream takes audio.
  private var isUsable = false
  private var isReady = false
  private var phase = Phase.listening
  private var listening: Listening?
  private var lists = OpAnswers<Listing>()
  /// The vendor's last words before it closes.
  private var lastWords: JSONValue?

  init(_ port: SessionPort, _ access: Access, _ settings: ListenSettings) {
    self.port = port
    self.access = access
    self.settings = settings
    reader = settings.reader
    connect()
  }

  // MARK: Verbs

  func start(_ op: Op, _ request: Request) throws {
    switch request.kind {
    case OpKind.listen: break
    case OpKind.models:
      let list = try access.list(op) { ModelList.recognisers($0).map { Listing.models($0) } }
      return lists[list.token] = list
    case OpKind.warm: return op.completed()
    default: throw ProviderError(.invalid, "Deepgram has no op of kind \(request.kind) for speech to text.", code: "unknown_op")
    }
    guard listening == nil else {
      throw ProviderError(.invalid, "One LISTEN at a time: end the one under way first.", code: "already_listening")
    }
    // A stream's language is settled when it opens.
    if settings.request.api == .nova, let asked = request.body["language"]?.string.map(ListenRequest.language), !asked.isEmpty,
      asked != settings.request.language
    {
      settings.request.language = asked
      leave()
    }
    listening = Listening(op, settings)
    if uplink == nil { connect() }
    if isUsable { op.accepted() }
  }

  func push(_ audio: AudioIn, to op: Op) -> PushResult {
    guard let listening, listening.op === op, phase == .listening else { return .stale }
    let result = isUsable ? uplink?.push(audio.samples) ?? .wouldBlock : .wouldBlock
    if result == .wouldBlock { listening.isStarved = true }
    return result
  }

  func finalize(_ op: Op, mark: UInt64) {
    guard let listening, listening.op === op, phase == .listening, let uplink else { return }
    let hasAudio = uplink.clock.pushed > 0
    if mark > 0 {
      if hasAudio { uplink.say(settings.request.api.flush) }
      listening.flush(mark, uplink.clock, now: port.host.now)
      return hasAudio ? armFlush() : listening.expireFlushes(now: .max)
    }
    guard hasAudio else {
      self.listening = nil
      return listening.finish(uplink.clock)
    }
    if settings.request.api == .flux {
      phase = .endingTurn
      uplink.say(settings.request.api.flush)
      wake(.end, afterMs: settings.flushMs)
    } else {
      closeStream()
    }
  }

  private func closeStream() {
    phase = .closing
    uplink?.say(ListenAPI.closeStream)
    wake(.end, afterMs: settings.endMs)
  }

  func cancel(_ op: Op, reason: Reason) {
    guard let listening, listening.op === op else { return lists.cancel(op) }
    listening.abandon(uplink?.clock)
    self.listening = nil
    // What is still on its way on this stream would be taken for the next op's words.
    leave()
    switch reason {
    case .hangUp, .shutdown, .failover: break
    default: connect()
    }
  }

  func resume(_ op: Op?) {
    guard op == nil else {
      listening?.handOver()
      return forgetEnded()
    }
    if uplink?.hasRoom() == true { tellRoom() }
  }

  func close(_ port: SessionPort, reason: Reason) {
    leave()
    port.closed()
  }

  // MARK: The stream

  private func connect() {
    do throws(ProviderError) {
      let url = settings.request.url(access.socketBase, rate: port.inRate)
      let link = try Link(port, access, url, connectMs: settings.connectMs)
      uplink = Uplink(link, settings, rate: port.inRate)
      reader = settings.reader
      (phase, lastWords) = (.listening, nil)
    } catch {
      lose(error)
    }
  }

  /// Lets go of the stream so that it stops counting at once.
  private func leave() {
    uplink?.link.leave(ListenAPI.closeStream)
    forgetStream()
  }

  private func forgetStream() {
    (uplink, isUsable, phase) = (nil, false, .listening)
    for one in [Wake.keepAlive, .flush, .end, .fatal] { port.timer(token: one.rawValue, at: 0) }
  }

  private func becomeUsable() {
    isUsable = true
    wake(.keepAlive, afterMs: settings.keepAliveMs)
    if !isReady {
      isReady = true
      port.ready(traits: settings.traits)
    }
    listening?.op.accepted()
    tellRoom()
  }

  private func tellRoom() {
    guard let listening, listening.isStarved else { return }
    listening.isStarved = false
    listening.op.resume()
  }

  func http(_ event: HTTPEvent) {
    if lists[event.token]?.take(event) == true { lists.received(event.token) }
  }

  func socket(_ event: SocketEvent) {
    guard let uplink, let event = uplink.link.read(event, now: port.host.now) else { return }
    switch event {
    case .open: if settings.request.api == .nova { becomeUsable() }
    case .text(let text): read(text, uplink)
    // No recognition answers with sound.
    case .sound: break
    case .ended(let ending): ended(ending, uplink)
    }
  }

  func refused(_ refusal: WebSocketRefusal) {
    guard let uplink, case .ended(let ending) = uplink.link.read(refusal) else { return }
    ended(ending, uplink)
  }

  private func read(_ text: String, _ uplink: Uplink) {
    do throws(ProviderError) {
      for event in try reader.read(text) {
        switch event {
        case .connected: becomeUsable()
        case .warned(let error): port.host.log(.warning, "Deepgram warns: \(error)", about: port.handle)
        case .failed(let message):
          lastWords = message
          wake(.fatal, afterMs: Self.fatalMs)
        default:
          listening?.take(event, uplink.clock)
          if case .final = event, phase == .endingTurn { closeStream() }
        }
      }
    } catch {
      uplink.link.leave(ListenAPI.closeStream)
      lose(error)
    }
    if listening != nil { armFlush() }
  }

  private func ended(_ ending: Link.Ending, _ uplink: Uplink) {
    // Flux closes its streams without a code.
    if phase == .closing, lastWords == nil, case .closed(let code, _) = ending, code == 1000 || code == 1005 {
      let ended = listening
      forgetStream()
      ended?.finish(uplink.clock)
      return forgetEnded()
    }
    guard let lastWords, case .closed(let code, _) = ending else { return lose(ending.error) }
    lose(DeepgramError.said(lastWords, closedBy: code))
  }

  /// The stream is gone and was not meant to be. Only an idle one that had lived is opened again in silence.
  private func lose(_ error: ProviderError) {
    let livedNs = uplink.map { $0.link.openedAt > 0 ? port.host.now &- $0.link.openedAt : 0 } ?? 0
    let clock = uplink?.clock
    var error = error
    if error.requestID.isEmpty { error.requestID = uplink?.link.requestID ?? "" }
    forgetStream()
    if isReady, listening == nil, livedNs >= Self.shortestLifeNs { return connect() }
    listening?.fail(error, clock)
    listening = nil
    port.failed(error)
  }

  /// An op that has ended, now or when the host had room for its end, makes way for the next.
  private func forgetEnded() {
    if listening?.op.isOver == true { listening = nil }
  }

  // MARK: Time

  private func wake(_ what: Wake, afterMs ms: Int) {
    port.timer(token: what.rawValue, at: port.host.now &+ UInt64(max(ms, 0)) * 1_000_000)
  }

  private func armFlush() {
    guard let due = listening?.flushDue else { return }
    port.timer(token: Wake.flush.rawValue, at: due)
  }

  func timer(token: UInt64) {
    switch Wake(rawValue: token) {
    case .keepAlive:
      guard isUsable, phase == .listening else { return }
      uplink?.keepAlive()
      wake(.keepAlive, afterMs: settings.keepAliveMs)
    case .flush:
      listening?.expireFlushes(now: port.host.now)
      armFlush()
    case .end where phase == .endingTurn: closeStream()
    case .end where phase == .closing:
      uplink?.link.leave(ListenAPI.closeStream)
      lose(DeepgramError.late("did not end the stream in time"))
    case .fatal:
      guard let lastWords else { return }
      uplink?.link.leave(ListenAPI.closeStream)
      lose(DeepgramError.said(lastWords, closedBy: 1006))
    case .end, nil: break
    }
  }
}
