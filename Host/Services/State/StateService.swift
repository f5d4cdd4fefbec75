// What the functions of `vox.state/0` do: durable items and leases of all providers.

import Base
import PluginABI
import Synchronization
import Vox

/// Items are shared by all generations of a provider, which the host tells apart by their account. Files are written on a thread of their
/// own, one after the other, so no caller waits for a disk.
final class StateService: Sendable {
  private let folder: StateFolder?
  private let lane: ThreadLane
  private let clock: any Clock
  /// By provider. Touched on the lane; the lock is for those who read the items as a provider opens.
  private let books: Mutex<[String: Book]>

  private struct Book: Sendable {
    var items = StateItems()
    var leases = Leases()
    /// The generations that have asked for anything: who is told of changes.
    var clients: [ServiceClient] = []
  }

  init(folder: String, clock: any Clock) throws(Problem) {
    self.folder = folder.isEmpty ? nil : try StateFolder(folder)
    self.clock = clock
    lane = ThreadLane(name: "state", clock: clock)
    books = Mutex(try self.folder?.readAll().mapValues { Book(items: $0) } ?? [:])
  }

  /// Ends the thread after what waits for it.
  func stop() { lane.stop() }

  /// The items of a provider as they are now, for `open_account`.
  func items(of name: String) -> [String: [UInt8]] { books.withLock { $0[name]?.items.values ?? [:] } }

  // MARK: From any thread

  func get(_ client: ServiceClient, _ account: vox_handle, _ token: UInt64, _ key: vox_view) -> vox_status {
    guard let key = Self.key(key) else { return vox_status(VOX_INVALID) }
    return onLane(client, account) { [self] in
      let item = change(client) { $0.items[key] }
      tell(client, .stateItem, token, key, item?.version ?? 0, item?.value ?? [])
    }
  }

  func put(
    _ client: ServiceClient, _ account: vox_handle, _ token: UInt64, _ key: vox_view, _ value: vox_view, expected: UInt64
  ) -> vox_status {
    guard let key = Self.key(key), value.len <= UInt64(Limits.stateBytes), value.len == 0 || value.ptr != nil else {
      return vox_status(VOX_INVALID)
    }
    let value = Array(value.bytes)
    return onLane(client, account) { [self] in put(client, token, key, value, expected: expected) }
  }

  func lease(_ client: ServiceClient, _ account: vox_handle, _ name: vox_view, ttlMs: Int) -> vox_status {
    guard let name = Self.key(name), (Limits.shortestLeaseMs...Limits.longestLeaseMs).contains(ttlMs) else {
      return vox_status(VOX_INVALID)
    }
    return onLane(client, account) { [self] in
      let until = clock.now.advanced(byMs: ttlMs)
      perform(client.name, change(client) { $0.leases.ask(name, ObjectIdentifier(client), ttlMs: ttlMs, now: clock.now) })
      // Looked at when it may have run out, unless it was renewed meanwhile.
      lane.at(until) { [self] in expire(client.name) }
    }
  }

  func release(_ client: ServiceClient, _ account: vox_handle, _ name: vox_view) -> vox_status {
    guard let name = Self.key(name) else { return vox_status(VOX_INVALID) }
    return onLane(client, account) { [self] in
      perform(client.name, change(client) { $0.leases.release(name, ObjectIdentifier(client), now: clock.now) })
    }
  }

  /// A generation has ended: its leases go to those who wait.
  func retire(_ client: ServiceClient) {
    lane.async { [self] in
      let actions = books.withLock { books in
        guard books[client.name] != nil else { return [Leases.Action]() }
        books[client.name]?.clients.removeAll { $0 === client }
        return books[client.name]?.leases.releaseAll(ObjectIdentifier(client), now: clock.now) ?? []
      }
      perform(client.name, actions)
    }
  }

  private static func key(_ view: vox_view) -> String? {
    guard view.len > 0, view.len <= UInt64(Limits.keyBytes), view.ptr != nil else { return nil }
    return String(validating: view.bytes, as: UTF8.self)
  }

  private func onLane(_ client: ServiceClient, _ account: vox_handle, _ work: @escaping @Sendable () -> Void) -> vox_status {
    guard account == client.account, client.owns(account) else { return vox_status(VOX_STALE) }
    lane.async(work)
    return vox_status(VOX_OK)
  }

  // MARK: On the lane

  private func change<R>(_ client: ServiceClient, _ body: (inout Book) -> R) -> R where R: Sendable {
    books.withLock { books in
      var book = books[client.name] ?? Book()
      if !book.clients.contains(where: { $0 === client }) { book.clients.append(client) }
      let result = body(&book)
      books[client.name] = book
      return result
    }
  }

  private func put(_ client: ServiceClient, _ token: UInt64, _ key: String, _ value: [UInt8], expected: UInt64) {
    let before = change(client) { $0.items }
    var items = before
    switch items.put(key, value, expected: expected) {
    case .conflict: tell(client, .stateConflict, token, key, before[key]?.version ?? 0, before[key]?.value ?? [])
    case .full:
      fail(
        client, token, ProviderError(.quota, "the state of \(client.name) is full: it may hold 64 KiB", scope: .account, code: "state_full")
      )
    case .stored(let version):
      do throws(Problem) { try folder?.write(items, of: client.name) } catch {
        return fail(client, token, ProviderError(.internal, error.message, scope: .account, code: "state_not_written"))
      }
      let stored = items
      let others = change(client) { book in
        book.items = stored
        return book.clients.filter { $0 !== client }
      }
      tell(client, .stateStored, token, key, version, [])
      for other in others { tell(other, .stateChanged, 0, key, version, value) }
    }
  }

  private func expire(_ name: String) {
    perform(name, books.withLock { $0[name]?.leases.expire(now: clock.now) ?? [] })
  }

  private func perform(_ name: String, _ actions: [Leases.Action]) {
    let clients = books.withLock { $0[name]?.clients ?? [] }
    for action in actions {
      guard let client = clients.first(where: { ObjectIdentifier($0) == action.holder }) else { continue }
      tell(client, action.isHeld ? .leaseHeld : .leaseLost, 0, action.name, 0, [])
      // Who has just got it may never renew it.
      if action.isHeld { lane.at(action.until) { [self] in expire(name) } }
    }
  }

  private func tell(_ client: ServiceClient, _ kind: EventKind, _ token: UInt64, _ key: String, _ version: UInt64, _ value: [UInt8]) {
    _ = withView(key) { key in
      value.withUnsafeBufferPointer { value in
        var event = vox_ev_state()
        event.h = Layout.head(vox_ev_state.self, kind, target: client.account)
        event.token = token
        event.version = version
        event.key = key
        event.value = vox_view(ptr: value.baseAddress, len: UInt64(value.count))
        return client.deliver(event)
      }
    }
  }

  private func fail(_ client: ServiceClient, _ token: UInt64, _ error: ProviderError) {
    _ = client.deliver(.stateFailed, client.account, token, error)
  }
}
