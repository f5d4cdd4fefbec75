// A broken machine: who loses a race is not told.

import Vox

/// The cancellation of a hedge never arrives.
final class LoserGoesOn: Border {
  override func passesCancel(_ role: Role, _ reason: Reason) -> Bool { !(reason == .failover && role != .telephony) }
}
