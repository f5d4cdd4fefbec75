// What an account must not lose (`vox.state/0`): durable items and leases.

import PluginABI
public import Vox

/// The durable items of one account. Callable from any thread; answers come to `Account.state(_:)`.
public struct StateStore: @unchecked Sendable {
  private let account: AccountPort
  private let table: UnsafePointer<vox_state_v0>

  /// Nil when this host keeps no state. [provider]
  public init?(_ account: AccountPort) {
    guard let table = account.host.service(VOX_SERVICE_STATE, as: vox_state_v0.self) else { return nil }
    self.account = account
    self.table = table
  }

  /// What must be stored already for a `put` to succeed.
  public enum Expected: Sendable, Equatable {
    case absent, anything
    case version(UInt64)

    fileprivate var abi: UInt64 {
      switch self {
      case .absent: 0
      case .anything: .max
      case .version(let version): version
      }
    }
  }

  /// Asks for an item; `.item` follows.
  @discardableResult
  public func get(_ key: String, token: UInt64 = 0) -> Bool {
    reach { withLent(key) { key in table.pointee.get?(table.pointee.ctx, account.handle, token, key) } }
  }

  /// Stores an item, at most 64 KiB with all others of the account; an empty value removes it. `.stored` follows once it is on
  /// disk, or `.conflict`, or `.failed`.
  @discardableResult
  public func put(_ key: String, _ value: [UInt8], expected: Expected, token: UInt64 = 0) -> Bool {
    reach {
      withLent(key) { key in
        value.withUnsafeBufferPointer { value in
          var value = vox_view(ptr: value.baseAddress, len: UInt64(value.count))
          return table.pointee.put?(table.pointee.ctx, account.handle, token, key, &value, expected.abi)
        }
      }
    }
  }

  /// Asks for a lease, or renews it; `.held` follows as soon as nobody else has it. Renew it well before `ttlMs` (1,000 to
  /// 600,000) have passed.
  @discardableResult
  public func lease(_ name: String, ttlMs: Int) -> Bool {
    reach { withLent(name) { table.pointee.lease?(table.pointee.ctx, account.handle, $0, UInt32(clamping: ttlMs)) } }
  }

  /// Gives a lease back, or stops waiting for it.
  public func release(_ name: String) {
    _ = reach { withLent(name) { table.pointee.release?(table.pointee.ctx, account.handle, $0) } }
  }

  private func reach(_ body: () -> vox_status?) -> Bool { account.host.reach(or: false) { _ in body() == vox_status(VOX_OK) } }

  private func withLent<R>(_ text: String, _ body: (UnsafePointer<vox_view>) -> R) -> R {
    withView(text) { view in
      var view = view
      return body(&view)
    }
  }
}

/// What became of a call of `StateStore`, or what another generation of the provider did.
public struct StateEvent: Sendable {
  public enum What: Sendable {
    /// The item as it is; version 0 and empty when there is none.
    case item(version: UInt64, [UInt8])
    /// On disk.
    case stored(version: UInt64)
    /// Nothing was stored: this is what stands.
    case conflict(version: UInt64, [UInt8])
    /// Somebody else stored this.
    case changed(version: UInt64, [UInt8])
    case failed(ProviderError)
    case held, lost
  }

  /// That of the call.
  public let token: UInt64
  /// The item's key or the lease's name; empty with `.failed`.
  public let key: String
  public let what: What

  init?(_ e: UnsafePointer<vox_event>) {
    let kind = EventKind(rawValue: e.pointee.kind)
    if kind == .stateFailed {
      guard let failed = e.whole(vox_ev_refused.self) else { return nil }
      (token, key, what) = (failed.token, "", .failed(ProviderError(failed.error)))
      return
    }
    // The kind first: another one's bytes would be read as lengths.
    guard Self.kinds.contains(kind), let state = e.whole(vox_ev_state.self) else { return nil }
    (token, key) = (state.token, state.key.string)
    let value = Array(state.value.bytes)
    switch kind {
    case .stateItem: what = .item(version: state.version, value)
    case .stateStored: what = .stored(version: state.version)
    case .stateConflict: what = .conflict(version: state.version, value)
    case .stateChanged: what = .changed(version: state.version, value)
    case .leaseHeld: what = .held
    default: what = .lost
    }
  }

  private static let kinds: Set<EventKind> = [.stateItem, .stateStored, .stateConflict, .stateChanged, .leaseHeld, .leaseLost]
}
