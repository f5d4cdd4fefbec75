// One text to one sound through a job on RunPod.

import ChatterboxWire
import PluginKit
import Vox

/// Carries out what `Job` decides: one request at a time, links to sounds fetched in their turn.
final class JobFetch: Fetch {
  /// A passage is some seconds of sound; a minute at 48 kHz is 6 MB.
  private static let soundLimit = 8 << 20
  /// Of an answer without its sound.
  private static let answerLimit = 64 << 10
  /// RunPod answers a look at once; only `/runsync` waits.
  private static let slackMs = 2_000

  private unowned let owner: any FetchOwner
  private let server: ServerSettings
  private let runsyncWaitMs: Int
  private let isSync: Bool
  private let tell: (FetchNews) -> Void
  private var job: Job
  private var todo: ArraySlice<Job.Action> = []
  private var exchange: HTTPExchange?
  private var isLink = false
  private var head: HTTPHead?
  private var body: [UInt8] = []
  private var sieve = Base64Sieve(limit: JobFetch.soundLimit)
  /// Nobody listens, but the job's id is still on its way: without it, the job cannot be cancelled.
  private(set) var isOrphan = false
  private var isOver = false

  init(
    _ owner: any FetchOwner, _ job: Job, _ call: JobCall, _ server: ServerSettings, runsyncWaitMs: Int, tell: @escaping (FetchNews) -> Void
  ) {
    self.owner = owner
    self.job = job
    self.server = server
    self.runsyncWaitMs = runsyncWaitMs
    self.tell = tell
    isSync = call == .runsync
  }

  func begin() throws(ProviderError) { try perform(job.begin(at: owner.nowMs)) }

  func timer() {
    guard !isOver else { return }
    todo = [job.woke()]
    advance()
  }

  func taken(backlog: Int) {}

  func cancel() {
    guard !isOver else { return }
    isOver = true
    if job.id.isEmpty, exchange != nil { return isOrphan = true }
    exchange?.cancel()
    exchange = nil
    if let path = job.cancelPath { owner.cancelJob(path) }
  }

  /// The estimate for a job that is not finished, whose cost RunPod has not told.
  var workedMs: Int { job.workedMs(at: owner.nowMs) }

  // MARK: Requests

  private func advance() {
    while let action = todo.popFirst() {
      do throws(ProviderError) {
        try perform(action)
      } catch {
        return fail(error)
      }
      if exchange != nil || isOver { return }
    }
  }

  private func perform(_ action: Job.Action) throws(ProviderError) {
    switch action {
    case .post(let path, let body):
      try send(Order(url: server.base + path, body: Array(body.text.utf8), firstByteMs: isSync ? runsyncWaitMs + Self.slackMs : nil))
    case .get(let path): try send(Order(method: "GET", url: server.base + path))
    case .wait(let ms): owner.wake(self, inMs: ms)
    case .accepted: tell(.accepted)
    case .sound(let value): try sound(value)
    case .completed(let executionMs):
      isOver = true
      tell(.whole(computeMs: executionMs))
    case .failed(let error): throw error
    }
  }

  private func sound(_ value: String) throws(ProviderError) {
    if value.hasPrefix("https://") || value.hasPrefix("http://") {
      isLink = true
      // The link leads away from RunPod: the key stays here.
      return try send(Order(method: "GET", url: value, isSigned: false))
    }
    guard let bytes = sieve.bytes(value) else { throw ChatterboxError.unreadable("sound that is no base64") }
    tell(.sound(bytes))
  }

  private func send(_ order: Order) throws(ProviderError) {
    (head, body) = (nil, [])
    exchange = try owner.send(order, for: self)
  }

  // MARK: Answers

  func http(_ event: HTTPEvent) {
    guard let exchange, exchange.token == event.token else { return }
    do throws(ProviderError) {
      switch event.what {
      case .head(let head):
        self.head = head
        if isLink, head.isSuccess, let type = head.otherType(than: ["audio/", "application/octet-stream", "binary/octet-stream"]) {
          throw ChatterboxError.unreadable("\(type) where audio/ was asked for")
        }
      case .body(let bytes): try take(bytes)
      case .done:
        self.exchange = nil
        try done()
      case .failed(var error):
        self.exchange = nil
        if let head, head.isSuccess { error.wireStatus = Int32(clamping: head.status) }
        throw error
      }
    } catch {
      fail(error)
    }
  }

  private func take(_ bytes: [UInt8]) throws(ProviderError) {
    if isLink, head?.isSuccess == true { return tell(.sound(bytes)) }
    body += try sieve.feed(bytes)
    guard body.count <= Self.answerLimit else { throw ChatterboxError.unreadable("more than \(Self.answerLimit) bytes about a job") }
  }

  private func done() throws(ProviderError) {
    guard let head else { throw ChatterboxError.cutShort }
    guard head.isSuccess else {
      throw ChatterboxError.answered(status: head.status, body: body, retryAfter: head.headers["retry-after"])
    }
    guard !isLink else {
      isLink = false
      return advance()
    }
    guard let json = try? body.withUnsafeBufferPointer({ try JSONValue(parsing: $0) }) else {
      throw ChatterboxError.unreadable("no JSON about a job")
    }
    let actions = job.answered(json, at: owner.nowMs)
    if isOrphan {
      if let path = job.cancelPath { owner.cancelJob(path) }
      return isOrphan = false
    }
    todo = actions[...]
    advance()
  }

  private func fail(_ error: ProviderError) {
    exchange?.cancel()
    exchange = nil
    if isOrphan { return isOrphan = false }
    isOver = true
    if let path = job.cancelPath { owner.cancelJob(path) }
    tell(.failed(error))
  }
}
