// A provider, and an account of it, as the host holds them.

import PluginABI
import Vox

/// A created provider. Everything of it is called by the thread of the case.
final class OpenProvider {
  let bench: Bench
  let host: ValidatingHost
  private let table: Library.Table
  private let raw: UnsafeMutableRawPointer?
  private var owners: [vox_handle: (UnsafePointer<vox_event>) -> Void] = [:]

  init(bench: Bench, table: Library.Table, host: ValidatingHost) throws {
    self.bench = bench
    self.host = host
    self.table = table
    var made: UnsafeMutableRawPointer?
    host.setProviderCall(true)
    let status = bench.lender.lend { loan in
      table.pointee.create?(host.table, loan.place(loan.view(bench.settings.text)), &made) ?? vox_status(VOX_INTERNAL)
    }
    host.setProviderCall(false)
    guard status == vox_status(VOX_OK) else {
      let why = host.logged.last.map { "and says: \($0)" } ?? "and logs no reason"
      throw Breach(.creates, "create answers \(status) to the settings \(bench.settings.text) \(why)")
    }
    raw = made
  }

  /// Makes a call with the tag [provider].
  func providerCall<R>(_ body: () -> R) -> R {
    host.setProviderCall(true)
    defer { host.setProviderCall(false) }
    return body()
  }

  func adopt(_ owner: vox_handle, _ deliver: @escaping (UnsafePointer<vox_event>) -> Void) { owners[owner] = deliver }
  func forget(_ owner: vox_handle) { owners[owner] = nil }

  /// Delivers what services have sent, and timers as they come due, until `done` holds; false when it still did not after `ms`.
  @discardableResult
  func run(forMs ms: Int, until done: () -> Bool = { false }) -> Bool {
    let deadline = monotonicNow() + UInt64(ms) * 1_000_000
    while true {
      let seen = host.activityCount
      for mail in host.takeMail() { deliver(mail) }
      for timer in host.dueTimers() { deliverTimer(timer) }
      if done() { return true }
      if monotonicNow() >= deadline { return false }
      host.wait(after: seen, until: deadline)
    }
  }

  private func deliver(_ mail: ValidatingHost.Mail) {
    switch mail {
    case .settled(let work): work()
    case .event(let event):
      guard let deliver = owners[event.target] else { return }
      bench.lender.lend { loan in
        let memory = loan.bytes(event.bytes)
        event.copy(memory)
        deliver(UnsafePointer(memory.assumingMemoryBound(to: vox_event.self)))
      }
    }
  }

  private func deliverTimer(_ timer: ValidatingHost.Timer) {
    guard let deliver = owners[timer.owner] else { return }
    bench.lender.lend { loan in
      var event = vox_ev_mark()
      event.h = Layout.head(vox_ev_mark.self, .timer, target: timer.owner)
      event.value = timer.token
      UnsafeMutableRawPointer(loan.place(event)).withMemoryRebound(to: vox_event.self, capacity: 1) { deliver($0) }
    }
  }

  /// Opens the account with the settings and secrets of the bench, and waits for its state.
  func openAccount() throws -> OpenAccount {
    let given = bench.supplies.secrets
    let secrets = given.isEmpty ? try bench.manifest().secrets.map { ($0, "stand-in") } : given.map { ($0, $1) }
    return try OpenAccount(self, table, raw, secrets: secrets, areReal: !given.isEmpty)
  }

  func destroy() {
    providerCall { table.pointee.destroy?(raw) }
    host.leave()
  }
}

/// An opened account.
final class OpenAccount {
  let provider: OpenProvider
  let handle: vox_handle
  private let table: Library.Table
  private let raw: UnsafeMutableRawPointer?

  /// How long an account may take to say how it is.
  private static let stateMs = 5_000

  init(
    _ provider: OpenProvider, _ table: Library.Table, _ raw: UnsafeMutableRawPointer?, secrets: [(name: String, value: String)],
    areReal: Bool
  ) throws {
    self.provider = provider
    self.table = table
    let host = provider.host
    let handle = host.openAccount()
    self.handle = handle
    var made: UnsafeMutableRawPointer?
    let status = provider.providerCall {
      provider.bench.lender.lend { loan in
        let conf = vox_account_conf(
          struct_size: UInt32(MemoryLayout<vox_account_conf>.size), npairs: 0, id: loan.view("conformance"),
          settings: loan.view(provider.bench.settings.text), routes_base: loan.view("/conformance/0/"),
          nsecrets: UInt32(secrets.count), nstate: 0, secrets: loan.pairs(secrets), state: nil)
        return table.pointee.open_account?(raw, handle, loan.place(conf), &made) ?? vox_status(VOX_INTERNAL)
      }
    }
    self.raw = made
    guard status == vox_status(VOX_OK) else {
      throw Breach(.accountOpens, "open_account answers \(status) \(host.logged.last.map { "and says: \($0)" } ?? "")")
    }
    let deliver = table.pointee.deliver
    provider.adopt(handle) { event in _ = provider.providerCall { deliver?(made, event) } }
    let answered = provider.run(forMs: Self.stateMs) { host.events(ofAccount: handle).contains { $0.kind == .accountState } }
    guard answered else { throw Breach(.accountOpens, "no ACCOUNT_STATE came within \(Self.stateMs / 1000) s") }
    try check(lacksSecrets: !secrets.isEmpty && !areReal)
  }

  private func check(lacksSecrets: Bool) throws {
    guard
      case .account(let state, _, let error)? = provider.host.events(ofAccount: handle).last(where: { $0.kind == .accountState })?.payload
    else { return }
    let why = error?.message ?? "no error given"
    switch Int(state) {
    case VOX_ACCOUNT_READY, VOX_ACCOUNT_DEGRADED: return
    case VOX_ACCOUNT_NEEDS_AUTHORIZATION: throw NotApplicable("the account needs an authorization that nobody can give here")
    case VOX_ACCOUNT_FAILED where lacksSecrets: throw NotApplicable("the account does not work without its real secrets: \(why)")
    case VOX_ACCOUNT_FAILED: throw Breach(.accountOpens, "the account failed: \(why)")
    default: throw Breach(.accountOpens, "the account says state \(state), which is none of the four")
    }
  }

  /// The JSON of the offers that came so far.
  var offers: [JSONValue] { provider.host.events(ofAccount: handle).filter { $0.kind == .offer }.map(\.json) }

  /// Opens a session and waits until it is ready.
  func openSession(_ role: Role, offer: String = "", rate: UInt32? = nil) throws -> OpenSession {
    try OpenSession(self, raw, role, offer: offer, rate: rate)
  }

  /// Opens a session with what `change` makes of a right request; answers the status and whether READY came.
  func tryOpen(_ role: Role, _ change: (inout vox_open) -> Void) throws -> (status: vox_status, session: OpenSession?) {
    try OpenSession.tryOpen(self, raw, role, change)
  }

  func close() {
    provider.providerCall { table.pointee.close_account?(raw) }
    provider.forget(handle)
    provider.host.forget(account: handle)
  }
}
