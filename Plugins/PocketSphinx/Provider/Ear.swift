// The part of a session that lives on its decoding thread: a decoder on loan and the recogniser around it.

import PluginABI
import PluginKit
import PocketSphinxEngine
import Vox

/// Touched on one decoding thread only, which is what makes it safe to carry there.
final class Ear: @unchecked Sendable {
  private let port: SessionPort
  private let pool: DecoderPool
  private let model: Model?
  private let silenceMs: Int
  private var decoder: Decoder?
  private var recogniser: Recogniser?
  private var op: Op?
  private var heardSamples: UInt64 = 0

  init(_ port: SessionPort, _ pool: DecoderPool) {
    self.port = port
    self.pool = pool
    silenceMs = port.settings["endpoint_silence_ms"]?.int ?? 600
    let folder = port.settings["vocabulary"]?["directory"]?.string ?? ""
    model = folder.isEmpty ? nil : Model(acoustics: port.settings["hmm"]?.string ?? Model.debianAcoustics, vocabulary: folder)
  }

  /// Borrows a decoder, which takes up to half a second when the pool is cold.
  func prepare() {
    if port.isControl { return port.ready() }
    guard let model else {
      return port.failed(
        ProviderError(
          .invalid, "this recogniser needs a vocabulary: choose a model for the agent that provides one, or another recogniser",
          scope: .session, code: "no_vocabulary"))
    }
    do throws(RecogniserProblem) {
      decoder = try pool.lend(model)
      port.ready()
    } catch {
      port.failed(ProviderError(.unavailable, error.description, scope: .session, code: "no_decoder"))
    }
  }

  func warm(_ op: Op) {
    guard let model else { return op.completed() }
    do throws(RecogniserProblem) {
      try pool.warm(model)
      op.completed()
    } catch { op.failed(ProviderError(.unavailable, error.description, code: "no_decoder")) }
  }

  func listen(_ op: Op) {
    guard let decoder, let made = Recogniser(decoder, rate: port.inRate, silenceMs: silenceMs) else {
      return op.failed(ProviderError(.invalid, "the recogniser takes 8,000 or 16,000 Hz, not \(port.inRate)", code: "bad_rate"))
    }
    recogniser = made
    self.op = op
    op.accepted()
  }

  func expect(_ grammar: String) { recogniser?.grammar = grammar.isEmpty ? nil : grammar }

  func hear(_ samples: [Int16]) {
    heardSamples += UInt64(samples.count)
    samples.withUnsafeBufferPointer { recogniser?.feed($0, tell) }
  }

  private func tell(_ event: Recogniser.Event) {
    guard let op else { return }
    switch event {
    case .speechStarted(let position): op.mark(.speechStarted, position: position)
    case .interim(let heard): say(heard, final: false, op)
    case .final(let heard): say(heard, final: true, op)
    }
  }

  private func say(_ heard: Heard, final: Bool, _ op: Op) {
    var at: UInt32 = 0
    let words = heard.words.map { word in
      defer { at += UInt32(word.text.utf8.count) + 1 }
      return vox_word(
        start: word.start, end: word.end, text_at: at, text_len: UInt32(word.text.utf8.count),
        confidence: UInt16(clamping: word.confidence), speaker: 0, flags: 0, zero: 0)
    }
    op.words(
      .transcript, text: heard.text, start: heard.start, end: heard.end, final: final, confidence: heard.confidence, words: words)
  }

  /// mark > 0: what was said so far; mark 0: the end of the listening.
  func flush(_ op: Op, mark: UInt64) {
    guard let recogniser, op === self.op else { return }
    recogniser.flush(tell)
    guard mark == 0 else { return _ = op.mark(.flushed, position: recogniser.position, value: mark) }
    account(op)
    op.completed()
    stop()
  }

  private func account(_ op: Op) {
    op.usage(VOX_METER_AUDIO_IN_MS, heardSamples * 1000 / UInt64(max(port.inRate, 1)), label: "en-us")
  }

  func stop() {
    recogniser?.abandon()
    recogniser = nil
    op = nil
  }

  func close() {
    stop()
    if let decoder { pool.giveBack(decoder) }
    decoder = nil
    port.closed()
  }
}
