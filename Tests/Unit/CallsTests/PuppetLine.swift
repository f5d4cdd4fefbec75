// A telephone line of the puppet: a clock of 20 ms, the caller's sound in, the agent's speech out.

import PluginABI
import PluginKit
import Vox

final class PuppetLine: PuppetSession, Session {
  private struct Speech {
    let op: Op
    var queue: [Int16] = []
    var taken = 0
    var isWhole = false
    var isBlocked = false
  }

  private let caller: Caller?
  private var speeches: [Speech] = []
  /// What a line that cannot clear still plays of a cancelled speech.
  private var residue: [Int16] = []
  private var begun = 0
  private var startedAt: UInt64 = 0
  private var frames = 0
  private var isOver = false
  private let rate: Int
  private var frame: Int { rate / 50 }
  /// Samples of the frame on the receiver that belong to the present speech.
  private var inFrame = 0

  override init(_ stage: Stage, _ name: String, _ port: SessionPort) {
    caller = stage.callers[port.offer]
    rate = port.outRate
    super.init(stage, name, port)
    caller?.line = self
  }

  func start(_ op: Op, _ request: Request) throws {
    switch request.kind {
    case OpKind.answer:
      after(stage.line.answerMs) { [self] in
        op.completed(["rate": .int(Int64(rate))])
        startedAt = now
        caller?.pickedUpAt = now
        tick()
      }
    case OpKind.speak:
      begun += 1
      if let error = stage.line.speakFailures[begun] { throw error }
      speeches.append(Speech(op: op))
    case OpKind.transfer:
      let outcome = stage.line.transfer.outcome
      after(stage.line.transfer.afterMs) { op.completed(outcome) }
    case OpKind.reject:
      stage.rejected.append(port.offer)
      op.completed()
    case OpKind.caption:
      caller?.captions.append("\(request.body["speaker"]?.string ?? "?"): \(request.text)")
      op.completed()
    default: throw ProviderError(.invalid, "not known")
    }
  }

  func push(_ audio: AudioIn, to op: Op) -> PushResult {
    guard let index = speeches.firstIndex(where: { $0.op === op }) else { return .stale }
    if let room = stage.line.room, speeches[index].queue.count + audio.samples.count > room {
      speeches[index].isBlocked = true
      return .wouldBlock
    }
    speeches[index].queue += Array(audio.samples)
    let queued = speeches.reduce(0) { $0 + $1.queue.count }
    if let caller { caller.mostQueued = max(caller.mostQueued, queued) }
    return .ok
  }

  func finalize(_ op: Op, mark: UInt64) {
    guard let index = speeches.firstIndex(where: { $0.op === op }) else { return }
    speeches[index].isWhole = true
  }

  func cancel(_ op: Op, reason: Reason) {
    guard let index = speeches.firstIndex(where: { $0.op === op }) else { return }
    let speech = speeches.remove(at: index)
    guard !stage.line.isMute else { return op.endsLater() }
    if stage.line.clears {
      // The frame on the receiver is cut where it is.
      let played = Int((now - startedAt) * UInt64(rate) / 1_000_000_000) - (frames - 1) * frame
      let rest = min(max(frame - played, 0), inFrame)
      caller?.unhear(frame - played)
      op.cancelled(position: UInt64(speech.taken - rest))
    } else {
      residue += speech.queue
      op.cancelled(position: UInt64(speech.taken + speech.queue.count))
    }
  }

  override func close(_ port: SessionPort, reason: Reason) {
    isOver = true
    caller?.left()
    caller?.line = nil
    port.usage("leg_ms", UInt64(frames * 20))
    super.close(port, reason: reason)
  }

  func hangUp() {
    guard !isOver else { return }
    isOver = true
    port.ended(.hangUp)
  }

  private func tick() {
    guard !isOver else { return }
    if let caller, stage.line.sendsSilence || caller.isSpeaking {
      let size = frame / stage.line.piecesPerFrame
      for piece in 0..<stage.line.piecesPerFrame {
        let far = caller.frame(size)
        _ = far.withUnsafeBufferPointer { port.lineAudio($0, rate: rate, position: UInt64(frames * frame + piece * size)) }
      }
    }
    play()
    frames += 1
    at(startedAt + UInt64(frames) * 20_000_000) { [self] in tick() }
  }

  private func play() {
    var out: [Int16] = []
    if !residue.isEmpty {
      out += residue.prefix(frame)
      residue.removeFirst(out.count)
    }
    // What was taken before has been heard by now.
    if let first = speeches.first, first.isWhole, first.queue.isEmpty, !stage.line.isMute {
      speeches.removeFirst()
      first.op.completed(["played": .int(Int64(first.taken))])
    }
    inFrame = 0
    if !speeches.isEmpty {
      if stage.line.tellsPlayed, frames % 5 == 0 {
        speeches[0].op.mark(.played, position: UInt64(speeches[0].taken), flags: UInt16(VOX_PLAYED_EXACT))
      }
      let count = min(frame - out.count, speeches[0].queue.count)
      out += speeches[0].queue.prefix(count)
      speeches[0].queue.removeFirst(count)
      speeches[0].taken += count
      inFrame = count
      if speeches[0].isBlocked, count > 0 {
        speeches[0].isBlocked = false
        speeches[0].op.resume()
      }
    }
    out += Array(repeating: 0, count: frame - out.count)
    if stage.line.keepsSound { caller?.hear(out) }
  }
}
