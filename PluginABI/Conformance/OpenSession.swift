// A session as the host holds it: its verbs, with everything they lend.

import PluginABI
import Vox

/// An opened session. Its verbs are called one at a time.
final class OpenSession {
  let account: OpenAccount
  let role: Role
  let handle: vox_handle
  /// Hz of its audio.
  let rate: UInt32
  private let table: UnsafePointer<vox_session_v0>
  private var ctx: UnsafeMutableRawPointer?

  var provider: OpenProvider { account.provider }
  var bench: Bench { account.provider.bench }
  var host: ValidatingHost { account.provider.host }

  /// How long READY may take: models are loaded meanwhile.
  private static let patienceMs = 5_000
  /// How long CLOSED may take.
  private static let closeMs = 3_000
  private var isMute = false

  private init(_ account: OpenAccount, _ role: Role, rate: UInt32?) throws {
    self.account = account
    self.role = role
    table = try account.provider.bench.sessionTable(role)
    self.rate = try rate ?? account.provider.bench.manifest().rates(role)[0]
    handle = account.provider.host.newSession(role)
  }

  convenience init(_ account: OpenAccount, _ acct: UnsafeMutableRawPointer?, _ role: Role, offer: String, rate: UInt32?) throws {
    try self.init(account, role, rate: rate)
    let status = open(acct, offer: offer) { _ in }
    let state = host.session(handle)
    if status == vox_status(VOX_OK), state.ready { return }
    let why = state.failure?.description ?? host.logged.last ?? "it gives no reason"
    if status == vox_status(VOX_OK) { destroy() }
    if role == .telephony, offer.isEmpty, status != vox_status(VOX_OK) || state.failure != nil {
      throw NotApplicable("it opens no line without an offer: \(why)")
    }
    if status != vox_status(VOX_OK) { throw Breach(.sessionOpens, "\(role.name): open answers \(status): \(why)") }
    throw Breach(
      .sessionOpens,
      state.failure == nil ? "\(role.name): no READY came within \(Self.patienceMs / 1000) s" : "\(role.name): the session failed: \(why)")
  }

  static func tryOpen(
    _ account: OpenAccount, _ acct: UnsafeMutableRawPointer?, _ role: Role, _ change: (inout vox_open) -> Void
  ) throws -> (status: vox_status, session: OpenSession?) {
    let session = try OpenSession(account, role, rate: nil)
    let status = session.open(acct, offer: "", change)
    if status == vox_status(VOX_OK), session.host.session(session.handle).ready { return (status, session) }
    if status == vox_status(VOX_OK) { session.destroy() }
    return (status, nil)
  }

  private func open(_ acct: UnsafeMutableRawPointer?, offer: String, _ change: (inout vox_open) -> Void) -> vox_status {
    let context: JSONValue = [
      "call": "c_conformance", "tenant": "t_conformance", "agent": "conformance", "direction": "in", "language": "en-US",
      "region": "local",
    ]
    var made: UnsafeMutableRawPointer?
    let status = provider.providerCall {
      bench.lender.lend { loan in
        var open = vox_open(
          struct_size: UInt32(MemoryLayout<vox_open>.size), flags: 0, zero: 0, settings: loan.view(bench.settings.text),
          context: loan.view(context.text), offer: loan.view(offer), in_rate: role == .stt || role == .telephony ? rate : 0,
          out_rate: role == .tts || role == .telephony ? rate : 0, deadline: monotonicNow() + UInt64(Self.patienceMs) * 1_000_000)
        change(&open)
        return table.pointee.open?(acct, handle, loan.place(open), &made) ?? vox_status(VOX_INTERNAL)
      }
    }
    ctx = made
    guard status == vox_status(VOX_OK) else { return status }
    let deliver = table.pointee.deliver
    provider.adopt(handle) { [bench] event in _ = bench.sessionCall { deliver?(made, event) } }
    provider.run(forMs: Self.patienceMs) { host.session(handle).ready || host.session(handle).failure != nil }
    return status
  }

  // MARK: Verbs

