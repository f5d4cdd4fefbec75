// One text over HTTP: the streamed WAV, or the whole of it in JSON.

import PluginKit
import ResembleWire
import Vox

/// A request to `/stream` or `/synthesize`. Used on the session's queue.
final class Fetch {
  /// What may wait undecoded before Resemble is held back: two seconds at 16 kHz.
  private static let credit = 64 << 10
  /// Half an hour at 8 kHz; 2,000 characters are some minutes.
  private static let soundLimit = 32 << 20
  /// Of an answer without its sound: the times of 2,000 letters are 60 KiB.
  private static let answerLimit = 512 << 10

  private let port: SessionPort
  private let exchange: HTTPExchange
  private let transport: Transport
  private let tell: (News) -> Void
  private var reply = HTTPReply()
  private var body: [UInt8] = []
  private var sieve = Base64Sieve(limit: Fetch.soundLimit)
  private var owed = 0
  /// Bytes of sound that are not decoded yet.
  private var backlog = 0
  private var isOver = false

  /// Sends the request.
  ///
  /// - Parameter port: of the session whose `http(_:)` hands its events on.
  /// - Throws: class `overloaded` when the host takes no more requests.
  init(
    _ text: String, _ settings: VoiceSettings, _ transport: Transport, _ account: ResembleAccount, _ port: SessionPort,
    tell: @escaping (News) -> Void
  ) throws(ProviderError) {
    // A compressed stream comes later and no smaller.
    let headers = account.server.headers + [Header("Content-Type", "application/json"), Header("Accept-Encoding", "identity")]
    exchange = try account.http.request(
      port.handle, "POST", account.server.base + (transport == .sync ? "/synthesize" : "/stream"), headers: headers,
      body: Array(settings.request.body(text, transport).text.utf8), deadlines: settings.deadlines,
      credit: transport == .sync ? 0 : Self.credit)
    self.port = port
    self.transport = transport
    self.tell = tell
  }

  var token: UInt64 { exchange.token }

  func http(_ event: HTTPEvent) {
    guard !isOver else { return }
    do throws(ProviderError) {
      switch event.what {
      case .head(let head): try begun(head)
      case .body(let bytes): try take(bytes)
      case .done: try done()
      // The host cannot know that the answer had begun well.
      case .failed(let error): throw reply.named(error)
      }
    } catch {
      cancel()
      tell(.failed(error))
    }
  }

  /// `backlog` bytes of its sound are not decoded yet: time to ask for more, or not.
  func taken(backlog: Int) {
    self.backlog = backlog
    guard !isOver, backlog < Self.credit / 2, owed > 0 else { return }
    exchange.read(owed)
    owed = 0
  }

  /// Closes the stream at once.
  func cancel() {
    isOver = true
    exchange.cancel()
  }

  private func begun(_ head: HTTPHead) throws(ProviderError) {
    reply.take(head)
    guard head.isSuccess else { return }
    let expected = transport == .sync ? ["application/json"] : ["audio/", "application/octet-stream", "binary/octet-stream"]
    if let type = head.otherType(than: expected) { throw ResembleError.unreadable("\(type) where \(expected[0]) was asked for") }
    tell(.accepted)
  }

  private func take(_ bytes: [UInt8]) throws(ProviderError) {
    owed += bytes.count
    guard reply.isSuccess else {
      reply.keep(bytes)
      return taken(backlog: 0)
    }
    guard transport == .sync else {
      backlog += bytes.count
      tell(.sound(bytes))
      return taken(backlog: backlog)
    }
    body += try sieve.feed(bytes)
    guard body.count <= Self.answerLimit else { throw ResembleError.unreadable("more than \(Self.answerLimit) bytes beside the sound") }
  }

  private func done() throws(ProviderError) {
    guard reply.head != nil else { throw ResembleError.cutShort }
    guard reply.isSuccess else { throw reply.error }
    if transport == .sync {
      let answer = try SyncAnswer(String(decoding: body, as: UTF8.self))
      if !answer.issues.isEmpty { port.host.log(.warning, "Resemble finds: \(answer.issues.joined(separator: "; "))", about: port.handle) }
      guard let sound = sieve.bytes(answer.audio) else { throw ResembleError.unreadable("sound that is no base64") }
      tell(.times(answer.times))
      tell(.sound(sound))
    }
    isOver = true
    tell(.whole)
  }
}

/// What comes of a text, whichever way it was sent.
enum News {
  case accepted
  /// Hz of sound that has no header.
  case rawRate(Int)
  /// Times that stand beside the sound, before it.
  case times(Timestamps)
  /// More sound, as it came.
  case sound([UInt8])
  case whole
  case failed(ProviderError)
}
