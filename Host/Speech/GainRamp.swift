// Makes sound louder or softer without a step that could be heard.

/// A gain over a stream of 16-bit samples. No allocation, no lock: for the 20 ms path. One owner.
public struct GainRamp: Sendable {
  /// Steps in less than 20 ms can be heard as a click; 80 ms are shorter than a syllable and much longer than that.
  private static let rampMs = 80
  /// Sample values beyond -1 dBFS are bent towards full scale rather than cut, so that a peak louder than any before does not crackle.
  private static let knee: Float = 0.891 * 32_767

  private var gain: Float = 1
  private var target: Float = 1
  private var step: Float = 0
  private let rampSamples: Float

  /// - Parameter rate: Hz of the sound.
  public init(rate: Int) { rampSamples = Float(max(rate, 1) * Self.rampMs / 1000) }

  /// dB; before the first sample of a voice: it begins like that, with no ramp.
  public mutating func begin(_ decibels: Double) {
    target = amplitude(decibels)
    gain = target
    step = 0
  }

  /// dB; reached over the next 80 ms, straight.
  public mutating func move(to decibels: Double) {
    target = amplitude(decibels)
    step = (target - gain) / max(rampSamples, 1)
  }

  /// Samples pass unchanged.
  public var isIdle: Bool { gain == 1 && target == 1 }

  /// Writes `samples` with the gain to `out`, which may be the same memory. Answers how many: the smaller of the two counts.
  public mutating func apply(_ samples: UnsafeBufferPointer<Int16>, into out: UnsafeMutableBufferPointer<Int16>) -> Int {
    let count = min(samples.count, out.count)
    guard let source = samples.baseAddress, let sink = out.baseAddress else { return 0 }
    var at = 0
    while at < count, gain != target {
      gain = abs(target - gain) <= abs(step) ? target : gain + step
      sink[at] = Self.sample(Float(source[at]) * gain)
      at += 1
    }
    if gain == 1 {
      if at < count, UnsafePointer(sink) != source { (sink + at).update(from: source + at, count: count - at) }
      return count
    }
    let gain = gain
    while at < count {
      sink[at] = Self.sample(Float(source[at]) * gain)
      at += 1
    }
    return count
  }

  @inline(__always) private static func sample(_ value: Float) -> Int16 {
    let size = abs(value)
    guard size > knee else { return Int16(value.rounded()) }
    // What is over the knee approaches full scale and never reaches it: x/(1+x).
    let room = 32_767 - knee
    let over = (size - knee) / room
    let bent = knee + room * over / (1 + over)
    return Int16(value < 0 ? -bent : bent)
  }
}
