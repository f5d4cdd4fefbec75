// One text to one sound over a single request: a WAV body, raw samples, or events.

import ChatterboxWire
import PluginKit
import Vox

final class SpeechFetch: Fetch {
  /// What may wait undecoded before the server is held back: a second and a half at 24 kHz.
  private static let credit = 64 << 10
  /// One event may carry all of a long text.
  private static let soundLimit = 8 << 20

  private unowned let owner: any FetchOwner
  private let request: SpeechRequest
  private let base: String
  private let tell: (FetchNews) -> Void
  private var exchange: HTTPExchange?
  private var reply = HTTPReply()
  private var sse = SSEParser(limit: 64 << 10)
  private var sieve = Base64Sieve(limit: SpeechFetch.soundLimit)
  private var hasEnded = false
  /// Bytes of the body that were not asked to be followed yet.
  private var owed = 0
  /// Bytes of sound that are not decoded yet.
  private var backlog = 0

  init(_ owner: any FetchOwner, _ request: SpeechRequest, _ server: ServerSettings, tell: @escaping (FetchNews) -> Void) {
    self.owner = owner
    self.request = request
    self.tell = tell
    base = server.base
  }

  func begin() throws(ProviderError) {
    let order = Order(url: base + request.path, body: Array(request.body.text.utf8), credit: Self.credit)
    exchange = try owner.send(order, for: self)
  }

  func http(_ event: HTTPEvent) {
    guard exchange != nil else { return }
    switch event.what {
    case .head(let head): begun(head)
    case .body(let bytes): body(bytes)
    case .done: done()
    // The host cannot know that the answer had begun well.
    case .failed(let error): end(reply.named(error))
    }
  }

  func timer() {}

  func taken(backlog: Int) {
    self.backlog = backlog
    guard backlog < Self.credit / 2, owed > 0 else { return }
    exchange?.read(owed)
    owed = 0
  }

  func cancel() {
    exchange?.cancel()
    exchange = nil
  }

  private func begun(_ head: HTTPHead) {
    reply.take(head)
    guard head.isSuccess else { return }
    let expected = request.isEvents ? ["text/event-stream"] : ["audio/", "application/octet-stream", "binary/octet-stream"]
    if let type = head.otherType(than: expected) {
      return end(ChatterboxError.unreadable("\(type) where \(expected[0]) was asked for"))
    }
    tell(.accepted)
  }

  private func body(_ bytes: [UInt8]) {
    owed += bytes.count
    guard reply.isSuccess else {
      reply.keep(bytes)
      return taken(backlog: 0)
    }
    do throws(ProviderError) {
      if request.isEvents { try events(bytes) } else { hear(bytes) }
    } catch {
      return end(error)
    }
    taken(backlog: backlog)
  }

  private func events(_ bytes: [UInt8]) throws(ProviderError) {
    for event in try sse.feed(try sieve.feed(bytes)) {
      switch try SpeechEvent(event.data) {
      case .delta(let audio):
        guard let sound = sieve.bytes(audio) else { throw ChatterboxError.unreadable("sound that is no base64") }
        hear(sound)
      case .done: hasEnded = true
      case .failed(let error): throw error
      case .info, .other: break
      }
    }
  }

  private func hear(_ sound: [UInt8]) {
    backlog += sound.count
    tell(.sound(sound))
  }

  private func done() {
    guard reply.head != nil else { return end(ChatterboxError.cutShort) }
    guard reply.isSuccess else { return end(reply.error) }
    if request.isEvents, !hasEnded { return end(ChatterboxError.cutShort) }
    exchange = nil
    tell(.whole(computeMs: nil))
  }

  private func end(_ error: ProviderError) {
    cancel()
    tell(.failed(error))
  }
}
