// A broken machine: a breaker that has opened stays open.

import Base
import Calls
import Failover
import Vox

/// Takes the place of every probe, and lets it fail.
final class NeverHalfOpens: Border {
  private var nextLook = World.start

  override func moved(_ world: World) {
    let now = world.clock.now
    guard now >= nextLook else { return }
    nextLook = now.advanced(byMs: 50)
    for name in world.vendors.keys.sorted() {
      for role in [Role.stt, .llm, .tts] {
        let account = Account(provider: name, key: "\(name)/\(role.name)")
        world.availability.with { shared in
          guard case .ejected(let until, .account, _) = shared.health.condition(of: account, at: now),
            until <= now.advanced(byMs: 100), let permit = shared.health.admit(account, urgent: true, at: now)
          else { return }
          _ = shared.health.failed(account, permit, Failure(.unavailable, retryAfterMs: 600_000), at: now)
        }
      }
    }
  }
}
