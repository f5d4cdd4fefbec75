// Decides where speech begins and ends by its level alone: light enough to run for every call all the time.

/// An adaptive energy gate. Feed it the level of every 20 ms; it answers what changed. It never reads a clock.
///
/// It only spares the decoder the silence between utterances: it opens early and closes late; whether a caller's turn is over is
/// decided elsewhere. The background is the quietest frame of the last two to three seconds (minimum statistics, R. Martin,
/// 2001): even fast speech dips to it between words, and a new steady noise is believed after that time.
public struct SpeechGate: Sendable {
  public enum Change: Equatable, Sendable { case none, opened, closed }

  /// Feed one level per this many milliseconds.
  public static let frameMs = 20
  /// Frames of speech that open the gate: a click is shorter, the shortest word ("oh", 80 ms) is not.
  public static let onsetFrames = 3
  /// An utterance is cut at 10 s: the last passes of a search grow faster than the utterance, to 0.4 s there.
  public static let maxFrames = 10_000 / frameMs

  public private(set) var isOpen = false
  /// Frames since the last one that was speech.
  public private(set) var quietFrames = 0
  /// The quietest frame of the present second and of the two before it, in dBFS.
  private var minima: [Float] = [unknown, unknown, unknown]
  private var minimumFrames = 0
  private var loudFrames = 0
  private var openFrames = 0
  private let endFrames: Int

  /// Speech stands this many dB above the background to open the gate, and this many to keep it open.
  private static let openAbove: Float = 9
  private static let stayAbove: Float = 6
  /// Nothing below this level in dBFS is speech; comfort noise (-60) lies there.
  private static let hearing: Float = -58
  /// Before anything was heard: so low that speech from the first frame on opens the gate.
  private static let unknown: Float = -65
  private static let minimumLength = 1_000 / frameMs
  /// From 8 s on a pause of 120 ms ends the utterance, so that the cut at 10 s seldom falls into a word.
  private static let longFrames = 8_000 / frameMs
  private static let longEndFrames = 120 / frameMs

  /// - Parameter silenceMs: how long it must be quiet until the gate closes.
  public init(silenceMs: Int) {
    endFrames = max(silenceMs / Self.frameMs, Self.longEndFrames)
  }

  /// The background in dBFS.
  public var floor: Float { min(minima[0], minima[1], minima[2]) }

  /// The level of the next 20 ms in dBFS.
  public mutating func hear(_ level: Float) -> Change {
    learn(level)
    let isLoud = level > max(Self.hearing, floor + (isOpen ? Self.stayAbove : Self.openAbove))
    loudFrames = isLoud ? loudFrames + 1 : 0
    quietFrames = isLoud ? 0 : quietFrames + 1
    guard isOpen else {
      guard loudFrames >= Self.onsetFrames else { return .none }
      isOpen = true
      openFrames = loudFrames
      return .opened
    }
    openFrames += 1
    let enough = openFrames >= Self.longFrames ? min(Self.longEndFrames, endFrames) : endFrames
    guard quietFrames >= enough || openFrames >= Self.maxFrames else { return .none }
    close()
    return .closed
  }

  /// Ends the utterance from outside, e.g. because a better detector saw its end.
  public mutating func close() {
    isOpen = false
    loudFrames = 0
    openFrames = 0
  }

  private mutating func learn(_ level: Float) {
    // A dropout of digital silence says nothing about the background, so its depth is held.
    let heard = max(level, -80)
    if minimumFrames == Self.minimumLength {
      minima = [heard, minima[0], minima[1]]
      minimumFrames = 0
    } else {
      minima[0] = min(minima[0], heard)
    }
    minimumFrames += 1
  }
}
