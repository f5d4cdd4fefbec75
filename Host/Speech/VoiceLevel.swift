// How much a voice is to be made louder or softer, learned from what it says.

/// What is known of the loudness of one voice, and the gain that follows from it. Decides only.
///
/// Loudness is the mean energy over the utterances measured so far (BS.1770 adds energies, not decibels), weighted by their length.
public struct VoiceLevel: Equatable, Sendable {
  /// Where voices are to be.
  public struct Target: Equatable, Sendable {
    /// LUFS. -19 for mono speech is as loud as -16 in stereo, the usual of spoken programmes.
    public var loudness = -19.0
    /// dBTP. A decoder behind us may overshoot by as much (EBU R 128, section on true peak).
    public var truePeak = -1.0

    public init() {}
  }

  /// Shorter than this a measurement says too little: five blocks.
  static let leastSeconds = 1.2
  /// After so much speech a voice is known.
  static let enoughSeconds = 30.0
  /// A voice further off is broken or silent, and noise is not to be raised.
  static let maxGain = 15.0
  static let minGain = -20.0

  /// Seconds measured.
  public private(set) var seconds = 0.0
  /// Sum of energy times seconds.
  private var energy = 0.0
  /// dBTP.
  public private(set) var peak = -200.0

  public init() {}

  /// It has been measured long enough; measuring it further is waste.
  public var isKnown: Bool { seconds >= Self.enoughSeconds }

  /// An utterance was measured. Without speech in it, or too short, it counts for nothing but its peak.
  public mutating func note(loudness: Double?, truePeak: Double?, seconds: Double) {
    if let truePeak, truePeak.isFinite { peak = max(peak, truePeak) }
    guard let loudness, loudness.isFinite, seconds >= Self.leastSeconds, !isKnown else { return }
    energy += power(loudness) * seconds
    self.seconds += seconds
  }

  /// LUFS; nil before the first utterance.
  public var loudness: Double? { seconds > 0 ? 10 * logarithm(energy / seconds) : nil }

  /// dB to the target, held back by the peaks; nil while the voice is unknown.
  public func gain(_ target: Target) -> Double? {
    guard let loudness else { return nil }
    let wanted = min(max(target.loudness - loudness, Self.minGain), Self.maxGain)
    return min(wanted, max(target.truePeak - peak, Self.minGain))
  }
}
