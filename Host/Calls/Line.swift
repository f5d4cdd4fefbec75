// The telephony session of a call: answer, speak, keys, transfer, hang up.

import Base
import Journal
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
  /// What the leg as a whole consumed.
  func lineAttempt(_ attempt: Attempt)
  /// The session is gone, after `hangUp`.
  func lineClosed()
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
  /// The line says how much of the agent's speech was heard; otherwise the host goes by its own clock.
  private(set) var tellsPlayed = false
  private var captions = false
  private var attempt: Attempt?

  var provider: String { session?.provider.name ?? "" }
  var rate: Int { session?.outRate ?? 8000 }
  /// Nothing is left of the session.
  var isClosed: Bool { session?.isOver ?? true }

  /// Claims an offer, or makes a leg for a DIAL, at the rate of the call's playout.
  func open(_ provider: Provider, offer: String, settings: JSONValue, context: JSONValue, on table: SessionTable) {
    attempt = Attempt(.telephony, provider.name, "leg", turn: 0, price: provider.declared.price, startedAt: table.loop.now)
    session = Registry.open(
      provider, .telephony, settings: settings, context: context, offer: offer, rate: playout?.rate ?? 16_000, connectMs: 5000, on: table,
      owner: self)
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
    tellsPlayed = ["exact", "estimate"].contains(session.traits.string("played"))
    // A line that cannot clear its buffer must not be given more than can be taken back by waiting.
    if !session.traits.bool("clear") { leadMs = min(leadMs, Self.defaultLeadMs) }
    answer()
  }

  func session(_ session: ProviderSession, failed error: ProviderError) {
    endAttempt(.lost, error, at: session.loop.now)
    guard !isOver else { return owner?.lineClosed() ?? () }
    isOver = true
    owner?.lineFailed(error)
  }

  func sessionClosed(_ session: ProviderSession) {
    endAttempt(.won, nil, at: session.loop.now)
    owner?.lineClosed()
  }

  private func endAttempt(_ outcome: Fact.Attempt.Outcome, _ error: ProviderError?, at now: Instant) {
    if let attempt { owner?.lineAttempt(attempt.ended(outcome, error, at: now)) }
    attempt = nil
  }

  func session(_ session: ProviderSession, event: ProviderEvent) {
    if event.kind == .usage, let usage = event.usage { attempt?.note(usage) }
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
    } else if event.kind == .failed {
      // A line that cannot play the agent's voice is broken; of a caption that failed nobody need know.
      guard playout?.isSpeaking(op) == true else { return }
      isOver = true
      owner?.lineFailed(failure(event))
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
    session?.failure(event) ?? ProviderError(.unavailable, "the line did not do what it was asked", code: "op_cancelled")
  }
}
