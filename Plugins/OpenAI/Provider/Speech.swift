// One SAY op: sound on its way from the server to the host.

import OpenAIWire
import PluginABI
import PluginKit
import Sound
import Vox

final class Speech {
  let op: Op
  private let text: String
  private let exchange: HTTPExchange
  private let label: String
  /// Hz of what the host is given.
  private let rate: Int
  private var reply = HTTPReply()
  private var sound: WAVStream
  /// Sound at the host's rate that it has not taken: bounded by the credit of the request.
  private var waiting: [Int16] = []
  /// Bytes of the body that are in `waiting` and make room for others when it is empty.
  private var taken = 0
  private var position: UInt64 = 0
  /// The host had no room; nothing is offered before it says that there is some.
  private var isRefused = false
  private var isWhole = false
  private var error: ProviderError?

  init(_ op: Op, _ text: String, _ exchange: HTTPExchange, sourceRate: Int, rate: Int, label: String) {
    self.op = op
    self.text = text
    self.exchange = exchange
    self.rate = rate
    self.label = label
    sound = WAVStream(rate: UInt32(clamping: rate), raw: UInt32(clamping: sourceRate))
  }

  var token: UInt64 { exchange.token }

  func take(_ event: HTTPEvent) {
    guard error == nil, !isWhole else { return }
    switch event.what {
    case .head(let head):
      reply.take(head)
      guard head.isSuccess else { return }
      guard SpeechRequest.isSound(contentType: reply.contentType) else {
        return fail(OpenAIError.garbled("\(reply.contentType) is no sound of the format asked for", code: "bad_sound"))
      }
      op.accepted()
    case .body(let bytes):
      guard reply.isSuccess else {
        exchange.read(bytes.count)
        return reply.keep(bytes)
      }
      taken += bytes.count
      add { sound throws(WAVError) in try sound.feed(bytes) }
    case .done:
      if let failure = reply.failure { return fail(failure) }
      add { sound throws(WAVError) in try sound.finish() }
      isWhole = true
    case .failed(let error): fail(error)
    }
  }

  private func add(_ read: (inout WAVStream) throws(WAVError) -> [Int16]) {
    do throws(WAVError) { waiting += try read(&sound) } catch {
      fail(OpenAIError.garbled("sound that cannot be read: \(error)", code: "bad_sound"))
    }
  }

  private func fail(_ error: ProviderError) {
    exchange.cancel()
    self.error = reply.named(error)
  }

  /// The host has room again.
  func resume() { isRefused = false }

  /// Gives the host what it has room for. True when the op is over.
  func handOver() -> Bool {
    guard !isRefused || error != nil else { return false }
    // Half of what one event may carry; a shorter piece does not wait for more, because the caller does.
    let piece = max(rate / 10, 1)
    var at = 0
    defer { waiting.removeFirst(min(at, waiting.count)) }
    while at < waiting.count {
      let end = min(at + piece, waiting.count)
      let result = waiting[at..<end].withUnsafeBufferPointer { op.audio($0, rate: rate, position: position) }
      switch result {
      case .ok: position += UInt64(end - at)
      case .wouldBlock:
        isRefused = true
        return false
      case .stale, .invalid:
        exchange.cancel()
        return true
      }
      at = end
    }
    if taken > 0 {
      exchange.read(taken)
      taken = 0
    }
    if endsUnheard() { return true }
    guard isWhole else { return false }
    tellUsage()
    op.completed(["samples": .int(Int64(position))])
    return true
  }

  /// Ends the op if it has failed, whatever sound of it still waits.
  func endsUnheard() -> Bool {
    guard let error else { return false }
    if error.effects != .none, reply.failure == nil { tellUsage() }
    op.failed(error)
    return true
  }

  /// Closes the stream. The text is billed nevertheless.
  func cancel() {
    exchange.cancel()
    tellUsage()
  }

  private func tellUsage() {
    op.usage(VOX_METER_CHARACTERS, UInt64(text.unicodeScalars.count), label: label)
    if position > 0 { op.usage(VOX_METER_AUDIO_OUT_MS, position * 1000 / UInt64(max(rate, 1)), label: label) }
  }
}
