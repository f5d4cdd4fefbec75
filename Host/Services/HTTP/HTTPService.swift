// What the functions of `vox.http/0` do.

import Base
import CCurl
import PluginABI
import Synchronization
import Vox

/// All requests under way, by owner and token. Every function may be called from any thread and only enqueues.
final class HTTPService: @unchecked Sendable {
  private struct Key: Hashable {
    let client: ObjectIdentifier
    let owner: vox_handle
    let token: UInt64
  }

  private struct State {
    var exchanges: [Key: Exchange] = [:]
    var perOwner: [vox_handle: Int] = [:]
    /// Connections that are being opened ahead.
    var warming = 0
  }

  private let transfers: Transfers
  private var loop: DescriptorLoop { transfers.loop }
  private let userAgent: String
  private let state = Mutex(State())
  /// On the network's thread, as what follows.
  private lazy var sweep = Sweep(loop) { [weak self] in self?.lookForOwners() ?? false }
  /// Nobody waits for these.
  private var warming: [ObjectIdentifier: Exchange] = [:]
  /// By scheme, host and port, and how they are reached.
  private var origins: [String: Origin] = [:]

  init(_ transfers: Transfers, userAgent: String) {
    self.transfers = transfers
    self.userAgent = userAgent
  }

  /// Requests under way, and connections that are being opened ahead of one.
  var load: (requests: Int, warming: Int) { state.withLock { ($0.exchanges.count, $0.warming) } }

  func request(_ client: ServiceClient, _ owner: vox_handle, _ token: UInt64, _ r: vox_http_request) -> vox_status {
    guard let request = HTTPRequest(r) else { return vox_status(VOX_INVALID) }
    guard client.owns(owner) else { return vox_status(VOX_STALE) }
    let key = Key(client: ObjectIdentifier(client), owner: owner, token: token)
    let exchange = Exchange(client, owner, token, request, transfers) { [weak self] in self?.forget(key, $0) }
    let status = state.withLock { state in
      guard state.exchanges[key] == nil else { return vox_status(VOX_INVALID) }
      guard state.exchanges.count < Limits.requests, state.perOwner[owner, default: 0] < Limits.requestsPerOwner else {
        return vox_status(VOX_WOULD_BLOCK)
      }
      state.exchanges[key] = exchange
      state.perOwner[owner, default: 0] += 1
      return vox_status(VOX_OK)
    }
    guard status == vox_status(VOX_OK) else { return status }
    loop.submit { [self] in
      exchange.begin(userAgent: userAgent, origin(of: request.address, client))
      sweep.begin()
    }
    return status
  }

  /// Who trusts others, or goes another way, shares no connection.
  private func origin(of address: Address, _ client: ServiceClient) -> Origin {
    let name = "\(address.isSecure ? "https" : "http")://\(address.authority) \(client.caFile) \(client.proxy)"
    if let known = origins[name] { return known }
    if origins.count >= Limits.origins { origins = origins.filter { !$0.value.isIdle } }
    let made = Origin()
    origins[name] = made
    return made
  }

  func read(_ client: ServiceClient, _ owner: vox_handle, _ token: UInt64, _ bytes: Int) -> vox_status {
    guard let exchange = state.withLock({ $0.exchanges[Key(client: ObjectIdentifier(client), owner: owner, token: token)] }) else {
      return vox_status(VOX_STALE)
    }
    loop.submit { exchange.grant(bytes) }
    return vox_status(VOX_OK)
  }

  func cancel(_ client: ServiceClient, _ owner: vox_handle, _ token: UInt64) -> vox_status {
    let key = Key(client: ObjectIdentifier(client), owner: owner, token: token)
    guard let exchange = state.withLock({ state in Self.take(key, &state) }) else { return vox_status(VOX_STALE) }
    exchange.stopTelling()
    loop.submit { [self] in
      exchange.cancel()
      // With HTTP/1.1 the connection went with it.
      open(origin(of: exchange.request.address, client).missing, client, exchange.request.address)
    }
    return vox_status(VOX_OK)
  }

  func warm(_ client: ServiceClient, _ url: String, connections: Int) -> vox_status {
    guard let address = Address(url), (1...Limits.warmConnections).contains(connections) else { return vox_status(VOX_INVALID) }
    if client.tape?.isReplay == true || !client.keepsConnections { return vox_status(VOX_OK) }
    state.withLock { $0.warming += 1 }
    loop.submit { [self] in
      let origin = origin(of: address, client)
      origin.willBeUsed(by: client, connections: connections)
      // At least one request in any case: it finds out which of the open ones the other side has closed meanwhile.
      if origin.missing == 0 { open(1, client, address, isFresh: false) } else { open(origin.missing, client, address) }
      state.withLock { $0.warming -= 1 }
    }
    return vox_status(VOX_OK)
  }

  /// Opens connections that nobody waits for. All in one turn of the thread: begun one after the other, they would share one.
  private func open(_ count: Int, _ client: ServiceClient, _ address: Address, isFresh: Bool = true) {
    guard count > 0 else { return }
    let silent = ServiceClient(
      name: client.name, account: client.account, reach: client.reach, caFile: client.caFile, proxy: client.proxy,
      ports: ServiceClient.Ports(
        deliver: { event in
          if EventKind(rawValue: event.pointee.kind) == .httpFailed {
            let e = UnsafeRawPointer(event).load(as: vox_ev_refused.self)
            client.ports.log("no connection could be warmed: \(e.error.message.string)", Int32(VOX_LOG_WARNING))
          }
          return vox_status(VOX_OK)
        }, owns: { _ in true }, sessions: { 0 }, settle: { $0() }, log: client.ports.log))
    state.withLock { $0.warming += count }
    for _ in 0..<count {
      // Owner 1 is nobody's: with the account as owner each piece would wait for its lane.
      let exchange = Exchange(silent, 1, 0, HTTPRequest(warming: address), transfers) { [weak self] in self?.warmed($0) }
      warming[ObjectIdentifier(exchange)] = exchange
      exchange.begin(userAgent: userAgent, origin(of: address, client), isFresh: isFresh)
    }
  }

  private func warmed(_ exchange: Exchange) {
    if warming.removeValue(forKey: ObjectIdentifier(exchange)) != nil { state.withLock { $0.warming -= 1 } }
  }

  /// Ends all requests of a provider that has stopped.
  func retire(_ client: ServiceClient) {
    let left = state.withLock { state in
      state.exchanges.keys.filter { $0.client == ObjectIdentifier(client) }.compactMap { Self.take($0, &state) }
    }
    loop.submit { [self] in
      for exchange in left { exchange.cancel() }
      for origin in origins.values { origin.isForgotten(by: client) }
    }
  }

  private func lookForOwners() -> Bool {
    let exchanges = state.withLock { Array($0.exchanges.values) }
    for exchange in exchanges { exchange.checkOwner() }
    return !exchanges.isEmpty
  }

  private func forget(_ key: Key, _ exchange: Exchange) {
    state.withLock { state in
      // A cancelled request has left its name to another one.
      if state.exchanges[key] === exchange { _ = Self.take(key, &state) }
    }
  }

  private static func take(_ key: Key, _ state: inout State) -> Exchange? {
    guard let exchange = state.exchanges.removeValue(forKey: key) else { return nil }
    let left = state.perOwner[key.owner, default: 1] - 1
    state.perOwner[key.owner] = left > 0 ? left : nil
    return exchange
  }
}
