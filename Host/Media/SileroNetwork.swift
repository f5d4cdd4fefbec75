// The Silero network's arithmetic, for the windows of several calls at once.

import Glibc
import Kernels

/// The network of one rate, for all streams of one thread.
///
/// A window alone costs 0.9 or 1.2 MB of weights that come through the memory for it. So windows are gathered in lanes, and worked out together
/// when the first of them is asked for, or when all lanes are taken.
///
/// Spectrum of four overlapping pieces, four convolutions, an LSTM cell, a sigmoid; agrees with ONNX Runtime to 1e-4.
public final class SileroNetwork {
  let weights: SileroWeights
  private let place: Place
  private let lanes: UnsafeMutableBufferPointer<Float>
  /// Whose window lies in each lane that is taken.
  private var streams: [SileroVAD] = []

  private static let width = 8

  /// - Parameter weights: shared by all networks of this rate.
  public init(_ weights: SileroWeights) {
    self.weights = weights
    place = Place(weights.layout)
    lanes = .allocate(capacity: Self.width * place.count)
    lanes.initialize(repeating: 0)
    streams.reserveCapacity(Self.width)
  }

  deinit { lanes.deallocate() }

  /// Puts a stream's window into a lane.
  func take(_ stream: SileroVAD, _ window: UnsafeBufferPointer<Int16>) {
    if streams.count == Self.width { run() }
    guard let base = lanes.baseAddress else { return }
    let lane = base + streams.count * place.count
    fillSignal(window, behind: stream.context, lane + place.signal)
    (lane + place.hidden).update(from: stream.hidden, count: 2 * SileroVAD.units)
    streams.append(stream)
  }

  /// Works out all lanes that are taken and tells their streams.
  func run() {
    guard let base = lanes.baseAddress, !streams.isEmpty else { return }
    encode(base)
    multiply(weights.layout.gates, base + place.features, stride: 0, rows: 1, into: base + place.gates, rectified: false)
    for (i, stream) in streams.enumerated() {
      let lane = base + i * place.count
      kernels_lstm(lane + place.gates, SileroVAD.units, lane + place.cell, lane + place.hidden)
      stream.hidden.update(from: lane + place.hidden, count: 2 * SileroVAD.units)
      stream.heard(probability(lane + place.hidden))
    }
    streams.removeAll(keepingCapacity: true)
  }

  /// context ++ window ++ mirror image of the window's end, without repeating the last sample.
  private func fillSignal(_ window: UnsafeBufferPointer<Int16>, behind context: UnsafePointer<Float>, _ signal: UnsafeMutablePointer<Float>)
  {
    let count = weights.layout.context
    signal.update(from: context, count: count)
    for i in 0..<window.count { signal[count + i] = Float(window[i]) * (1 / 32_768) }
    let last = count + window.count - 1
    for i in 0..<count { signal[last + 1 + i] = signal[last - 1 - i] }
  }

  /// Signal to features. Every step is one matrix product over overlapping rows: the convolutions have three taps, so a row of
  /// their input is three rows of the activations, which keep rows of zeros around them for padding.
  private func encode(_ base: UnsafeMutablePointer<Float>) {
    let l = weights.layout
    multiply(l.transform, base + place.signal, stride: l.hop, rows: 4, into: base + place.spectrum)
    for lane in 0..<streams.count {
      for row in 0..<4 {
        let spectrum = base + lane * place.count + place.spectrum + row * l.transform.columns
        kernels_magnitude(spectrum, spectrum + l.bins, l.bins, base + lane * place.count + place.magnitude + (row + 1) * l.bins)
      }
    }
    multiply(l.convolutions.0, base + place.magnitude, stride: l.bins, rows: 4, into: base + place.first + 128)
    multiply(l.convolutions.1, base + place.first, stride: 2 * 128, rows: 2, into: base + place.second + 64)
    multiply(l.convolutions.2, base + place.second, stride: 0, rows: 1, into: base + place.third)
    multiply(l.convolutions.3, base + place.third, stride: 0, rows: 1, into: base + place.features)
  }

  /// One weighted sum of what the cell shows.
  private func probability(_ hidden: UnsafePointer<Float>) -> Float {
    let output = weights.floats + weights.layout.output
    var sum = output[SileroVAD.units]
    for i in 0..<SileroVAD.units { sum += max(hidden[i], 0) * output[i] }
    return 1 / (1 + expf(-sum))
  }

  /// Rows of `x` in each lane, `stride` floats apart, times the matrix; every layer with a bias but the gates is rectified.
  private func multiply(
    _ matrix: SileroWeights.Matrix, _ x: UnsafePointer<Float>, stride: Int, rows: Int, into y: UnsafeMutablePointer<Float>,
    rectified: Bool = true
  ) {
    let bias = matrix.bias.map { weights.floats + $0 }
    kernels_affine(
      kernels_streams(count: streams.count, next: place.count), x, stride, rows, weights.floats + matrix.place, bias, matrix.inner,
      matrix.columns, y, rectified && bias != nil ? 1 : 0)
  }

  /// Where the parts of a lane begin, in floats.
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
