// The ways in which a provider fails, and what each of them reports.

import Vox

/// One way to fail.
enum Fault: String, CaseIterable, Sendable {
  case none
  /// No connection: told at once.
  case refuse
  /// The session never becomes ready.
  case blackHole = "black_hole"
  /// Takes the work and says nothing.
  case silence
  /// Everything comes, too late.
  case slow
  /// Breaks off in the middle, half a word after the last whole one.
  case cut
  /// Events that no provider may send, then a good-bye as if all were well.
  case garbage
  case auth, quota, rate, unavailable, overloaded
  /// Says that it is done and has brought nothing.
  case empty
  /// Takes its process with it.
  case crash
  /// Never returns to the host.
  case hang
  /// Is silent until the host lets go, then does the work after all.
  case ignoreCancel = "ignore_cancel"

  /// What is reported, for the faults that are reports.
  func error(retryAfterMs: UInt32, effects: SideEffects = .none) -> ProviderError? {
    switch self {
    case .refuse: ProviderError(.unavailable, "The connection was refused.", scope: .session, code: "refused")
    case .cut: ProviderError(.unavailable, "The connection broke.", scope: .session, effects: effects, code: "reset")
    case .auth: ProviderError(.auth, "The key is not valid.", scope: .account, code: "unauthorized", wireStatus: 401)
    case .quota: ProviderError(.quota, "The credit is spent.", scope: .account, code: "payment_required", wireStatus: 402)
    case .rate:
      ProviderError(.rate, "Too many requests.", scope: .account, code: "too_many_requests", retryAfterMs: retryAfterMs, wireStatus: 429)
    case .unavailable: ProviderError(.unavailable, "The service is down.", code: "unavailable", wireStatus: 503)
    case .overloaded: ProviderError(.overloaded, "There is no capacity.", code: "overloaded", wireStatus: 529)
    case .none, .blackHole, .silence, .slow, .garbage, .empty, .crash, .hang, .ignoreCancel: nil
    }
  }
}
