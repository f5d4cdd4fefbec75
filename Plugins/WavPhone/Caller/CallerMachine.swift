// Decides when a synthetic caller speaks and when it hangs up; it hears only loud and quiet.

/// Conversation manners of a caller, one step per frame of 20 ms. It never reads a clock: frames are its time.
public struct CallerMachine: Sendable {
  public enum Action: Equatable, Sendable {
    case listen
    /// Begin turn number so-and-so of the script now.
    case begin(Int)
    case hangUp
  }

  public static let frameMs = 20
  /// Sound shorter than this is a click, not a word.
  private static let wordMs = 100
  /// A pause between two words is shorter than this; after it, sound is a new utterance.
  private static let gapMs = 300

  private var turns: [(cue: CallScript.Cue, afterMs: Int)]
  private var script: CallScript
  private var next = 0
  private var isActing = false
  private var totalMs = 0
  /// Since the caller's last turn, or the start of the call.
  private var sinceTurnMs = 0
  private var agentLoudMs = 0
  /// Since the agent was last loud, and since its present utterance began.
  private var agentQuietMs = 0
  private var agentOnsetMs = 0

  public init(_ script: CallScript) {
    self.script = script
    turns = script.turns.map { ($0.cue, $0.afterMs) }
  }

  /// Adds turns to the end; whether the caller hangs up after the last one is said anew.
  public mutating func add(_ more: CallScript) {
    turns += more.turns.map { ($0.cue, $0.afterMs) }
    script.holdsOpen = more.holdsOpen
  }

  /// One frame of the call.
  /// - Parameters:
  ///   - agentIsLoud: what the caller hears in this frame is more than noise.
  ///   - isActing: the turn begun last is still going on.
  public mutating func frame(agentIsLoud: Bool, isActing: Bool) -> Action {
    totalMs += Self.frameMs
    hear(agentIsLoud)
    guard totalMs < script.maxMs else { return .hangUp }
    if self.isActing, !isActing {
      // What the agent said during our turn is not the answer to it.
      sinceTurnMs = 0
      agentLoudMs = 0
    }
    self.isActing = isActing
    guard !isActing else { return .listen }
    sinceTurnMs += Self.frameMs
    guard next < turns.count else { return isFinished ? .hangUp : .listen }
    guard isCued(turns[next].cue, afterMs: turns[next].afterMs) else { return .listen }
    next += 1
    self.isActing = true
    return .begin(next - 1)
  }

  private mutating func hear(_ isLoud: Bool) {
    if isLoud {
      if agentQuietMs >= Self.gapMs || agentLoudMs == 0 { agentOnsetMs = 0 }
      agentLoudMs += Self.frameMs
      agentQuietMs = 0
    } else {
      agentQuietMs += Self.frameMs
    }
    agentOnsetMs += Self.frameMs
  }

  private var agentHasSpoken: Bool { agentLoudMs >= Self.wordMs }
  private var agentSpeaks: Bool { agentHasSpoken && agentQuietMs < Self.gapMs }

  private func isCued(_ cue: CallScript.Cue, afterMs: Int) -> Bool {
    let isImpatient = sinceTurnMs >= script.patienceMs && !agentSpeaks
    return switch cue {
    case .none: sinceTurnMs > afterMs
    case .agentDone: agentHasSpoken && agentQuietMs >= afterMs || isImpatient
    case .agentSpeaks: agentSpeaks && agentOnsetMs >= afterMs || isImpatient
    }
  }

  private var isFinished: Bool {
    guard !script.holdsOpen else { return false }
    return agentHasSpoken && agentQuietMs >= script.answerAfterMs || sinceTurnMs >= script.hangUpAfterMs && !agentSpeaks
  }
}
