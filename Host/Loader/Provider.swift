// A provider at run time: a plugin configured by one file, its lane, its account, its sessions.

public import Base
public import PluginABI
import Synchronization
public import Vox

/// What an account of a provider tells the host. Called on the provider's lane.
public protocol AccountOwner: AnyObject, Sendable {
  /// An inbound call is offered: JSON as in `vox/roles/telephony.h`. Claim it by opening a session with its id.
  func provider(_ provider: Provider, offers call: JSONValue)
  func provider(_ provider: Provider, withdrawsOffer id: String)
  func provider(_ provider: Provider, accountIs state: Provider.AccountState)
  /// One line of the plugin's log, secrets already masked.
  func provider(_ provider: Provider, logs text: String, level: Int32)
}

/// One provider. It stays allocated for as long as the process lives, even after it was retired, because a plugin's thread may
/// still call the host through it.
public final class Provider: @unchecked Sendable {
  public enum AccountState: Sendable, Equatable {
    case opening, ready
    case degraded(String)
    case needsAuthorization(String)
    case failed(ProviderError)
    case closed
  }

  public let name: String
  public let library: Library
  /// The operator's settings, merged over nothing: what `create` and each session get.
  public let settings: JSONValue
  public let secrets: [String: String]
  public let publicRoutes: [String]
  /// What the operator vouches for.
  public let declared: ProviderFile.Declared
  /// How it reaches its vendor.
  public let egress: ProviderFile.Egress
  public let lane: any Lane
  let host: HostContext
  private let hostTable: UnsafeMutablePointer<vox_host_v0>
  private weak let accountOwner: (any AccountOwner)?
  private let stateBox = Mutex(AccountState.opening)
  private let traitsBox = Mutex(JSONValue.object([:]))
  private var provider: UnsafeMutableRawPointer?
  private var account: UnsafeMutableRawPointer?
  private let sessionCount = Atomic(0)
  private let retiring = Atomic(false)
  private let logBudget = Mutex(LogBudget())
  private let timers = Mutex(AccountTimers())
  /// Which provider of the host this is, counted from 1 with every load.
  public let number: Int
  public let accountHandle: vox_handle

  public var manifest: Manifest { library.manifest }
  public var accountState: AccountState { stateBox.withLock { $0 } }
  /// Sessions open now.
  public var openSessions: Int { sessionCount.load(ordering: .relaxed) }

  init(
    name: String, library: Library, settings: JSONValue, secrets: [String: String], publicRoutes: [String],
    declared: ProviderFile.Declared, egress: ProviderFile.Egress, number: Int, lane: any Lane, host: HostContext, owner: any AccountOwner
  ) {
    self.name = name
    self.library = library
    self.settings = settings
    self.secrets = secrets
    self.publicRoutes = publicRoutes
    self.declared = declared
    self.egress = egress
    self.lane = lane
    self.host = host
    accountOwner = owner
    self.number = number
    accountHandle = Handle(.account, loop: 0, slot: number, generation: 1).abi
    hostTable = .allocate(capacity: 1)
    hostTable.initialize(to: HostTable.make(abi: Library.abi.upperBound))
    hostTable.pointee.ctx = Unmanaged.passUnretained(self).toOpaque()
  }

  /// Whether its plugin has the role at all; cheaper than to ask for the traits.
  public func serves(_ role: Role) -> Bool { library.manifest.roles[role] != nil }

  /// The traits of a role: the manifest's, narrowed by the account.
  public func traits(_ role: Role) -> Traits? {
    library.manifest.roles[role].map { $0.narrowed(by: traitsBox.withLock { $0 }) }
  }

  func sessionTable(_ role: Role) -> vox_session_v0? { library.sessions[role]?.pointee }

  // MARK: Life, on the lane

