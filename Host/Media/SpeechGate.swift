// Decides from the voice detector's probabilities when somebody starts and stops speaking; performs nothing itself.

/// Turns one probability per 32 ms window into the events of speech. No clock: time is the count of samples.
///
/// Feed it every window of the line in order, from the first sample on; call `skip` where samples are missing. Each window gives at
/// most one event. A stretch of speech is told in this order:
///
///     provisional -> withdrawn                                  a click, a cough: nothing was said
///     provisional -> started -> [confirmed] -> ended            speech
///     provisional -> started -> [confirmed] -> background       8 s of speech without a word recognised: a television, a crowd
///
/// While the agent is silent only `started` and `ended` matter. While the agent speaks, `provisional` pauses it at once;
/// `confirmed` (or enough recognised words) makes it an interruption; `withdrawn`, `ended` or `background` without that mean resume.
public struct SpeechGate: Sendable {
  public struct Settings: Sendable, Equatable {
    /// A window counts as speech from this probability on.
    public var startThreshold: Float = 0.5
    /// Speech goes on while the probability stays at or above this; lower than the start, so that a weak syllable does not end it.
    public var endThreshold: Float = 0.35
    /// Two windows: the soonest that a click and a syllable differ.
    public var provisionalMs = 64
    /// At least 80 ms of the last 100 ms: with 32 ms windows, three in a row.
    public var startMs = 80
    /// Speech so clear and long is an interruption even before a word is recognised.
    public var confirmThreshold: Float = 0.8
    public var confirmMs = 224
    /// Silence that ends a stretch of speech. Not the end of the turn: that is the endpointer's to decide, and this must be
    /// shorter than its shortest delay (300 ms).
    public var endMs = 250
    /// Speech this long without a recognised word is not the caller's.
    public var backgroundMs = 8_000
    /// Start threshold for the rest of the call once there was background speech. A caller near the microphone reaches 0.95.
    public var backgroundThreshold: Float = 0.9

    public init() {}
  }

  /// Positions count samples from the start of the stream.
  public enum Event: Sendable, Equatable {
    case none
    /// Two windows sound like speech; it began at this position.
    case provisional(at: UInt64)
    /// A provisional start came to nothing; the position is now.
    case withdrawn(at: UInt64)
    /// Somebody speaks; the position is the first sample of the speech (about 100 ms ago).
    case started(at: UInt64)
    /// The speech is clear and sustained; the position is its first sample again.
    case confirmed(at: UInt64)
    /// The speech is over; the position is the end of its sound (`endMs` ago), where pauses and latencies are counted from.
    case ended(at: UInt64)
    /// The speech was background and is over for the gate, without `ended`; the position is now.
    case background(at: UInt64)

    /// The position it tells of, if it tells of anything.
    public var at: UInt64? {
      switch self {
      case .none: nil
      case .provisional(let at), .withdrawn(let at), .started(let at), .confirmed(let at), .ended(let at), .background(let at): at
      }
    }
  }

  /// Samples seen or skipped so far.
  public private(set) var position: UInt64 = 0
  /// Between `started` and `ended` or `background`.
  public private(set) var isSpeech = false
  /// The last window sounded like speech, or this is speech.
  public var mayBeSpeech: Bool { isSpeech || loud > 0 }
  /// There was background speech in this call, so the start threshold is raised.
  public private(set) var isNoisy = false

  private let settings: Settings
  private let sampleRate: UInt64
  private let windowSamples: UInt64
  private let provisionalWindows, startWindows, confirmWindows, backgroundWindows: Int
  private let endSamples: UInt64

  /// The sound of speech may end so many windows before the detector notices.
  private static let mostLateWindows: UInt64 = 3

  private var onset: UInt64 = 0
  /// The end of the last sound of speech.
  private var lastSpeech: UInt64 = 0
  private var isConfirmed = false
  /// Windows in a row: at or above the start threshold, at or above the confirm threshold.
  private var loud = 0
  private var clear = 0
  /// Windows of the present speech since it started or words were last recognised.
  private var wordless = 0

