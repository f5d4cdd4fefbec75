// Decides when the caller's turn is over; performs nothing itself and reads no clock.

/// Ends the caller's turn from three witnesses: the voice detector, the recogniser, and what the agent has asked.
///
/// The turn ends when the caller has been silent for the delay and a final transcript has arrived since the speech ended; without a
/// final, when `finalTimeoutMs` more have passed. Which delay:
///
/// | situation | delay after the end of speech |
/// |---|---|
/// | the transcript is a complete expected answer | `completeDelayMs` |
/// | digits are expected | `digitsDelayMs`: people pause between groups |
/// | a short answer is expected | `minDelayMs` |
/// | anything else | `minDelayMs`, or in dynamic mode what this caller's pauses have taught, up to `maxDelayMs` |
/// | the recogniser has said that the turn is over | none |
///
/// A detector that is stuck on in noise does not hold the turn: when the recogniser has declared the end, `minDelayMs` without a
/// new word suffices; when it has only sent a final, `maxDelayMs`, and never less than `finalTimeoutMs`: a final in the middle of speech
/// is no end, and the next guess may take a second. Words without detected speech (a very soft caller) count as speech ending when they
/// arrive.
public struct Endpointer: Sendable {
  public enum Mode: Sendable, Equatable {
    /// Always `minDelayMs`.
    case fixed
    /// Learns from this caller: an exponential average (0.9 of the old, 0.1 of the new) of the pauses after which the caller went on
    /// speaking, also when the turn had just been ended and the agent had not yet spoken. Between `minDelayMs` and `maxDelayMs`.
    case dynamic
  }

  /// Milliseconds. The two bounds are LiveKit Agents' `min_delay` and `max_delay` with their defaults; all are held below a minute.
  public struct Settings: Sendable, Equatable {
    public var mode = Mode.fixed
    public var minDelayMs: UInt64 = 500
    public var maxDelayMs: UInt64 = 3_000
    public var completeDelayMs: UInt64 = 300
    public var digitsDelayMs: UInt64 = 900
    /// How long a recogniser may keep its final after the delay: local ones need up to 0.2 s, remote ones about 1 s.
    public var finalTimeoutMs: UInt64 = 1_500

    public init() {}
  }

  /// What the agent's last question expects. Stays until the next `expects`.
  public enum Expectation: Sendable, Equatable { case open, short, digits }

  public enum Event: Sendable, Equatable {
    /// The gate's `started`: when the speech began, which lies a little before now.
    case speechStarted(atMs: UInt64)
    /// The gate's `ended` (or `background`): when the speech ended, which lies before now.
    case speechEnded(atMs: UInt64)
    /// The recogniser's present guess: its number of words, and whether all finals of the turn with it make a complete expected answer.
    case interim(words: Int, complete: Bool)
    /// A piece of transcript that stands; also with no words, which says that the speech held none.
    case final(words: Int, complete: Bool)
    /// The recogniser's own judgement that the turn is over.
    case recogniserTurnEnd
    case expects(Expectation)
    /// The agent's voice was heard: a caller who speaks from here on interrupts and no longer continues the last turn.
    case agentSpoke
    /// The instant of the last `wait` has come. Early or late does no harm.
    case timer
  }

  public enum Action: Sendable, Equatable {
    /// Nothing to wait for; drop any timer.
    case none
    /// Send `timer` at this instant unless another event comes first; replaces the timer set before.
    case wait(untilMs: UInt64)
    /// The turn is over, and the next one begins with the next event.
    case endTurn(Reason)
  }

  public enum Reason: Sendable, Equatable {
    /// Silent for the delay, transcript final.
    case silence
    /// The same with the short delay of a complete expected answer.
    case complete
    /// The recogniser said so.
    case recogniser
    /// A final stood for `maxDelayMs`, at least `finalTimeoutMs`, without a new word while the voice detector never closed.
    case noNewWords
    /// The final did not come in time: act on the interim. Should it come after all, it opens a turn of its own.
    case noFinal
    /// Sound, but not a word: no turn to answer.
    case noWords
  }

  /// The delay learned so far; equals `minDelayMs` until the caller pauses. Milliseconds.
  public private(set) var learnedDelayMs: Double

  private let settings: Settings
  private var expectation = Expectation.open
  private var turn = Turn()
  /// The end of the last speech, while speech that follows would still be the same thought.
  private var pauseSinceMs: UInt64?

  /// What is known of the turn so far.
  private struct Turn: Sendable {
    var isSpeaking = false
    var speechEndMs: UInt64?
    var hasWords = false
    var isComplete = false
    /// Arrival of the last final, forgotten when newer words are still only interim.
    var finalMs: UInt64?
    var lastWordsMs: UInt64 = 0
    var recogniserEndMs: UInt64?
  }

