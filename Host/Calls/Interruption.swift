// Decides when the agent pauses, gives way, or goes on, while the caller makes sounds over its speech.

import Media

/// The two steps of an interruption: a pause at the first sound, then either the caller really wants the turn, or the agent goes
/// on at the word. Pure: time comes in as call milliseconds.
struct Interruption {
  struct Settings: Equatable {
    var enabled = true
    /// So many words (that are no backchannel) confirm; 0: sustained speech does as well.
    var minWords = 0
    /// So much speech confirms without words.
    var minDurationMs = 500
    /// After a pause that was not confirmed the agent goes on once the caller has been silent so long.
    var resumeAfterMs = 500
  }

  enum Event: Equatable {
    /// The agent's voice is on the line; legal text is not interruptible.
    case agentSpeaks(interruptible: Bool)
    case agentSilent
    case voice(SpeechGate.Event)
    /// Words of the present speech so far, and whether all of them are backchannels.
    case words(count: Int, backchannel: Bool)
    /// A key of the telephone was pressed and keys interrupt.
    case key
    case timer
  }

  enum Action: Equatable {
    case none
    /// Fall silent, keep everything.
    case pause
    /// Go on at the word.
    case resume
    /// The caller has the turn: drop what was not played.
    case giveWay
  }

  private enum State: Equatable {
    case idle
    case speaking
    /// Paused; `onsetMs` is when the sound began, `endedMs` when it ended.
    case paused(onsetMs: UInt64, endedMs: UInt64?)
  }

  private let settings: Settings
  private var state = State.idle
  private var isClear = false
  private var onlyBackchannel = false
  /// When `timer` is wanted; nil: not at all.
  private(set) var wakeMs: UInt64?

  init(_ settings: Settings) { self.settings = settings }

  var isPaused: Bool { if case .paused = state { true } else { false } }

  mutating func event(_ event: Event, at nowMs: UInt64) -> Action {
    switch (state, event) {
    case (_, .agentSpeaks(let interruptible)):
      if !isPaused { become(interruptible && settings.enabled ? .speaking : .idle) }
      return .none
    case (_, .agentSilent):
      become(.idle)
      return .none
    case (.idle, _): return .none
    case (_, .key): return giveWay()
    case (.speaking, .voice(.provisional)), (.speaking, .voice(.started)):
      isClear = false
      onlyBackchannel = false
      become(.paused(onsetMs: nowMs, endedMs: nil))
      return .pause
    case (.speaking, .words(let count, let backchannel)):
      return !backchannel && count >= max(settings.minWords, 1) ? giveWay() : .none
    case (.paused, .voice(.withdrawn)), (.paused, .voice(.background)): return resume()
    case (.paused(let onset, _), .voice(.started)):
      become(.paused(onsetMs: onset, endedMs: nil))
      return judge(nowMs)
    case (.paused, .voice(.confirmed)):
      isClear = true
      return judge(nowMs)
    case (.paused(let onset, _), .voice(.ended)):
      become(.paused(onsetMs: onset, endedMs: nowMs))
      return judge(nowMs)
    case (.paused, .words(let count, let backchannel)):
      onlyBackchannel = backchannel && count > 0
      if !backchannel, count >= max(settings.minWords, 1) { return giveWay() }
      return judge(nowMs)
    case (.paused, .timer): return judge(nowMs)
    case (.speaking, _), (.paused, .voice): return .none
    }
  }

  /// What sustained speech, or its end, means now; sets the next moment to look again.
  private mutating func judge(_ nowMs: UInt64) -> Action {
    guard case .paused(let onset, let ended) = state else { return .none }
    if let ended {
      let resumeAt = ended + UInt64(settings.resumeAfterMs)
      if nowMs >= resumeAt { return resume() }
      wakeMs = resumeAt
      return .none
    }
    wakeMs = nil
    guard settings.minWords == 0, isClear else { return .none }
    // A listener's "mm-hm, right" may last; words that are none of these have confirmed at once already.
    let needed = UInt64(settings.minDurationMs) * (onlyBackchannel ? 3 : 1)
    if nowMs >= onset + needed { return giveWay() }
    wakeMs = onset + needed
    return .none
  }

  private mutating func resume() -> Action {
    become(.speaking)
    return .resume
  }

  private mutating func giveWay() -> Action {
    become(.idle)
    return .giveWay
  }

  private mutating func become(_ next: State) {
    state = next
    if !isPaused { wakeMs = nil }
  }
}
