// What work has cost, from what the provider told it has consumed.

extension Price {
  /// The cost of one try. Meters that the price does not count cost nothing.
  ///
  /// - Parameter amounts: by the meters of `vox/usage.h`: milliseconds of sound or of the line, characters, tokens, requests.
  /// - Returns: rounded up to a millionth; nil when nothing was consumed that the price counts, or when it is beyond all money.
  public func cost(of amounts: [String: UInt64]) -> Money? {
    func sum(_ meters: String...) -> UInt64 { meters.reduce(0) { $0 &+ min(amounts[$1] ?? 0, 1 << 50) } }
    // How much of each unit's meter is one unit.
    let (amount, size): (UInt64, UInt64) =
      switch unit {
      case .minute: (sum("audio_in_ms", "audio_out_ms", "leg_ms"), 60_000)
      case .thousandCharacters: (sum("characters"), 1_000)
      case .millionTokens:
        (sum("tokens_in", "tokens_out", "tokens_cached", "tokens_cache_write_5m", "tokens_cache_write_1h"), 1_000_000)
      case .call: (sum("requests"), 1)
      }
    guard amount > 0 else { return nil }
    let product = UInt64(max(self.amount.micros, 0)).multipliedFullWidth(by: amount)
    guard product.high < size else { return nil }
    let (quotient, remainder) = size.dividingFullWidth(product)
    return Int64(exactly: quotient + (remainder > 0 ? 1 : 0)).map { Money(micros: $0, self.amount.currency) }
  }
}