  /// - Parameters:
  ///   - sampleRate: Hz of the positions.
  ///   - windowSamples: samples of one window, the detector's.
  public init(sampleRate: UInt32, windowSamples: Int, settings: Settings = Settings()) {
    let rate = max(Int(sampleRate), 1)
    let window = max(windowSamples, 1)
    func windows(_ ms: Int) -> Int { max((min(max(ms, 0), 3_600_000) * rate + window * 1_000 - 1) / (window * 1_000), 1) }
    self.settings = settings
    self.sampleRate = UInt64(rate)
    self.windowSamples = UInt64(window)
    provisionalWindows = windows(settings.provisionalMs)
    startWindows = windows(settings.startMs)
    confirmWindows = windows(settings.confirmMs)
    endSamples = UInt64(windows(settings.endMs) * window)
    backgroundWindows = windows(settings.backgroundMs)
  }

  /// The next window's probability, 0 to 1; what is not a number counts as silence.
  /// - Parameter sounding: up to which sample of the window there is anything to be heard (`SoundEnd`); nil = all of it.
  public mutating func window(_ probability: Float, sounding: Int? = nil) -> Event {
    let begin = position
    position &+= windowSamples
    let threshold = isNoisy ? settings.backgroundThreshold : settings.startThreshold
    clear = probability >= max(settings.confirmThreshold, threshold) ? clear + 1 : 0
    return isSpeech ? during(probability, threshold, soundEnd(begin, sounding)) : before(probability, threshold)
  }

  /// Samples that never came. Their time passes as silence of unknown length would: counters of consecutive windows start again.
  public mutating func skip(samples: UInt64) {
    position &+= samples
    if isSpeech { lastSpeech &+= samples }
    loud = 0
    clear = 0
  }

  /// Words were recognised in the present speech: it is no background. A threshold already raised stays for the call.
  public mutating func noteWords() { wordless = 0 }

  /// Milliseconds from a position to now, to map events to the host's clock.
  public func ageMs(of position: UInt64) -> UInt64 {
    self.position > position ? min(self.position - position, .max / 1_000) * 1_000 / sampleRate : 0
  }

  /// Where the sound ends that a window of speech brings; never much earlier than the detector believes.
  private func soundEnd(_ begin: UInt64, _ sounding: Int?) -> UInt64 {
    guard let sounding else { return position }
    let latest = sounding > 0 ? begin &+ min(UInt64(sounding), windowSamples) : 0
    let late = Self.mostLateWindows * windowSamples
    return max(latest, position > late ? position - late : 0)
  }

  private mutating func before(_ probability: Float, _ threshold: Float) -> Event {
    guard probability >= threshold else {
      defer { loud = 0 }
      return loud >= provisionalWindows ? .withdrawn(at: position) : .none
    }
    if loud == 0 { onset = position &- windowSamples }
    loud += 1
    if loud >= startWindows {
      isSpeech = true
      isConfirmed = false
      lastSpeech = position
      loud = 0
      wordless = 0
      return .started(at: onset)
    }
    return loud == provisionalWindows ? .provisional(at: onset) : .none
  }

  private mutating func during(_ probability: Float, _ threshold: Float, _ soundEnd: UInt64) -> Event {
    wordless += 1
    if probability >= min(settings.endThreshold, threshold) {
      lastSpeech = max(lastSpeech, soundEnd)
    } else if position &- lastSpeech >= endSamples {
      isSpeech = false
      return .ended(at: lastSpeech)
    }
    if wordless >= backgroundWindows {
      isSpeech = false
      isNoisy = true
      clear = 0
      return .background(at: position)
    }
    if !isConfirmed, clear >= confirmWindows {
      isConfirmed = true
      return .confirmed(at: onset)
    }
    return .none
  }
}
