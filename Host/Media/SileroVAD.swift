// Voice detection by the Silero network, computed by ourselves: no runtime library, no allocation per window.

import Glibc
import Kernels

/// The Silero VAD network (version 6.2, MIT licence) for one stream.
///
/// Spectrum of four overlapping pieces, four convolutions, an LSTM cell, a sigmoid; agrees with ONNX Runtime to 1e-4.
/// The 8 kHz network is for telephone lines, the 16 kHz network for wideband lines. State is one block of memory, made once.
///
/// A window is the dearest piece of work that a call gives its loop, and callers are silent most of the time. So silence in which nobody can
/// have begun to speak is not put before the network: it answers what it answered before.
public final class SileroVAD: VoiceDetector {
  private let weights: SileroWeights
  private let block: UnsafeMutableBufferPointer<Float>
  /// Where the parts of the block begin, in floats.
  private let place: Place
  private var rest = Rest()
  private var last: Float = 0
  private let silence: Int

  /// - Parameters:
  ///   - weights: shared by all streams of this rate.
  ///   - silence: what never rises above it is silence; a negative one takes nothing for silence. 16 is -66 dB of full scale, the last
  ///     bits of a telephone line's coding.
  public init(weights: SileroWeights, silence: Int = 16) {
    self.weights = weights
    self.silence = silence
    place = Place(weights.layout)
    block = .allocate(capacity: place.count)
    block.initialize(repeating: 0)
  }

  deinit { block.deallocate() }

  public var sampleRate: UInt32 { weights.sampleRate }
  public var windowSamples: Int { weights.layout.windowSamples }

  public func reset() {
    block.update(repeating: 0)
    rest = Rest()
    last = 0
  }

  public func probability(_ window: UnsafeBufferPointer<Int16>) -> Float {
    guard window.count == windowSamples, let base = block.baseAddress else { return 0 }
    fillSignal(window, base + place.signal)
    if rest.isLong, window.allSatisfy({ Int($0.magnitude) <= silence }) { return last }
    encode(base)
    last = decode(base)
    if rest.isDue(after: last) { (base + place.hidden).update(repeating: 0, count: 2 * 128) }
    return last
  }

  /// context ++ window ++ mirror image of the window's end, without repeating the last sample.
  private func fillSignal(_ window: UnsafeBufferPointer<Int16>, _ signal: UnsafeMutablePointer<Float>) {
    let context = weights.layout.context
    signal.update(from: signal + window.count, count: context)
    for i in 0..<window.count { signal[context + i] = Float(window[i]) * (1 / 32_768) }
    let last = context + window.count - 1
    for i in 0..<context { signal[last + 1 + i] = signal[last - 1 - i] }
  }

  /// Signal to features. Every step is one matrix product over overlapping rows: the convolutions have three taps, so a row of
  /// their input is three rows of the activations, which keep rows of zeros around them for padding.
  private func encode(_ base: UnsafeMutablePointer<Float>) {
    let l = weights.layout
    multiply(l.transform, base + place.signal, stride: l.hop, rows: 4, into: base + place.spectrum)
    for row in 0..<4 {
      let spectrum = base + place.spectrum + row * l.transform.columns
      kernels_magnitude(spectrum, spectrum + l.bins, l.bins, base + place.magnitude + (row + 1) * l.bins)
    }
    multiply(l.convolutions.0, base + place.magnitude, stride: l.bins, rows: 4, into: base + place.first + 128)
    multiply(l.convolutions.1, base + place.first, stride: 2 * 128, rows: 2, into: base + place.second + 64)
    multiply(l.convolutions.2, base + place.second, stride: 0, rows: 1, into: base + place.third)
    multiply(l.convolutions.3, base + place.third, stride: 0, rows: 1, into: base + place.features)
  }

  /// Features and the hidden state, side by side, to the gates of the LSTM cell; then one weighted sum.
  private func decode(_ base: UnsafeMutablePointer<Float>) -> Float {
    let hidden = base + place.hidden
    multiply(weights.layout.gates, base + place.features, stride: 0, rows: 1, into: base + place.gates, rectified: false)
    kernels_lstm(base + place.gates, 128, base + place.cell, hidden)
    let output = weights.floats + weights.layout.output
    var sum = output[128]
    for i in 0..<128 { sum += max(hidden[i], 0) * output[i] }
    return 1 / (1 + expf(-sum))
  }

  /// Rows of `x`, `stride` floats apart, times the matrix; every layer with a bias but the gates is rectified.
  private func multiply(
    _ matrix: SileroWeights.Matrix, _ x: UnsafePointer<Float>, stride: Int, rows: Int, into y: UnsafeMutablePointer<Float>,
    rectified: Bool = true
  ) {
    let bias = matrix.bias.map { weights.floats + $0 }
    kernels_affine(
      x, stride, rows, weights.floats + matrix.place, bias, matrix.inner, matrix.columns, y, matrix.columns,
      rectified && bias != nil ? 1 : 0)
  }

  /// When the LSTM forgets, and when it has nothing to learn from more silence: half a second after the last sign of speech.
  ///
  /// Its state still leans towards silence long after speech; cleared once in the pause that follows, the next
  /// onset is found 20 ms sooner at the median and 50 ms at the 90th percentile (176 human prompts, street noise at 10 dB), with
  /// no more false starts in white, street or mains noise. Not cleared again without speech: a fresh state is itself unsure in hum.
  private struct Rest {
    private var loud = 0
    private var quiet = 0
    private var isArmed = false

    private static let windows = 16

    var isLong: Bool { quiet > Self.windows }

    mutating func isDue(after probability: Float) -> Bool {
      loud = probability >= 0.5 ? loud + 1 : 0
      quiet = probability < 0.35 ? quiet + 1 : 0
      if loud >= 3 { isArmed = true }
      guard isArmed, quiet >= Self.windows else { return false }
      isArmed = false
      return true
    }
  }

  private struct Place {
    let signal = 0
    let spectrum: Int
    let magnitude: Int
    let first: Int
    let second: Int
    let third: Int
    let features: Int
    /// Directly behind the features, so that both are one row; the cell state follows.
    let hidden: Int
    let cell: Int
    let gates: Int
    let count: Int

    init(_ l: SileroWeights.Layout) {
      spectrum = l.windowSamples + 2 * l.context
      magnitude = spectrum + 4 * l.transform.columns
      first = magnitude + 6 * l.bins
      second = first + 5 * 128
      third = second + 3 * 64
      features = third + 64
      hidden = features + 128
      cell = hidden + 128
      gates = cell + 128
      count = gates + 512
    }
  }
}
