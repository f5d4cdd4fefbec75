// The host's side of a call: ops in, one call behind them.

import PluginABI
import PluginKit
import Sound
import Vox
import WavCaller

/// A session. The call may outlive it: a transferred caller talks on without the host.
final class WavLine: Session {
  private let port: SessionPort
  private var call: WavCall?
  private let makeCall: (CallPlan) -> WavCall?
  private let leg: (String) -> LoadedLeg?

  /// The line of an inbound call.
  convenience init(_ port: SessionPort, _ call: WavCall) {
    self.init(port, makeCall: { _ in nil }, leg: { _ in nil })
    self.call = call
  }

  /// A line to dial on.
  init(_ port: SessionPort, makeCall: @escaping (CallPlan) -> WavCall?, leg: @escaping (String) -> LoadedLeg?) {
    self.port = port
    self.makeCall = makeCall
    self.leg = leg
  }

  func start(_ op: Op, _ request: Request) throws {
    if request.kind == OpKind.warm || request.kind == OpKind.probe { return op.completed() }
    if request.kind == OpKind.dial, call == nil { return try dial(op, request) }
    guard let call else { throw ProviderError(.invalid, "There is no call on this line.", code: "no_call") }
    try call.locked { try start(op, request, call) }
  }

  /// Checked when the call is connected and not before, because a call can be refused whatever its rate.
  private func checkRate(_ line: UInt32) throws {
    for rate in [port.inRate, port.outRate] where rate != 0 && rate != Int(line) {
      throw ProviderError(.invalid, "This line runs at \(line) Hz, not at \(rate).", scope: .session, code: "rate")
    }
  }

  private func dial(_ op: Op, _ request: Request) throws {
    let number = request.body["to"]?.string ?? ""
    let leg = leg(number)
    if let leg { try checkRate(leg.plan.line.rate) }
    guard let leg, let call = makeCall(leg.plan), call.claim(port) else {
      return op.completed(["outcome": "unreachable"])
    }
    self.call = call
    call.locked { _ = call.ring(number, op, timeoutMs: request.body["timeout_ms"]?.int ?? 0, isTransfer: false) }
    call.clock.add(call)
  }

  /// Under the call's lock.
  private func start(_ op: Op, _ request: Request, _ call: WavCall) throws {
    switch request.kind {
    case OpKind.ring, OpKind.caption: op.completed()
    case OpKind.answer:
      guard call.phase == .ringing else { throw ProviderError(.invalid, "The caller is gone.", code: "caller_gone") }
      try checkRate(call.plan.line.rate)
      call.connect()
      op.completed(["rate": .int(Int64(call.plan.line.rate))])
    case OpKind.reject:
      call.end(request.body["cause"]?.string == "busy" ? .busy : .declined, by: "agent")
      op.completed()
    case OpKind.speak:
      guard call.phase == .talking else { throw ProviderError(.invalid, "There is nobody to speak to.", code: "not_in_call") }
      call.playout.begin(op)
    case OpKind.sendDTMF:
      guard call.phase == .talking else { throw ProviderError(.invalid, "There is nobody to hear keys.", code: "not_in_call") }
      call.playout.begin(op, tones: try tones(request.body, rate: call.plan.line.rate))
    case OpKind.transfer:
      let number = request.body["to"]?.string ?? ""
      let isRinging =
        call.phase == .talking && call.ring(number, op, timeoutMs: request.body["timeout_ms"]?.int ?? 0, isTransfer: true)
      if !isRinging { op.completed(["outcome": "unreachable", "caller_kept": true]) }
    case OpKind.hold, OpKind.unhold:
      call.isHeld = request.kind == OpKind.hold
      op.completed()
    default: throw ProviderError(.invalid, "A line does not know op kind \(request.kind).", code: "unknown_op")
    }
  }

  private func tones(_ body: JSONValue, rate: UInt32) throws -> [Int16] {
    func ms(_ name: String) -> Int { min(max(body[name]?.int ?? 100, 40), 1_000) }
    do {
      return try DTMF.tones(
        String((body["digits"]?.string ?? "").prefix(64)), sampleRate: rate, toneMs: ms("tone_ms"), gapMs: ms("gap_ms"))
    } catch {
      throw ProviderError(.invalid, error.description, code: "bad_digits")
    }
  }

  func push(_ audio: AudioIn, to op: Op) -> PushResult {
    guard let call else { return .stale }
    guard audio.rate == Int(call.plan.line.rate) else { return .invalid }
    return call.locked { call.playout.push(audio.samples, to: op) }
  }

  func finalize(_ op: Op, mark: UInt64) {
    guard let call, mark == 0 else { return }
    call.locked { call.playout.finalize(op) }
  }

  func cancel(_ op: Op, reason: Reason) {
    guard let call else { return }
    call.locked {
      call.playout.cancel(op)
      if call.ringing?.op === op { call.ringing = nil }
    }
  }

  func close(_ port: SessionPort, reason: Reason) {
    if let call { call.close() } else { port.closed() }
  }
}
