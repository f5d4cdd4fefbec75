// Who of several may do what only one may do; a pure machine.

import Base

/// The leases of one provider's generations. A lease goes to those who asked, in the order in which they did.
struct Leases: Sendable {
  /// Whom to tell what.
  struct Action: Sendable, Equatable {
    var name: String
    var holder: ObjectIdentifier
    var isHeld: Bool
    var until = Instant.never
  }

  private struct Lease: Sendable {
    var holder: ObjectIdentifier
    var until: Instant
    var waiting: [(who: ObjectIdentifier, ttlMs: Int)] = []
  }

  private var leases: [String: Lease] = [:]

  /// Asks for a lease, or renews it. Who holds it already is told again, so that every renewal has an answer.
  mutating func ask(_ name: String, _ who: ObjectIdentifier, ttlMs: Int, now: Instant) -> [Action] {
    var actions = expire(now: now)
    let until = now.advanced(byMs: ttlMs)
    guard var lease = leases[name] else {
      guard leases.count < Limits.leasesPerProvider else { return actions }
      leases[name] = Lease(holder: who, until: until)
      return actions + [Action(name: name, holder: who, isHeld: true, until: until)]
    }
    if lease.holder == who {
      lease.until = until
      actions.append(Action(name: name, holder: who, isHeld: true, until: until))
    } else {
      lease.waiting.removeAll { $0.who == who }
      lease.waiting.append((who, ttlMs))
    }
    leases[name] = lease
    return actions
  }

  /// Gives a lease back, or stops waiting for it.
  mutating func release(_ name: String, _ who: ObjectIdentifier, now: Instant) -> [Action] {
    guard var lease = leases[name] else { return [] }
    lease.waiting.removeAll { $0.who == who }
    leases[name] = lease
    return lease.holder == who ? pass(name, now: now) : []
  }

  mutating func releaseAll(_ who: ObjectIdentifier, now: Instant) -> [Action] {
    leases.keys.sorted().flatMap { release($0, who, now: now) }
  }

  /// Takes leases that were not renewed from their holders.
  mutating func expire(now: Instant) -> [Action] {
    leases.filter { $0.value.until <= now }.sorted { $0.key < $1.key }.flatMap { name, lease in
      [Action(name: name, holder: lease.holder, isHeld: false)] + pass(name, now: now)
    }
  }

  private mutating func pass(_ name: String, now: Instant) -> [Action] {
    guard var lease = leases[name], let next = lease.waiting.first else {
      leases[name] = nil
      return []
    }
    lease.waiting.removeFirst()
    lease.holder = next.who
    lease.until = now.advanced(byMs: next.ttlMs)
    leases[name] = lease
    return [Action(name: name, holder: next.who, isHeld: true, until: lease.until)]
  }
}