  /// Begins an op; answers its handle and the status of the call.
  func start(_ work: Work, _ change: (inout vox_request) -> Void = { _ in }) -> (op: vox_handle, status: vox_status) {
    let op = host.newOp(handle, OpAudit(role: role, kind: work.kind, text: work.text, rate: rate))
    let status = bench.lender.lend { loan in
      var request = vox_request(
        struct_size: UInt32(MemoryLayout<vox_request>.size), kind: work.kind, flags: work.flags,
        deadline: monotonicNow() + UInt64(work.deadlineMs) * 1_000_000, stream: 0, zero: 0, text: loan.view(work.text),
        body: loan.view(work.body.text), idempotency_key: loan.view("conformance-\(op)"))
      change(&request)
      let lent = loan.place(request)
      return bench.sessionCall { [table, ctx] in table.pointee.start?(ctx, op, lent) ?? vox_status(VOX_INTERNAL) }
    }
    if status != vox_status(VOX_OK) {
      // Means the same as FAILED, so that is all there may be.
      if host.op(op)?.terminal != nil { bench.note(.terminalOnce, "\(role.name): start emits a terminal event and answers \(status)") }
      host.update(op) { $0.neverBegan = true }
    }
    return (op, status)
  }

  func push(_ op: vox_handle, _ samples: ArraySlice<Int16>, at position: UInt64) -> vox_status {
    bench.lender.lend { loan in
      let lent = loan.place(
        vox_audio(
          struct_size: UInt32(MemoryLayout<vox_audio>.size), flags: 0, stream: 0, rate: rate, count: UInt32(samples.count),
          position: position, samples: loan.samples(samples)))
      // Counted before the call, because the plugin may speak of these samples inside it.
      host.update(op) { $0.audit.pushed = position + UInt64(samples.count) }
      let status = bench.sessionCall { [table, ctx] in table.pointee.push_audio?(ctx, op, lent) ?? vox_status(VOX_UNSUPPORTED) }
      if status != vox_status(VOX_OK) { host.update(op) { $0.audit.pushed = position } }
      return status
    }
  }

  func push(_ op: vox_handle, _ text: String) -> vox_status {
    bench.lender.lend { loan in
      let lent = loan.place(loan.view(text))
      // Before the call, because the plugin may speak of these words inside it.
      host.update(op) { $0.audit.grow(text) }
      return bench.sessionCall { [table, ctx] in table.pointee.push_bytes?(ctx, op, lent) ?? vox_status(VOX_UNSUPPORTED) }
    }
  }

  @discardableResult
  func finalize(_ op: vox_handle, mark: UInt64) -> vox_status {
    if mark > 0 { host.update(op) { $0.audit.marks.insert(mark) } }
    return bench.sessionCall { [table, ctx] in table.pointee.finalize?(ctx, op, mark) ?? vox_status(VOX_UNSUPPORTED) }
  }

  /// The host lets go of the op first, so that output after this is answered STALE.
  @discardableResult
  func cancel(_ op: vox_handle, reason: UInt16 = UInt16(VOX_REASON_BARGE_IN)) -> vox_status {
    host.update(op) { $0.cancelled = true }
    return bench.sessionCall { [table, ctx] in table.pointee.cancel?(ctx, op, reason) ?? vox_status(VOX_INTERNAL) }
  }

  /// Room again for an op whose output was refused.
  func resume(_ op: vox_handle) {
    host.update(op) { $0.resumeOwed = false }
    deliver(.resume, op: op)
  }

  func deliver(_ kind: EventKind, op: vox_handle = 0) {
    bench.lender.lend { loan in
      let event = loan.place(Layout.head(vox_event.self, kind, target: handle, op: op))
      _ = bench.sessionCall { [table, ctx] in table.pointee.deliver?(ctx, event) }
    }
  }

  func close(reason: UInt16 = UInt16(VOX_REASON_HANG_UP)) {
    let deadline = monotonicNow() + UInt64(Self.closeMs) * 1_000_000
    _ = bench.sessionCall { [table, ctx] in table.pointee.close?(ctx, reason, deadline) }
  }

  /// Waits for CLOSED; in vain once at most.
  func waitForClosed() -> Bool {
    let closed = provider.run(forMs: isMute ? 0 : Self.closeMs) { host.session(handle).closed }
    isMute = !closed
    return closed
  }

  func destroy() {
    provider.providerCall { table.pointee.destroy?(ctx) }
    provider.forget(handle)
    host.forget(session: handle)
  }

  /// Closes, waits and destroys, as the host does with every session.
  func end() {
    close()
    if !waitForClosed() { bench.note(.closes, "\(role.name): no CLOSED came within \(Self.closeMs / 1000) s") }
    destroy()
  }
}
