// Measures how loud a voice is, as broadcasters do.

import CEBUR128
import Glibc

/// Integrated loudness (EBU R 128, ITU-R BS.1770-4: K-weighting, blocks of 400 ms, gates at -70 LUFS and 10 LU below the mean) and peak
/// of one stream of mono sound, by libebur128.
///
/// Loudness is kept as a histogram of 0.1 LU, so that its memory does not grow with the sound. Used while a voice is new. One owner at a
/// time.
public final class LoudnessMeter {
  private var state: UnsafeMutablePointer<ebur128_state>?
  /// Hz.
  public let rate: Int
  /// Samples taken so far.
  public private(set) var count = 0

  /// - Parameter rate: Hz, 8000 to 48,000. Nil when there is no memory, or for another rate.
  public init?(rate: Int) {
    guard (8000...48_000).contains(rate) else { return nil }
    let mode = EBUR128_MODE_I.rawValue | EBUR128_MODE_SAMPLE_PEAK.rawValue | EBUR128_MODE_HISTOGRAM.rawValue
    guard let state = ebur128_init(1, UInt(rate), Int32(bitPattern: mode)) else { return nil }
    self.state = state
    self.rate = rate
  }

  deinit { ebur128_destroy(&state) }

  public func add(_ samples: UnsafeBufferPointer<Int16>) {
    guard let state, let base = samples.baseAddress, ebur128_add_frames_short(state, base, samples.count) == 0 else { return }
    count += samples.count
  }

  /// LUFS; nil as long as nothing was louder than the absolute gate.
  public var integrated: Double? {
    var loudness = 0.0
    guard let state, ebur128_loudness_global(state, &loudness) == 0, loudness.isFinite, loudness > -70 else { return nil }
    return loudness
  }

  /// dBTP at most, for speech; nil before the first sound.
  ///
  /// The highest sample, and what the wave may rise between two samples at up to an eighth of the rate: 20 lg cos(π/8) (ITU-R BS.1770-4,
  /// attachment 1 to annex 2). The peaks of a voice lie far below, in its first formant; to find them between the samples would be four
  /// fifths of what measuring costs.
  public var truePeak: Double? {
    var peak = 0.0
    guard let state, ebur128_sample_peak(state, 0, &peak) == 0, peak > 0 else { return nil }
    return 20 * log10(peak / cos(.pi / 8))
  }
}
