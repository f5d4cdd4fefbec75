// Decides whether a worker still lives: from its messages, and from how long the plugin has been inside a call.

import Base

/// One worker's watch. Ask it about every `tickMs`.
///
/// What a busy machine does to a worker is not held against it, since another worker would have it no better: neither the time in which
/// the watch was not run itself, nor that in which a thread of the worker could run and was not let.
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
  /// A worker that is not let run is given up at last, after so many times its limit.
  static let patience = 10

  let limits: WorkerOrder.Limits
  private var askedAt: Instant?
  private var lastTick: Instant?
  private var session = Suspicion()
  private var provider = Suspicion()
  private var silence = Suspicion()

  init(_ limits: WorkerOrder.Limits) { self.limits = limits }

  /// - Parameter share: what the machine has let the worker do; asked for only when something takes long.
  mutating func tick(_ sight: Sight, at now: Instant, share: () -> ProcessorShare) -> Action {
    let elapsedMs = lastTick.map { Int(now.ms(since: $0)) } ?? 0
    lastTick = now
    if session.isHung(sight.sessionCallMs, limits.sessionCallMs, elapsedMs, share) { return .hung(.hang(ms: limits.sessionCallMs)) }
    if provider.isHung(sight.providerCallMs, limits.providerCallMs, elapsedMs, share) { return .hung(.hang(ms: limits.providerCallMs)) }
    if sight.heard { askedAt = nil }
    let unansweredMs = askedAt.map { Int(now.ms(since: $0)) }
    if silence.isHung(unansweredMs, limits.silenceMs, elapsedMs, share) { return .hung(.silent(ms: limits.silenceMs)) }
    guard !sight.heard, askedAt == nil else { return .none }
    askedAt = now
    return .ping
  }
}

/// Something that takes long, and how much of that is the worker's own doing.
private struct Suspicion {
  /// How long it has taken, nil = there is nothing.
  private var ms: Int?
  private var usedMs = 0
  /// In which nobody watched, so that nobody knows who was let run.
  private var unwatchedMs = 0

  mutating func isHung(_ takenMs: Int?, _ limitMs: Int, _ elapsedMs: Int, _ share: () -> ProcessorShare) -> Bool {
    defer { ms = takenMs }
    guard let takenMs else { return false }
    if let ms, takenMs + 2 >= ms + elapsedMs {
      unwatchedMs += max(0, elapsedMs - 2 * Watchdog.tickMs)
    } else {
      // Another one than at the last look; the milliseconds are rounded down.
      unwatchedMs = 0
      usedMs = share().usedMs
    }
    guard takenMs - unwatchedMs >= limitMs else { return false }
    guard takenMs < limitMs * Watchdog.patience else { return true }
    let share = share()
    return !share.isRunnable || share.usedMs - usedMs >= limitMs / 2
  }
}
