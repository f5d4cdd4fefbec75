// What all calls of the host have learned about the loudness of voices.

import Synchronization

/// Levels by provider and voice. Any thread; asked and told at the start and the end of an utterance, never on the 20 ms path.
public final class VoiceLevels: Sendable {
  public struct Voice: Hashable, Sendable {
    public var provider: String
    public var voice: String

    public init(provider: String, voice: String) {
      self.provider = provider
      self.voice = voice
    }
  }

  /// More voices than a host serves; beyond it new ones stay as they are.
  private static let maxVoices = 4096
  private struct Knowledge {
    var level = VoiceLevel()
    /// Somebody measures it now.
    var isMeasured = false
  }

  private let levels = Mutex<[Voice: Knowledge]>([:])

  public init() {}

  /// dB; nil while the voice is unknown, and then it is to be left as it is.
  public func gain(of voice: Voice, to target: VoiceLevel.Target) -> Double? { levels.withLock { $0[voice] }?.level.gain(target) }

  /// Whether the caller is to measure the voice's next utterance: while it is new, and one call at a time, because a meter costs more than
  /// all the rest of a voice's way. `note` or `giveUp` must follow.
  public func beginMeasure(of voice: Voice) -> Bool {
    levels.withLock { levels in
      guard levels[voice] != nil || levels.count < Self.maxVoices else { return false }
      let known = levels[voice, default: Knowledge()]
      guard !known.level.isKnown, !known.isMeasured else { return false }
      levels[voice, default: Knowledge()].isMeasured = true
      return true
    }
  }

  /// The utterance was not heard to its end by the meter.
  public func giveUp(_ voice: Voice) { levels.withLock { $0[voice]?.isMeasured = false } }

  /// An utterance is over; what the meter found counts from the next on.
  public func note(_ meter: LoudnessMeter, of voice: Voice) {
    let (loudness, peak, seconds) = (meter.integrated, meter.truePeak, Double(meter.count) / Double(meter.rate))
    levels.withLock { levels in
      guard levels[voice] != nil || levels.count < Self.maxVoices else { return }
      levels[voice, default: Knowledge()].level.note(loudness: loudness, truePeak: peak, seconds: seconds)
      levels[voice]?.isMeasured = false
    }
  }

  /// The voice may sound otherwise now: its provider was changed.
  public func forget(provider: String) { levels.withLock { $0 = $0.filter { $0.key.provider != provider } } }
}
