// A voice of the puppet: word-coded sound, as fast and as faulty as the script wants it.

import PluginKit
import Vox
import PluginABI

final class PuppetVoice: PuppetSession, Session {
  private final class Saying {
    let op: Op
    var text: String
    let number: Int
    var samples: [Int16]
    /// More of the text may come.
    var isGrowing = false
    /// Words whose times were told.
    var told = 0
    /// Breaks off after so many samples.
    let cutAt: Int?
    var at = 0
    var isReady = false
    var isBlocked = false

    init(_ op: Op, _ text: String, _ number: Int, _ samples: [Int16], cutAt: Int?) {
      self.cutAt = cutAt
      self.op = op
      self.text = text
      self.number = number
      self.samples = samples
    }
  }

  /// One after the other: the sound of a piece comes whole before that of the next.
  private var sayings: [Saying] = []
  private var isWaiting = false

  func start(_ op: Op, _ request: Request) throws {
    stage.sayings.append(request.text)
    stage.marked.append(request.body["ssml"]?.bool == true)
    let number = stage.sayings.count
    stage.spokenBy.append(name)
    let fault = stage.voiceFaults[name] ?? stage.voice.faults[number]
    switch fault {
    case .throwing: throw ProviderError(.invalid, "cannot say that", code: "bad_text")
    case .failing(let ms): return after(ms) { op.failed(ProviderError(.unavailable, "the voice broke")) }
    case .refusing(let error): return op.failed(error)
    case .mute: return
    case .cut, .empty, .withoutEnd, .lateSound, nil: break
    }
    let samples = if case .empty = fault { [Int16]() } else { WordSound.agent(request.text, rate: port.outRate, stage.codes) }
    let saying = Saying(op, request.text, number, samples, cutAt: fault?.cutAtMs.map { port.outRate * $0 / 1000 })
    saying.isGrowing = request.grows
    sayings.append(saying)
    after(stage.voice.firstByteMs) { [self] in
      saying.isReady = true
      pump()
    }
  }

  func push(_ text: String, to op: Op) -> PushResult {
    guard let saying = sayings.first(where: { $0.op === op }) else { return .ok }
    stage.sayings[saying.number - 1] += text
    saying.text += text
    saying.samples += WordSound.agent(text, rate: port.outRate, stage.codes)
    after(0) { [self] in pump() }
    return .ok
  }

  func finalize(_ op: Op, mark: UInt64) {
    guard let saying = sayings.first(where: { $0.op === op }) else { return }
    saying.isGrowing = false
    after(0) { [self] in pump() }
  }

  /// Sends what is ready, 100 ms at a time.
  private func pump() {
    while !isWaiting, let saying = sayings.first, saying.isReady, !saying.isBlocked {
      if saying.op.isOver { sayings.removeFirst(); continue }
      if stage.voice.wordTimes { sendWords(saying) }
      if saying.isGrowing, saying.at == saying.samples.count { return }
      let end = min(saying.at + port.outRate / 10, saying.samples.count, saying.cutAt ?? .max)
      let result = saying.samples[saying.at..<end].withUnsafeBufferPointer {
        saying.op.audio($0, rate: port.outRate, position: UInt64(saying.at))
      }
      guard result == .ok else {
        if result == .wouldBlock { stage.blocked += 1; saying.isBlocked = true } else { sayings.removeFirst() }
        continue
      }
      saying.at = end
      if end == saying.cutAt {
        sayings.removeAll()
        saying.op.failed(ProviderError(.unavailable, "the voice broke off"))
        return
      }
      if end == saying.samples.count, !saying.isGrowing { finish(saying) }
      if stage.voice.speedPermille > 0 {
        isWaiting = true
        after(100 * 1000 / stage.voice.speedPermille) { [self] in
          isWaiting = false
          pump()
        }
      }
    }
  }

  private func finish(_ saying: Saying) {
    sayings.removeFirst()
    saying.op.usage("characters", UInt64(saying.text.count))
    if case .withoutEnd = stage.voice.faults[saying.number] { return }
    saying.op.completed(["samples": .int(Int64(saying.samples.count))])
    if case .lateSound = stage.voice.faults[saying.number] {
      after(50) { [self] in
        let result = saying.samples[0..<80].withUnsafeBufferPointer { saying.op.audio($0, rate: port.outRate, position: 0) }
        stage.lateAnswers.append("\(result)")
      }
    }
  }

  private func sendWords(_ saying: Saying) {
    var words: [vox_word] = []
    var at = 0
    let length = port.outRate * WordSound.wordMs / 1000
    let sounding = port.outRate * WordSound.soundMs / 1000
    for (i, word) in saying.text.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
      defer { at += word.utf8.count + 1 }
      guard i >= saying.told else { continue }
      words.append(
        vox_word(
          start: UInt64(i * length), end: UInt64(i * length + sounding), text_at: UInt32(at), text_len: UInt32(word.utf8.count),
          confidence: 0,
          speaker: 0, flags: 0, zero: 0))
    }
    guard !words.isEmpty else { return }
    saying.told += words.count
    saying.op.words(.ttsWords, text: saying.text, start: 0, end: UInt64(saying.samples.count), words: words)
  }

  func resume(_ op: Op?) {
    stage.resumed += 1
    for saying in sayings where op == nil || saying.op === op { saying.isBlocked = false }
    pump()
  }

  func cancel(_ op: Op, reason: Reason) {
    if let saying = sayings.first(where: { $0.op === op }) {
      op.usage("characters", UInt64(saying.text.count))
      stage.silenced.append(saying.number)
    }
    sayings.removeAll { $0.op === op }
    after(0) { [self] in pump() }
  }
}
