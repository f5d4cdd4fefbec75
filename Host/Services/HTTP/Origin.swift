// How many connections stand open to one host, and how many there should be.

import CCurl

/// A host that requests go to. On the network's thread.
final class Origin {
  /// Connections that are open or being opened. Never given back: a connection outlives its request, and counts itself out at its end.
  let open: UnsafeMutablePointer<Int32>
  /// How many each session of a provider uses at a time, by the provider.
  private var uses: [ObjectIdentifier: (client: ServiceClient, perSession: Int)] = [:]
  /// One connection carries all requests (HTTP/2).
  var isShared = false

  init() {
    open = .allocate(capacity: 1)
    open.initialize(to: 0)
  }

  func willBeUsed(by client: ServiceClient, connections: Int) {
    let known = uses[ObjectIdentifier(client)]?.perSession ?? 0
    uses[ObjectIdentifier(client)] = (client, max(known, connections))
  }

  func isForgotten(by client: ServiceClient) { uses[ObjectIdentifier(client)] = nil }

  /// Nobody is connected, and nobody will be soon.
  var isIdle: Bool { open.pointee == 0 && uses.isEmpty }

  /// How many more are to be opened so that every session finds its own, whichever of them ask at the same time, and one is to spare for a
  /// request that takes the place of a cancelled one; no more at once than one call of `warm` may ask for, since a host that is down has
  /// none to give.
  var missing: Int {
    guard !uses.isEmpty else { return 0 }
    let wanted = uses.values.reduce(1) { $0 + $1.perSession * max($1.client.sessions, 1) }
    let most = isShared ? 1 : Limits.idleConnections
    return min(max(min(wanted, most) - Int(open.pointee), 0), Limits.warmConnections)
  }
}
