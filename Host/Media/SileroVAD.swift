// Voice detection by the Silero network, computed by ourselves: no runtime library, no allocation per window.

/// The Silero VAD network (version 6.2, MIT licence) for one stream.
///
/// The 8 kHz network is for telephone lines, the 16 kHz network for wideband lines. What a stream remembers is one block of memory, made
/// once; the arithmetic is its network's, which it shares with the other streams of its thread.
///
/// A window is the dearest piece of work that a call gives its loop, and callers are silent most of the time. So silence in which nobody can
/// have begun to speak is not put before the network: it answers what it answered before.
public final class SileroVAD: VoiceDetector {
  private let network: SileroNetwork
  /// Hidden state, cell state, and the end of the last window.
  private let memory: UnsafeMutablePointer<Float>
  private var rest = Rest()
  private var last: Float = 0
  /// The network has not concluded the last window yet.
  private var isPending = false
  private let silence: Int

  /// Of the LSTM cell.
  static let units = 128

  /// - Parameters:
  ///   - network: shared by the streams of one thread.
  ///   - silence: what never rises above it is silence; a negative one takes nothing for silence. 16 is -66 dB of full scale, the last
  ///     bits of a telephone line's coding.
  public init(_ network: SileroNetwork, silence: Int = 16) {
    self.network = network
    self.silence = silence
    let count = 2 * Self.units + network.weights.layout.context
    memory = .allocate(capacity: count)
    memory.initialize(repeating: 0, count: count)
  }

  /// A stream with a network of its own.
  public convenience init(weights: SileroWeights, silence: Int = 16) { self.init(SileroNetwork(weights), silence: silence) }

  deinit { memory.deallocate() }

  public var sampleRate: UInt32 { network.weights.sampleRate }
  public var windowSamples: Int { network.weights.layout.windowSamples }

  /// Hidden state, then cell state.
  var hidden: UnsafeMutablePointer<Float> { memory }
  /// What precedes the next window.
  var context: UnsafeMutablePointer<Float> { memory + 2 * Self.units }

  public func reset() {
    if isPending { network.run() }
    memory.update(repeating: 0, count: 2 * Self.units + network.weights.layout.context)
    rest = Rest()
    last = 0
  }

  public func hear(_ window: UnsafeBufferPointer<Int16>) {
    if isPending { network.run() }
    guard window.count == windowSamples else { return last = 0 }
    if !(rest.isLong && window.allSatisfy { Int($0.magnitude) <= silence }) {
      network.take(self, window)
      isPending = true
    }
    let count = network.weights.layout.context
    for i in 0..<count { context[i] = Float(window[window.count - count + i]) * (1 / 32_768) }
  }

  public func conclude() -> Float {
    if isPending { network.run() }
    return last
  }

  /// The network's answer.
  func heard(_ probability: Float) {
    isPending = false
    last = probability
    if rest.isDue(after: last) { hidden.update(repeating: 0, count: 2 * Self.units) }
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
}
