// The ways in which a simulated vendor fails.

import Vox

/// What a vendor does wrong with a session or an op.
enum Fault: Equatable {
  /// It says no at once; it never answers a connection.
  case refuse, blackHole
  /// HTTP 401, 402, 429 with the time to wait, 503 (perhaps of the whole vendor), 529.
  case auth, quota, rate(retryAfterMs: Int), unavailable(ErrorScope), overloaded
  /// It takes the work and nothing comes; or comes late.
  case silence, slow(ms: Int)
  /// It breaks off after so much of its output, in permille.
  case cut(atPermille: Int)
  /// It breaks the contract; it is done and brought nothing.
  case garbage, empty
  /// It goes on after it was cancelled; it says that it is done twice, and goes on.
  case ignoresCancel, twoTerminals
  /// The session closes in the middle of the work.
  case hangsUp

  /// Whether the vendor says no before any work is done, and how.
  func refusal(_ vendor: String) -> ProviderError? {
    switch self {
    case .refuse: ProviderError(.unavailable, "\(vendor) refuses connections", scope: .session)
    case .auth: ProviderError(.auth, "\(vendor): the key is wrong", wireStatus: 401)
    case .quota: ProviderError(.quota, "\(vendor): the credit is spent", wireStatus: 402)
    case .rate(let ms): ProviderError(.rate, "\(vendor): too fast", retryAfterMs: UInt32(ms), wireStatus: 429)
    case .unavailable(let scope): ProviderError(.unavailable, "\(vendor) is out of order", scope: scope, wireStatus: 503)
    case .overloaded: ProviderError(.overloaded, "\(vendor) has no capacity", wireStatus: 529)
    case .blackHole, .silence, .slow, .cut, .garbage, .empty, .ignoresCancel, .twoTerminals, .hangsUp: nil
    }
  }
}