  /// Makes the provider and opens its account; the state follows as an event.
  func start() {
    lane.async { [self] in
      provider = library.context
      let status = withView(settings.text) { view in
        var view = view
        return library.table.pointee.create?(hostTable, &view, &provider) ?? vox_status(VOX_INTERNAL)
      }
      guard status == vox_status(VOX_OK) else {
        // Nothing was made, whatever stands in the out-place: there is nothing to destroy.
        provider = nil
        return become(
          .failed(ProviderError(.invalid, "\(name) refused its settings; its log says why", scope: .provider, code: "create_refused")))
      }
      openAccount()
    }
  }

  private func openAccount() {
    let status = withAccountConf { conf in
      library.table.pointee.open_account?(provider, accountHandle, conf, &account) ?? vox_status(VOX_INTERNAL)
    }
    if status != vox_status(VOX_OK) {
      account = nil
      become(
        .failed(ProviderError(.invalid, "\(name) could not open its account; its log says why", scope: .account, code: "account_refused")))
    }
  }

  private func withAccountConf(_ body: (UnsafePointer<vox_account_conf>) -> vox_status) -> vox_status {
    // Names and values end to end in one buffer, so that every view is lent at once and wiped at once.
    var texts: [UInt8] = []
    let list = secrets.sorted { $0.key < $1.key }.map { (name: Array($0.key.utf8), value: Array($0.value.utf8)) }
    let items = host.stateItems(name).sorted { $0.key < $1.key }.map { (name: Array($0.key.utf8), value: $0.value) }
    for pair in list + items { texts += pair.name + pair.value }
    let status = texts.withUnsafeBufferPointer { texts in
      var at = 0
      func take(_ bytes: [UInt8]) -> vox_view {
        defer { at += bytes.count }
        return vox_view(ptr: texts.baseAddress.map { $0 + at }, len: UInt64(bytes.count))
      }
      let pairs = (list + items).map { vox_pair(name: take($0.name), value: take($0.value)) }
      return pairs.withUnsafeBufferPointer { pairs in
        withView(name) { id in
          withView(settings.text) { settings in
            withView("/providers/\(name)") { base in
              var conf = vox_account_conf(
                struct_size: UInt32(MemoryLayout<vox_account_conf>.size), npairs: 0, id: id, settings: settings,
                routes_base: base, nsecrets: UInt32(list.count), nstate: UInt32(items.count), secrets: pairs.baseAddress,
                state: pairs.baseAddress.map { $0 + list.count })
              return body(&conf)
            }
          }
        }
      }
    }
    for i in texts.indices { texts[i] = 0 }
    return status
  }

  /// It takes no new sessions, because it is being replaced or removed; those it has go on to their end.
  public var isRetiring: Bool { retiring.load(ordering: .relaxed) }

  /// No new sessions from now on, and no new offers.
  public func retire() {
    retiring.store(true, ordering: .relaxed)
    drain()
  }

  /// Tells the account to offer nothing new.
  public func drain() {
    lane.async { [self] in
      var event = Layout.head(vox_event.self, .drain, target: accountHandle)
      if let account { _ = library.table.pointee.deliver?(account, &event) }
    }
  }

  /// A session that is closing needs a second at most.
  private static let stopGraceMs = 2000

  /// Closes the account and frees the provider once its sessions are gone. Where some do not go, both are left as they are: a
  /// plugin's account is never freed under a session.
  public func stop(then done: @escaping @Sendable () -> Void = {}) {
    let deadline = host.clock.now.advanced(byMs: Self.stopGraceMs)
    lane.async { [self] in stop(by: deadline, then: done) }
  }

  private func stop(by deadline: Instant, then done: @escaping @Sendable () -> Void) {
    let now = host.clock.now
    if openSessions > 0, now < deadline { return lane.at(now.advanced(byMs: 10)) { [self] in stop(by: deadline, then: done) } }
    if openSessions == 0 {
      if let account { library.table.pointee.close_account?(account) }
      account = nil
      if let provider { library.table.pointee.destroy?(provider) }
      provider = nil
    }
    become(.closed)
    done()
    lane.stop()
  }

  // MARK: Sessions

