// A broken machine: rules do not bind fallbacks.

import Failover
import Tenants
import Vox

/// The engine never learns what the tenant requires of whoever stands second.
final class ForbiddenBackup: Border {
  override func tenant(_ tenant: Tenant) -> Tenant {
    var tenant = tenant
    for role in tenant.chains.keys { tenant.chains[role]?.require.regions = [] }
    return tenant
  }
}
