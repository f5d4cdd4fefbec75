// One LISTEN op: utterances on their way to the server, one after the other, and their words on the way to the host.

import OpenAIWire
import PluginABI
import PluginKit
import Vox

final class Listening {
  /// Sends a file.
  typealias Send = ([Int16]) throws(ProviderError) -> HTTPExchange

  private enum Step {
    case hear(Utterances.Cut)
    case flushed(UInt64, mark: UInt64)
    case completed
  }

  private enum Item {
    case final(Transcript, start: UInt64, end: UInt64)
    case flushed(UInt64, mark: UInt64)
    case completed
  }

  let op: Op
  private let rate: Int
  private let form: TranscriptionRequest
  private let send: Send
  private var utterances: Utterances
  /// In order; the first utterance is with the server while `exchange` is not nil.
  private var steps: [Step] = []
  private var exchange: HTTPExchange?
  private var reply = HTTPReply()
  private var body: [UInt8] = []
  /// What the host has not taken, in order.
  private var outbox: [Item] = []
  private var isStarved = false
  private var isProbe = false
  private var billedMs: UInt64 = 0
  private var tokens = (input: 0, output: 0)

  /// A caller who speaks faster than the server hears is held back behind so many utterances.
  private static let mostWaiting = 4
  /// A transcript of a minute with the times of its words has 20 KiB.
  private static let longestAnswer = 256 << 10

  init(_ op: Op, _ utterances: Utterances, rate: Int, form: TranscriptionRequest, send: @escaping Send) {
    self.op = op
    self.utterances = utterances
    self.rate = max(rate, 1)
    self.form = form
    self.send = send
  }

  func push(_ samples: UnsafeBufferPointer<Int16>) -> PushResult {
    guard steps.count < Self.mostWaiting else {
      isStarved = true
      return .wouldBlock
    }
    if utterances.take(samples) {
      steps.append(.hear(utterances.cut()))
      advance()
    }
    return .ok
  }

  /// mark > 0: what was said so far; 0: and no more will come.
  func finalize(_ mark: UInt64) {
    steps.append(.hear(utterances.cut()))
    steps.append(mark == 0 ? .completed : .flushed(utterances.end, mark: mark))
    advance()
  }

  /// Sends half a second of silence, the least that can be asked, and ends. What the server makes of it is nobody's words.
  func probe() {
    isProbe = true
    steps = [.hear(Utterances.Cut(samples: [Int16](repeating: 0, count: rate / 2), start: 0, end: UInt64(rate / 2))), .completed]
    advance()
  }

  func cancel() {
    exchange?.cancel()
    exchange = nil
    steps = []
    outbox = []
    tellUsage()
  }

  // MARK: The server

  private func advance() {
    while exchange == nil, !op.isOver, let step = steps.first {
      switch step {
      case .hear(let cut) where cut.samples.isEmpty: put(.final(Transcript(), start: cut.start, end: cut.end))
      case .hear(let cut):
        do { exchange = try send(cut.samples) } catch { return fail(error) }
        (reply, body) = (HTTPReply(), [])
        return
      case .flushed(let position, let mark): put(.flushed(position, mark: mark))
      case .completed: put(.completed)
      }
      steps.removeFirst()
    }
    guard isStarved, steps.count < Self.mostWaiting else { return }
    isStarved = false
    op.resume()
  }

  func take(_ event: HTTPEvent) {
    guard let exchange, exchange.token == event.token else { return }
    switch event.what {
    case .head(let head): reply.take(head)
    case .body(let bytes):
      guard reply.isSuccess else { return reply.keep(bytes) }
      body += bytes
      if body.count > Self.longestAnswer {
        fail(OpenAIError.garbled("it is longer than \(Self.longestAnswer) bytes", code: "answer_too_long"))
      }
    case .done:
      if let failure = reply.failure { return fail(failure) }
      heard()
    case .failed(let error): fail(error)
    }
  }

  private func heard() {
    guard case .hear(let cut) = steps.first else { return }
    do throws(ProviderError) {
      let transcript = try Transcript(body, isPlain: form.format == "text")
      bill(transcript, cut)
      exchange = nil
      steps.removeFirst()
      put(.final(transcript, start: cut.start, end: cut.end))
      advance()
    } catch {
      fail(error)
    }
  }

  private func fail(_ error: ProviderError) {
    exchange?.cancel()
    exchange = nil
    steps = []
    tellUsage()
    op.failed(reply.named(error))
  }

  private func bill(_ transcript: Transcript, _ cut: Utterances.Cut) {
    let told = transcript.seconds.flatMap { (0...86_400).contains($0) ? UInt64($0 * 1000) : nil }
    billedMs += told ?? UInt64(cut.samples.count * 1000 / rate)
    tokens.input += min(max(transcript.tokensIn ?? 0, 0), 1_000_000_000)
    tokens.output += min(max(transcript.tokensOut ?? 0, 0), 1_000_000_000)
  }

  private func tellUsage() {
    if billedMs > 0 { op.usage(VOX_METER_AUDIO_IN_MS, billedMs, label: form.model) }
    if tokens.input > 0 { op.usage(VOX_METER_TOKENS_IN, UInt64(tokens.input), label: form.model) }
    if tokens.output > 0 { op.usage(VOX_METER_TOKENS_OUT, UInt64(tokens.output), label: form.model) }
  }

  // MARK: The host

  private func put(_ item: Item) {
    outbox.append(item)
    handOver()
  }

  func handOver() {
    while let item = outbox.first, give(item) != .wouldBlock {
      if !outbox.isEmpty { outbox.removeFirst() }
    }
  }

  private func give(_ item: Item) -> PushResult {
    switch item {
    case .final(let transcript, let start, let end):
      if isProbe { return .ok }
      return op.words(
        .transcript, text: transcript.text, start: start, end: end, final: true, language: transcript.language,
        words: words(transcript, start, end))
    case .flushed(let position, let mark): return op.mark(.flushed, position: position, value: mark)
    case .completed:
      tellUsage()
      op.completed()
      return .ok
    }
  }

  private func words(_ transcript: Transcript, _ start: UInt64, _ end: UInt64) -> [vox_word] {
    transcript.words.map { word in
      let from = min(start + UInt64(word.start * Double(rate)), end)
      return vox_word(
        start: from, end: min(max(start + UInt64(word.end * Double(rate)), from), end), text_at: UInt32(clamping: word.at),
        text_len: UInt32(clamping: word.length), confidence: 0, speaker: 0, flags: 0, zero: 0)
    }
  }
}