  /// Opens on the lane, answers on the session's loop.
  func openSession(_ session: ProviderSession, handle: vox_handle, _ opening: SessionOpening) {
    sessionCount.add(1, ordering: .relaxed)
    let role = session.role
    let loop = Handle(abi: handle).loop
    lane.async { [self] in
      var context: UnsafeMutableRawPointer?
      let status = openOnLane(role, handle, opening, &context)
      if status != vox_status(VOX_OK) { sessionCount.subtract(1, ordering: .relaxed) }
      nonisolated(unsafe) let made = context
      host.table(loop)?.loop.submit { session.opened(status, made) }
    }
  }

  private func openOnLane(
    _ role: Role, _ handle: vox_handle, _ opening: SessionOpening, _ context: inout UnsafeMutableRawPointer?
  ) -> vox_status {
    guard let account else { return vox_status(VOX_INTERNAL) }
    return withView(opening.settings) { settings in
      withView(opening.context) { callContext in
        withView(opening.offer) { offer in
          var open = vox_open(
            struct_size: UInt32(MemoryLayout<vox_open>.size), flags: opening.flags, zero: 0, settings: settings,
            context: callContext, offer: offer, in_rate: UInt32(clamping: opening.inRate),
            out_rate: UInt32(clamping: opening.outRate), deadline: opening.deadline)
          return sessionTable(role)?.open?(account, handle, &open, &context) ?? vox_status(VOX_UNSUPPORTED)
        }
      }
    }
  }

  func destroySession(_ role: Role, _ context: UnsafeMutableRawPointer) {
    nonisolated(unsafe) let context = context
    lane.async { [self] in
      sessionTable(role)?.destroy?(context)
      sessionCount.subtract(1, ordering: .relaxed)
    }
  }

  // MARK: From the plugin, any thread

  /// Whether `handle` is this provider's account or a live session of it. Never blocks.
  public func owns(_ handle: vox_handle) -> Bool {
    if handle == accountHandle { return true }
    let session = Handle(abi: handle)
    return session.kind == .session && host.table(session.loop)?.slots.isLive(session: session, of: number) == true
  }

  func emit(_ e: UnsafePointer<vox_event>) -> vox_status {
    let target = Handle(abi: e.pointee.target)
    if target.kind == .session {
      guard let table = host.table(target.loop) else { return vox_status(VOX_INVALID) }
      return table.emit(e, of: number, clock: host.clock)
    }
    guard e.pointee.target == accountHandle else { return vox_status(VOX_INVALID) }
    guard EventCopy.bytes(of: e) != nil else { return vox_status(VOX_INVALID) }
    return emitOnAccount(e)
  }

  private func emitOnAccount(_ e: UnsafePointer<vox_event>) -> vox_status {
    let raw = UnsafeRawPointer(e)
    switch EventKind(rawValue: e.pointee.kind) {
    case .accountState:
      let state = raw.load(as: vox_ev_account.self)
      if let traits = try? state.detail.json()["traits"] { traitsBox.withLock { $0 = $0.merging(traits) } }
      become(AccountState(state, masked))
    case .offer:
      guard let call = try? raw.load(as: vox_ev_text.self).text.json(), call["id"]?.string != nil else { return vox_status(VOX_INVALID) }
      lane.async { [self] in accountOwner?.provider(self, offers: call) }
    case .offerGone:
      let id = raw.load(as: vox_ev_text.self).text.string
      lane.async { [self] in accountOwner?.provider(self, withdrawsOffer: id) }
    default: return vox_status(VOX_UNSUPPORTED)
    }
    return vox_status(VOX_OK)
  }

  private func become(_ state: AccountState) {
    stateBox.withLock { $0 = state }
    lane.async { [self] in accountOwner?.provider(self, accountIs: state) }
  }

