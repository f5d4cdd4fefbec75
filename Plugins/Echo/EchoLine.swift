// Telephony: a far party that picks up at once and repeats, one second later, whatever it hears.

import PluginABI
import PluginKit
import Vox

/// One outbound call. Its clock is a timer of the host every 20 ms, each set for an absolute moment, so that it never drifts.
final class EchoLine: Session {
  private static let frameNs: UInt64 = 20_000_000

  private let port: SessionPort
  private let rate: Int
  private let frame: Int
  private var nextTick: UInt64 = 0
  private var said: UInt64 = 0
  /// The last second of what the far party heard; `at` is the oldest sample, which it says next.
  private var memory: [Int16]
  private var at = 0
  private var speech: Speech?

  /// The agent's speech that is being played.
  private struct Speech {
    let op: Op
    var waiting: [Int16] = []
    var played: UInt64 = 0
    var isWhole = false
    var wasRefused = false
  }

  init(_ port: SessionPort) {
    self.port = port
    rate = port.outRate == 0 ? 16_000 : port.outRate
    frame = rate / 50
    memory = [Int16](repeating: 0, count: rate)
  }

  func start(_ op: Op, _ request: Request) throws {
    switch request.kind {
    case OpKind.dial:
      guard nextTick == 0 else { throw ProviderError(.invalid, "This line is already in a call.", code: "busy_line") }
      port.answered()
      op.completed(["outcome": "answered"])
      nextTick = port.host.now + Self.frameNs
      port.timer(token: 0, at: nextTick)
    case OpKind.speak:
      guard speech == nil else { throw ProviderError(.invalid, "This line plays one speech at a time.", code: "busy_line") }
      speech = Speech(op: op)
    case OpKind.sendDTMF:
      for digit in request.body["digits"]?.string ?? "" { port.dtmf(digit, source: VOX_DTMF_EVENT) }
      op.completed()
    case OpKind.hold, OpKind.unhold, OpKind.caption: op.completed()
    default: throw unknown(request)
    }
  }

  /// The host sends at most `lead_ms` ahead; 200 ms of room is more than that, and bounds what a hasty host can leave here.
  func push(_ audio: AudioIn, to op: Op) -> PushResult {
    guard speech?.op === op else { return .stale }
    guard speech?.waiting.count ?? 0 <= rate / 5 else {
      speech?.wasRefused = true
      return .wouldBlock
    }
    speech?.waiting.append(contentsOf: audio.samples)
    return .ok
  }

  func finalize(_ op: Op, mark: UInt64) {
    if speech?.op === op, mark == 0 { speech?.isWhole = true }
  }

  func cancel(_ op: Op, reason: Reason) {
    guard let speech, speech.op === op else { return }
    op.cancelled(position: speech.played)
    self.speech = nil
  }

  /// 20 ms of the call: the far party says what it heard a second ago, and hears what the agent says now.
  func timer(token: UInt64) {
    let slot = at..<(at + frame)
    memory[slot].withUnsafeBufferPointer { _ = port.lineAudio($0, rate: rate, position: said) }
    said += UInt64(frame)

    let count = min(frame, speech?.waiting.count ?? 0)
    for i in 0..<frame { memory[at + i] = i < count ? speech?.waiting[i] ?? 0 : 0 }
    at = (at + frame) % memory.count
    if count > 0 { played(count) }
    if let whole = speech, whole.isWhole, whole.waiting.isEmpty {
      whole.op.completed(["played": .int(Int64(whole.played))])
      speech = nil
    }
    nextTick += Self.frameNs
    port.timer(token: 0, at: nextTick)
  }

  func close(_ port: SessionPort, reason: Reason) {
    port.timer(token: 0, at: 0)
    port.closed()
  }

  /// Tells how much of the speech was heard, at least every 200 ms.
  private func played(_ count: Int) {
    guard var now = speech else { return }
    now.waiting.removeFirst(count)
    now.played += UInt64(count)
    let every = UInt64(rate / 5)
    if now.played % every < UInt64(count) {
      now.op.mark(.played, position: now.played, flags: UInt16(VOX_PLAYED_EXACT))
    }
    if now.wasRefused {
      now.wasRefused = false
      now.op.resume()
    }
    speech = now
  }
}
