// Every bound of failover, each with its reason.

public enum Limits {
  /// Accounts whose health is kept. A host serves some hundred providers and tenants' keys; beyond this the idle healthy ones are forgotten.
  static let accounts = 4096
  /// A vendor that asks to stay away longer is asked again after an hour all the same: clocks and header units are often wrong.
  static let retryAfterMs = 3_600_000
  /// A probe that has not ended by then no longer holds its place: its owner may be gone. One that told nothing is not repeated before.
  static let probeMs = 60_000
  /// When nothing else is left, an account is tried ahead of its time at most this often, whoever asks.
  static let earlyProbeMs = 1000
  /// How long real work waits for the host's own probe of a half-open account before it becomes the probe itself.
  static let probeGraceMs = 10_000
  /// One synthetic probe a second on the whole host: a hundred dead accounts cost a hundred tiny requests per back-off, no more.
  static let probeEveryMs = 1000
  /// First-output times kept per account: enough for a 95th percentile that three outliers do not move.
  static let latencySamples = 64
  /// Below this many samples the 95th percentile is a guess.
  static let latencyNeeded = 8
  /// Older samples tell of another hour of the vendor's day.
  static let latencyAgeMs = 600_000
  /// A recogniser that served this long has earned new attempts for everybody, itself included.
  static let servedMs = 10_000
  /// The last part of the patience, in which the untried wait for nobody: enough for a connection and a first byte.
  public static let rescueMs = 800
  /// A hedge that starts sooner would be a second request for every first one.
  static let hedgeMinMs = 10
}