  func timer(_ owner: vox_handle, token: UInt64, at: UInt64) -> vox_status {
    let target = Handle(abi: owner)
    if target.kind == .session {
      return host.table(target.loop)?.postTimer(owner, of: number, token: token, at: at) ?? vox_status(VOX_INVALID)
    }
    guard owner == accountHandle else { return vox_status(VOX_STALE) }
    guard at != 0 else {
      timers.withLock { $0.cancel(token) }
      return vox_status(VOX_OK)
    }
    guard let setting = timers.withLock({ $0.set(token) }) else { return vox_status(VOX_WOULD_BLOCK) }
    lane.at(Instant(ns: at)) { [self] in
      guard timers.withLock({ $0.comesDue(token, setting) }) else { return }
      var mark = vox_ev_mark()
      mark.h = Layout.head(vox_ev_mark.self, .timer, target: accountHandle)
      mark.value = token
      withUnsafePointer(to: &mark) { p in p.withMemoryRebound(to: vox_event.self, capacity: 1) { deliverToAccount($0) } }
    }
    return vox_status(VOX_OK)
  }

  private func deliverToAccount(_ e: UnsafePointer<vox_event>) {
    if let account { _ = library.table.pointee.deliver?(account, e) }
  }

  /// Sends an event of a service to the account or to one of its sessions. The event is copied before this returns.
  ///
  /// - Parameter wakes: false when the caller wakes the session's loop itself soon (`loop(of:)`), after all that it has to deliver.
  public func deliver(_ e: UnsafePointer<vox_event>, wakes: Bool = true) -> vox_status {
    let target = Handle(abi: e.pointee.target)
    if target.kind == .session { return host.table(target.loop)?.postDelivery(e, wakes: wakes) ?? vox_status(VOX_INVALID) }
    guard let bytes = EventCopy.bytes(of: e) else { return vox_status(VOX_INVALID) }
    let copy = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 8)
    EventCopy.copy(e, to: copy)
    nonisolated(unsafe) let owned = copy
    lane.async { [self] in
      deliverToAccount(owned.assumingMemoryBound(to: vox_event.self))
      owned.deallocate()
    }
    return vox_status(VOX_OK)
  }

  /// The loop of one of its sessions; nil for what has none, as the account.
  public func loop(of target: vox_handle) -> CallLoop? {
    let target = Handle(abi: target)
    return target.kind == .session ? host.table(target.loop)?.loop : nil
  }

  /// Writes a line to the host's log under this provider's name, as the plugin itself may: at most 1 KiB, secrets masked.
  public func log(_ text: String, level: Int32) {
    guard logBudget.withLock({ $0.take(at: host.clock.now) }) else { return }
    // Masked before it is cut, so that no secret is cut in two and passes.
    let line = String(masked(text).prefix(1024))
    lane.async { [self] in accountOwner?.provider(self, logs: line, level: level) }
  }

  private func masked(_ text: String) -> String {
    secrets.values.reduce(text) { $1.count >= 4 ? $0.replacing($1, with: "***") : $0 }
  }

  /// A failure as it may be shown: vendors repeat a wrong key in their complaint.
  func masked(_ error: ProviderError) -> ProviderError {
    var error = error
    error.message = masked(error.message)
    error.detail = masked(error.detail)
    return error
  }

  func service(_ id: String) -> UnsafeRawPointer? { host.service(id, self) }
}

extension Provider.AccountState {
  init(_ e: vox_ev_account, _ masked: (ProviderError) -> ProviderError) {
    switch Int(e.state) {
    case VOX_ACCOUNT_READY: self = .ready
    case VOX_ACCOUNT_DEGRADED: self = .degraded(masked(ProviderError(e.error)).message)
    case VOX_ACCOUNT_NEEDS_AUTHORIZATION: self = .needsAuthorization(e.detail.string)
    default: self = .failed(masked(ProviderError(e.error)))
    }
  }

  public var isUsable: Bool {
    switch self {
    case .ready, .degraded: true
    default: false
    }
  }
}

/// A plugin may write 100 lines a second; what it writes beyond is dropped.
private struct LogBudget {
  private var second: UInt64 = 0
  private var lines = 0

  mutating func take(at now: Instant) -> Bool {
    let current = now.ns / 1_000_000_000
    if current != second { (second, lines) = (current, 0) }
    lines += 1
    return lines <= 100
  }
}