  /// The weight of the past in the learned delay: LiveKit Agents' value.
  private static let alpha = 0.9

  public init(settings: Settings = Settings()) {
    var s = settings
    let limit: UInt64 = 60_000
    s.minDelayMs = min(s.minDelayMs, limit)
    s.maxDelayMs = min(max(s.maxDelayMs, s.minDelayMs), limit)
    s.completeDelayMs = min(s.completeDelayMs, limit)
    s.digitsDelayMs = min(s.digitsDelayMs, limit)
    s.finalTimeoutMs = min(s.finalTimeoutMs, limit)
    self.settings = s
    learnedDelayMs = Double(s.minDelayMs)
  }

  /// Takes what happened and answers what to do now. `nowMs` never runs backwards.
  public mutating func event(_ event: Event, at nowMs: UInt64) -> Action {
    switch event {
    case .speechStarted(let atMs): speechStarted(atMs)
    case .speechEnded(let atMs): speechEnded(min(atMs, nowMs))
    case .interim(let words, let complete): if words > 0 { heard(complete: complete, final: false, nowMs) }
    case .final(let words, let complete):
      if words > 0 { heard(complete: complete, final: true, nowMs) }
      turn.finalMs = nowMs
    case .recogniserTurnEnd: turn.recogniserEndMs = nowMs
    case .expects(let next): expectation = next
    case .agentSpoke: pauseSinceMs = nil
    case .timer: break
    }
    return decide(nowMs)
  }

  private mutating func speechStarted(_ atMs: UInt64) {
    guard !turn.isSpeaking else { return }
    if let since = pauseSinceMs, atMs > since, atMs - since <= settings.maxDelayMs {
      let average = Self.alpha * learnedDelayMs + (1 - Self.alpha) * Double(atMs - since)
      learnedDelayMs = min(max(average, Double(settings.minDelayMs)), Double(settings.maxDelayMs))
    }
    pauseSinceMs = nil
    turn.isSpeaking = true
    turn.isComplete = false
    turn.recogniserEndMs = nil
  }

  private mutating func speechEnded(_ atMs: UInt64) {
    guard turn.isSpeaking else { return }
    turn.isSpeaking = false
    turn.speechEndMs = atMs
    pauseSinceMs = atMs
  }

  private mutating func heard(complete: Bool, final: Bool, _ nowMs: UInt64) {
    turn.hasWords = true
    turn.isComplete = complete
    turn.lastWordsMs = nowMs
    if !final {
      turn.finalMs = nil
      turn.recogniserEndMs = nil
    }
    if !turn.isSpeaking, turn.speechEndMs == nil { turn.speechEndMs = nowMs }
  }

  private mutating func decide(_ nowMs: UInt64) -> Action {
    guard let (deadlineMs, reason) = turn.isSpeaking ? endWhileSpeaking() : endInSilence() else { return .none }
    guard nowMs >= deadlineMs else { return .wait(untilMs: deadlineMs) }
    turn = Turn()
    return .endTurn(reason)
  }

  /// The detector hears speech: only the recogniser can end the turn, and only when it hears no more words.
  private func endWhileSpeaking() -> (UInt64, Reason)? {
    guard turn.hasWords else { return nil }
    if let endMs = turn.recogniserEndMs { return (endMs + settings.minDelayMs, .recogniser) }
    if let finalMs = turn.finalMs { return (finalMs + max(settings.maxDelayMs, settings.finalTimeoutMs), .noNewWords) }
    return nil
  }

  private func endInSilence() -> (UInt64, Reason)? {
    guard let endMs = turn.speechEndMs else { return nil }
    if let finalMs = turn.finalMs, finalMs >= endMs {
      guard turn.hasWords else { return (endMs + delayMs, .noWords) }
      if turn.recogniserEndMs != nil { return (endMs, .recogniser) }
      return (endMs + delayMs, turn.isComplete ? .complete : .silence)
    }
    let sinceMs = max(endMs + delayMs, turn.lastWordsMs)
    return (sinceMs + settings.finalTimeoutMs, turn.hasWords ? .noFinal : .noWords)
  }

  private var delayMs: UInt64 {
    if turn.isComplete { return settings.completeDelayMs }
    switch (expectation, settings.mode) {
    case (.digits, _): return settings.digitsDelayMs
    case (.open, .dynamic): return UInt64(learnedDelayMs)
    case (.open, .fixed), (.short, _): return settings.minDelayMs
    }
  }
}
