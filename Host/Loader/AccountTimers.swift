// Which timers of an account still count, wherever its plugin runs.

/// The timers that an account has pending. A token has one: setting it again moves it. What wakes for them cannot be taken back, so each
/// setting has a number, and a wake-up whose number is not the last counts for nothing. Pure: whoever owns it guards it, since plugins set timers
/// from any thread.
public struct AccountTimers: Sendable {
  private var pending: [UInt64: UInt64] = [:]
  private var newest: UInt64 = 0

  /// None is pending.
  public init() {}

  /// Notes a timer of a plugin's token. Answers the number of this setting, nil when too many are pending.
  public mutating func set(_ token: UInt64) -> UInt64? {
    guard pending[token] != nil || pending.count < ProviderSession.maxTimers else { return nil }
    newest += 1
    pending[token] = newest
    return newest
  }

  /// Takes a timer back; without one nothing happens.
  public mutating func cancel(_ token: UInt64) { pending[token] = nil }

  /// Its moment has come. True once, for the newest setting that was not taken back.
  public mutating func comesDue(_ token: UInt64, _ setting: UInt64) -> Bool {
    guard pending[token] == setting else { return false }
    pending[token] = nil
    return true
  }
}
