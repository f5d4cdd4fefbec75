// The telephony session of a call: answer, speak, keys, transfer, hang up.

import Base
import Loader
import PluginABI
import Vox

/// Who is told what happens on the line.
protocol LineOwner: AnyObject {
  func lineAnswered()
  func lineHeard(_ samples: UnsafeBufferPointer<Int16>, flags: UInt16)
  func lineKey(_ digit: Character, source: UInt16)
  func lineEnded(_ cause: LegCause)
  func lineFailed(_ error: ProviderError)
  func lineTransfer(_ outcome: JSONValue?, error: ProviderError?)
}

/// One leg. Everything happens on the call's loop.
final class Line: SessionOwner {
  /// What a line without the trait gets: two frames, as much as must not be queued beyond it.
  private static let defaultLeadMs = 40

  private(set) var session: ProviderSession?
  weak var owner: (any LineOwner)?
  weak var playout: Playout?
  private var answerOp: OpID?
  private var transferOp: OpID?
  private var isOver = false
  private(set) var leadMs = Line.defaultLeadMs
  private var captions = false

  var provider: String { session?.provider.name ?? "" }
  var rate: Int { session?.outRate ?? 8000 }

  /// Claims an offer, or makes a leg for a DIAL.
  func open(_ provider: Provider, offer: String, settings: JSONValue, context: JSONValue, on table: SessionTable) {
    session = Registry.open(
      provider, .telephony, settings: settings, context: context, offer: offer, rate: 16000, connectMs: 5000, on: table, owner: self)
  }

  /// Picks up; `lineAnswered` follows.
  func answer() { answerOp = session?.start(OpKind.answer) }

  func startSpeaking() -> OpID? { isOver ? nil : session?.start(OpKind.speak) }

  @inline(__always)
  func speak(_ op: OpID, _ samples: UnsafeBufferPointer<Int16>, position: UInt64) -> vox_status {
    session?.push(op, samples, position: position) ?? vox_status(VOX_STALE)
  }

  func finishSpeaking(_ op: OpID) { session?.finalize(op) }
  func stopSpeaking(_ op: OpID) { session?.cancel(op, reason: .bargeIn) }

  /// Shows what was recognised or said, on lines that can.
  func caption(_ text: String, speaker: String, final: Bool) {
    guard captions, !isOver else { return }
    let body = JSONValue.object(["speaker": .string(speaker), "final": .bool(final)]).text
    _ = session?.start(OpKind.caption, text: text, body: body)
  }

  /// Connects the caller to another number and leaves. `lineTransfer` follows with the outcome.
  func transfer(to number: String, timeoutMs: Int, now: Instant) {
    let body = JSONValue.object(["to": .string(number), "mode": "blind", "timeout_ms": .int(Int64(timeoutMs))]).text
    // The line has its own limit; the host's is a little later, so that the line's own answer wins.
    transferOp = session?.start(OpKind.transfer, body: body, deadline: now.advanced(byMs: timeoutMs + 2000))
    if transferOp == nil {
      owner?.lineTransfer(nil, error: ProviderError(.unavailable, "the line cannot transfer", code: "no_transfer"))
    }
  }

  func hangUp(_ reason: Reason) {
    isOver = true
    session?.close(reason)
  }

  // MARK: From the provider

  func sessionReady(_ session: ProviderSession) {
    leadMs = min(max(session.traits.int("lead_ms") ?? Self.defaultLeadMs, 0), 200)
    captions = session.traits.bool("captions")
    // A line that cannot clear its buffer must not be given more than can be taken back by waiting.
    if !session.traits.bool("clear") { leadMs = min(leadMs, Self.defaultLeadMs) }
    answer()
  }

  func session(_ session: ProviderSession, failed error: ProviderError) {
    guard !isOver else { return }
    isOver = true
    owner?.lineFailed(error)
  }

  func session(_ session: ProviderSession, event: ProviderEvent) {
    guard !isOver else { return }
    switch event.kind {
    case .lineAudio:
      guard let audio = event.audio else { return }
      owner?.lineHeard(UnsafeBufferPointer(start: audio.samples, count: Int(audio.count)), flags: audio.flags)
    case .played: if let op = event.op, let mark = event.mark { playout?.linePlayed(op, position: mark.position) }
    case .resume: playout?.lineResumed()
    case .dtmf:
      if let dtmf = event.dtmf, let scalar = Unicode.Scalar(dtmf.digit) { owner?.lineKey(Character(scalar), source: dtmf.source) }
    case .leg:
      if let leg = event.leg, leg.state == UInt16(VOX_LEG_ENDED) { ended(LegCause(abi: leg.cause)) }
    case .completed, .failed, .cancelled: opEnded(event)
    default: break
    }
  }

  private func ended(_ cause: LegCause) {
    isOver = true
    owner?.lineEnded(cause)
  }

  private func opEnded(_ event: ProviderEvent) {
    guard let op = event.op else { return }
    let result = event.kind == .completed ? try? event.text?.text.json() : nil
    if op == answerOp {
      answerOp = nil
      if event.kind == .completed { owner?.lineAnswered() } else { owner?.lineFailed(failure(event)) }
    } else if op == transferOp {
      transferOp = nil
      owner?.lineTransfer(result, error: event.kind == .completed ? nil : failure(event))
    } else {
      let position: UInt64? =
        switch event.kind {
        case .completed: result?["played"]?.int.map { UInt64(max($0, 0)) }
        case .cancelled: event.flags & ProviderSession.madeUpFlag != 0 ? nil : event.mark?.position
        default: nil
        }
      playout?.lineSpeakEnded(op, completed: event.kind == .completed, position: position)
    }
  }

  private func failure(_ event: ProviderEvent) -> ProviderError {
    event.error ?? ProviderError(.unavailable, "the line did not do what it was asked", code: "op_cancelled")
  }
}
