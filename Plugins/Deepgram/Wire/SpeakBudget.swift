// How much one socket of a voice may still be asked for.

/// The vendor's limits of a socket: 2,400 characters and 20 flushes within a minute, an hour in all (developers.deepgram.com, "TTS
/// WebSocket"). Who stays below them on each socket and takes a fresh one in time is never refused in the middle of a call.
public struct SpeakBudget: Sendable {
  public struct Limits: Sendable {
    public var charactersPerMinute = 2_400
    public var flushesPerMinute = 20
    public var lifeMs = 3_600_000

    public init() {}
  }

  private let limits: Limits
  private let openedNs: UInt64
  private var spoken: [(atNs: UInt64, characters: Int)] = []

  /// - Parameter now: when the socket opened, in nanoseconds of any clock that never runs backwards.
  public init(_ limits: Limits, now: UInt64) {
    self.limits = limits
    openedNs = now
  }

  /// Whether the socket may be asked for so many characters more.
  public func allows(_ characters: Int, now: UInt64) -> Bool {
    let (flushes, used) = recent(now)
    // A text that is longer than a minute's share goes to a socket that has been asked for nothing.
    return !isOld(now, share: 1) && flushes < limits.flushesPerMinute
      && (flushes == 0 || characters + used <= limits.charactersPerMinute)
  }

  public mutating func spend(_ characters: Int, now: UInt64) {
    spoken = spoken.filter { isRecent($0.atNs, now) } + [(now, characters)]
  }

  /// The text that was spent for last has grown.
  public mutating func spendMore(_ characters: Int) {
    if let last = spoken.indices.last { spoken[last].characters += characters }
  }

  /// A fresh socket should be at hand: a fifth of a limit is left, or a twentieth of the hour.
  public func isLow(now: UInt64) -> Bool {
    let (flushes, used) = recent(now)
    return isOld(now, share: 0.95) || flushes * 5 >= limits.flushesPerMinute * 4 || used * 5 >= limits.charactersPerMinute * 4
  }

  private func recent(_ now: UInt64) -> (flushes: Int, characters: Int) {
    let recent = spoken.filter { isRecent($0.atNs, now) }
    return (recent.count, recent.reduce(0) { $0 + $1.characters })
  }

  private func isRecent(_ atNs: UInt64, _ now: UInt64) -> Bool { now &- atNs < 60_000_000_000 }

  private func isOld(_ now: UInt64, share: Double) -> Bool {
    Double(now &- openedNs) >= Double(limits.lifeMs) * 1_000_000 * share
  }
}
