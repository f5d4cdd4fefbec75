// Who speaks when nobody does: fillers while the agent thinks, prompts while the caller is silent.

import Config

/// What the caller hears while a model or tool is slow. The caller never waits longer than `afterMs` without hearing something.
public struct Fillers: Equatable, Sendable {
  /// From the end of the caller's turn. Long enough for a quick answer to come first, short enough that nobody says "hello?".
  public var afterMs = 1500
  /// Taken in turn.
  public var lines = ["One moment, please.", "Just a second.", "I am still on it."]

  public init() {}
}

/// What happens when the caller says nothing.
public struct Silence: Equatable, Sendable {
  /// From the end of the agent's last words. livekit-agents calls a user away after 15 s; on a telephone that is an eternity.
  public var afterMs = 8000
  /// One after the other, each after as much silence.
  public var prompts = ["Are you still there?", "I cannot hear you. If you are there, please say something."]
  /// After the last prompt the call ends; otherwise the last prompt is repeated until `maxDurationMs`.
  public var thenEnd = true

  public init() {}
}

extension Fillers {
  init(_ fields: Fields, _ speech: Speech) {
    afterMs = fields.integer("afterMs", 300...20_000, default: afterMs)
    lines = speech.lines("lines", in: fields, 1...20, builtIn: lines)
  }
}

extension Silence {
  init(_ fields: Fields, _ speech: Speech) {
    afterMs = fields.integer("afterMs", 1000...120_000, default: afterMs)
    prompts = speech.lines("prompts", in: fields, 1...10, builtIn: prompts)
    thenEnd = fields.flag("thenEnd", default: thenEnd)
  }
}
