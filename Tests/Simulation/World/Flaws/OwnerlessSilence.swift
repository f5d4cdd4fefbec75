// A broken machine: nobody fills the time while an answer is awaited.

import Tenants

/// The engine is told of a patience that no caller has.
final class OwnerlessSilence: Border {
  override func tenant(_ tenant: Tenant) -> Tenant {
    var tenant = tenant
    for id in tenant.agents.keys { tenant.agents[id]?.fillers.afterMs = 20_000 }
    return tenant
  }
}
