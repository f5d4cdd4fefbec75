// A recogniser of the puppet: reads the words from the sound it is given.

import PluginKit
import Vox

final class PuppetEars: PuppetSession, Session {
  private var listen: Op?
  private var reader: WordReader
  private var words: [Run] = []
  private var samples = 0
  private var blockedUntil: UInt64?
  private var hasBlocked = false

  override init(_ stage: Stage, _ name: String, _ port: SessionPort) {
    reader = WordReader(stage.codes)
    super.init(stage, name, port)
  }

  func start(_ op: Op, _ request: Request) throws {
    guard request.kind == OpKind.listen else { return op.completed() }
    listen = op
    reader = WordReader(stage.codes)
    samples = 0
  }

  func push(_ audio: AudioIn, to op: Op) -> PushResult {
    if let block = stage.ears.block, !hasBlocked, samples >= block.atSample {
      if blockedUntil == nil {
        blockedUntil = now + UInt64(block.forMs) * 1_000_000
        after(block.forMs) { [self] in
          hasBlocked = true
          op.resume()
        }
      }
      return .wouldBlock
    }
    guard audio.position == UInt64(samples) else { return .invalid }
    let before = samples
    samples += audio.samples.count
    if let ms = stage.ears.noticesEveryMs, before / (port.inRate * ms / 1000) < samples / (port.inRate * ms / 1000) {
      op.mark(.speechStarted, position: UInt64(samples))
    }
    switch stage.earsFaults[name] {
    case .deaf: return .ok
    case .cut(let atSample) where samples >= atSample:
      op.failed(ProviderError(.unavailable, "the recogniser broke"))
      return .ok
    case .cut, nil: break
    }
    if stage.keepsListened {
      stage.listened += Array(audio.samples)
      stage.pieces.append(audio.samples.count)
    }
    let ended = reader.take(audio.samples)
    for run in ended where run.count * 1000 >= port.inRate * WordSound.wordMs * 4 / 5 { note(run, op) }
    if let limit = stage.ears.failAtSample, samples >= limit { op.failed(ProviderError(.unavailable, "the recogniser broke")) }
    if let limit = stage.ears.completeAtSample, samples >= limit {
      stage.ears.completeAtSample = nil
      op.completed()
    }
    return .ok
  }

  private func note(_ run: Run, _ op: Op) {
    words.append(run)
    stage.recognised.append(run.word)
    guard let delay = stage.ears.interimMs else { return }
    let (text, start, end) = span
    after(delay) { [self] in
      if !words.isEmpty { op.words(.transcript, text: text, start: start, end: end) }
    }
  }

  private var span: (String, UInt64, UInt64) {
    (words.map(\.word).joined(separator: " "), UInt64(words.first?.start ?? 0), UInt64(words.last.map { $0.start + $0.count } ?? samples))
  }

  func finalize(_ op: Op, mark: UInt64) {
    stage.askedForFinals += 1
    // A word that is being spoken counts when most of it is there.
    if let run = reader.present, run.count * 1000 >= port.inRate * WordSound.wordMs * 4 / 5, words.last?.start != run.start {
      note(run, op)
    }
    if case .deaf = stage.earsFaults[name] { return }
    let (text, start, end) = span
    let confidence = text.isEmpty || stage.ears.confidences.isEmpty ? 950 : stage.ears.confidences.removeFirst()
    words = []
    after(stage.ears.finalMs) { [self] in
      op.words(.transcript, text: text, start: start, end: end, final: true, confidence: confidence)
      op.usage("audio_in_ms", UInt64(samples * 1000 / max(port.inRate, 1)))
      op.mark(.flushed, position: end, value: mark)
    }
  }

  func cancel(_ op: Op, reason: Reason) { op.usage("audio_in_ms", UInt64(samples * 1000 / max(port.inRate, 1))) }
}
