// I8: who may serve a tenant.

import Failover
import Tenants
import Vox

/// Goes by what the tenant asked for, not by what the engine was told.
final class OnlyTheTenantsChain: Invariant {
  override var id: String { "I8" }
  override var sentence: String { "only providers of the tenant's own chain that its rules allow are ever opened" }

  override func opened(_ call: CallRecord, _ role: Role, _ provider: String) {
    guard role != .telephony else { return }
    guard let chain = world.tenants[call.tenant]?.chains[role], chain.links.contains(where: { $0.provider == provider }) else {
      return report(call, "\(provider) was opened for \(role.name), and is not of \(call.tenant)'s chain")
    }
    guard !chain.require.regions.isEmpty, let region = world.vendors[provider]?.region, !chain.require.regions.contains(region) else {
      return
    }
    report(
      call, "\(provider) was opened for \(role.name); it is in \(region), and \(call.tenant) requires \(chain.require.regions.sorted())")
  }
}
