// Decides whether a worker still lives: from its messages, and from how long the plugin has been inside a call.

import Base

/// One worker's watch. Ask it about every `tickMs`.
struct Watchdog {
  enum Action: Equatable {
    case none
    /// Nothing was heard for a tick: ask.
    case ping
    case hung(Crash.Cause)
  }

  /// What is known at a tick. The calls come from the worker's own memory; a worker that lies here can only end itself.
  struct Sight {
    /// A message or an event came since the last tick.
    var heard = false
    /// How long the session thread and the provider thread have been inside the plugin.
    var sessionCallMs: Int?
    var providerCallMs: Int?
  }

  static let tickMs = 250

  let limits: WorkerOrder.Limits
  private var askedAt: Instant?

  init(_ limits: WorkerOrder.Limits) { self.limits = limits }

  mutating func tick(_ sight: Sight, at now: Instant) -> Action {
    if let ms = sight.sessionCallMs, ms >= limits.sessionCallMs { return .hung(.hang(ms: limits.sessionCallMs)) }
    if let ms = sight.providerCallMs, ms >= limits.providerCallMs { return .hung(.hang(ms: limits.providerCallMs)) }
    if sight.heard {
      askedAt = nil
      return .none
    }
    guard let askedAt else {
      self.askedAt = now
      return .ping
    }
    return now >= askedAt.advanced(byMs: limits.silenceMs) ? .hung(.silent(ms: limits.silenceMs)) : .none
  }
}
