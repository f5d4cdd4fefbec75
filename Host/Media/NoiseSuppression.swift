// Cleans up what a noisy or badly levelled line delivers, where its operator asks for it.

import CSpeexDSP

/// Noise suppression and automatic gain control of one line by libspeexdsp; off unless a line is configured for it, because
/// recognisers and the voice detector do better on untouched sound. Its own voice detection is not used.
///
/// `process` does not allocate, lock or block (about 15 us for 20 ms at 8 kHz). One owner at a time.
public final class NoiseSuppression {
  /// Samples of one frame: 20 ms.
  public let frameSamples: Int
  private let state: OpaquePointer

  /// What a line can have; both may be on.
  public struct Options: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// Takes steady noise down by up to 15 dB; more makes speech sound watery.
    public static let suppressNoise = Options(rawValue: 1)
    /// Brings speech to about -25 dBFS within a few seconds.
    public static let controlGain = Options(rawValue: 2)
  }

  /// - Parameter sampleRate: Hz; nil is returned outside 8,000 to 48,000 or when memory is short.
  public init?(sampleRate: UInt32, options: Options) {
    guard (8_000...48_000).contains(sampleRate) else { return nil }
    frameSamples = Int(sampleRate) / 50
    guard let made = speex_preprocess_state_init(Int32(frameSamples), Int32(sampleRate)) else { return nil }
    state = made
    set(SPEEX_PREPROCESS_SET_DENOISE, options.contains(.suppressNoise) ? 1 : 0)
    set(SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, -15)
    set(SPEEX_PREPROCESS_SET_AGC, options.contains(.controlGain) ? 1 : 0)
    // Without a ceiling the gain climbs in long silences until the next word is distorted.
    set(SPEEX_PREPROCESS_SET_AGC_MAX_GAIN, 20)
  }

  deinit { speex_preprocess_state_destroy(state) }

  /// Cleans one frame in place; a frame that has not exactly `frameSamples` samples is left as it is.
  public func process(_ frame: UnsafeMutableBufferPointer<Int16>) {
    guard frame.count == frameSamples, let base = frame.baseAddress else { return }
    speex_preprocess_run(state, base)
  }

  private func set(_ request: Int32, _ value: Int32) {
    var value = value
    speex_preprocess_ctl(state, request, &value)
  }
}
