// The way of a voice's sound onto the track: the line's rate, the tenant's loudness.

import Loader
import Sound
import Speech

/// Knows whose sound is on the track. On the call's loop; it allocates only when another voice begins.
final class VoiceSound {
  /// The session that speaks; nil before the first has, and while something is played that was made before.
  private(set) var session: ProviderSession?
  private let rate: Int
  private let leveller: Leveller?
  private var isLevelled = false
  private var resampler: Resampler?
  private var resampled: UnsafeMutableBufferPointer<Int16>

  /// - Parameter rate: Hz of the line.
  init(rate: Int, leveller: Leveller?) {
    self.rate = rate
    self.leveller = leveller
    resampled = .allocate(capacity: 0)
  }

  deinit { resampled.deallocate() }

  /// What comes from here on is this session's: it is at another rate than what another sent.
  /// - Returns: whether somebody else spoke before.
  func begin(_ session: ProviderSession, voice: String) -> Bool {
    guard session !== self.session else { return false }
    self.session = session
    level(as: VoiceLevels.Voice(provider: session.provider.name, voice: voice))
    resampler = nil
    guard session.outRate != rate else { return true }
    resampler = try? Resampler(from: UInt32(session.outRate), to: UInt32(rate))
    resampled.deallocate()
    // 200 ms, the most one event may bring, and what the filter holds back.
    resampled = .allocate(capacity: (resampler?.maxOutput(for: session.outRate / 5) ?? 0) + 1024)
    return true
  }

  /// What comes from here on was made before, by this voice; without one it is played as loud as it is.
  func begin(readyOf voice: VoiceLevels.Voice?) {
    session = nil
    level(as: voice)
  }

  /// Nobody speaks: the session is lost.
  func end() { session = nil }

  private func level(as voice: VoiceLevels.Voice?) {
    isLevelled = voice != nil
    if let voice { leveller?.begin(voice) }
  }

  /// Hands on what the session sent at the line's rate, in parts.
  func atLineRate(_ samples: UnsafeBufferPointer<Int16>, _ take: (UnsafeBufferPointer<Int16>) -> Void) {
    guard let resampler else { return take(samples) }
    var rest = samples
    while !rest.isEmpty {
      let (consumed, produced) = resampler.process(rest, into: resampled)
      if produced > 0 { take(UnsafeBufferPointer(rebasing: resampled[0..<produced])) }
      if consumed == 0 { break }
      rest = UnsafeBufferPointer(rebasing: rest[consumed...])
    }
  }

  /// Hands on sound at the line's rate at the tenant's loudness, in parts.
  func leveled(_ samples: UnsafeBufferPointer<Int16>, _ take: (UnsafeBufferPointer<Int16>) -> Void) {
    guard let leveller, isLevelled else { return take(samples) }
    leveller.level(samples, take)
  }

  /// A piece is over: between two words is the moment for another gain.
  func pieceEnded() { if isLevelled { leveller?.pieceEnded() } }
}
