// A broken machine: one account's wrong key takes the whole provider away.

import Vox

/// A 401 reaches the engine as an outage of the provider.
final class KeyErrorEjectsAll: Border {
  override func error(_ error: ProviderError, _ role: Role) -> ProviderError {
    guard error.cls == .auth else { return error }
    return ProviderError(.unavailable, error.message, scope: .provider, wireStatus: error.wireStatus)
  }
}
