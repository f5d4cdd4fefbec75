// What is done to the sound of the line, and what its keys mean.

import Config

/// Treatment of the caller's audio, and of silence towards the caller.
public struct LineAudio: Equatable, Sendable {
  /// Off by default: recognisers are trained on noise, and suppression costs them words.
  public var noiseSuppression = false
  public var gainControl = false
  /// Faint noise instead of digital silence, so that the line does not seem dead while the agent thinks.
  public var comfortNoise = true

  public init() {}
}

/// How keys are gathered into an entry.
public struct Keys: Equatable, Sendable {
  /// False: keys are recorded, and nothing else.
  public var enabled = true
  /// An entry is over when no key follows for so long.
  public var pauseMs = 3000
  /// This key ends an entry at once; empty: none does.
  public var terminator = "#"
  /// An entry is over at so many keys.
  public var maxDigits = 20
  /// A key stops the agent's speech.
  public var interrupts = true

  public init() {}
}

extension LineAudio {
  init(_ fields: Fields) {
    noiseSuppression = fields.flag("noiseSuppression", default: noiseSuppression)
    gainControl = fields.flag("gainControl", default: gainControl)
    comfortNoise = fields.flag("comfortNoise", default: comfortNoise)
  }
}

extension Keys {
  init(_ fields: Fields) {
    enabled = fields.flag("enabled", default: enabled)
    pauseMs = fields.integer("pauseMs", 500...30_000, default: pauseMs)
    terminator = fields.text("terminator", 0...1, default: terminator)
    if !terminator.isEmpty, !"0123456789*#ABCD".contains(terminator) {
      fields.report("expected one of 0-9, *, #, A-D, or nothing in quotes, found '\(terminator)'", at: "terminator")
    }
    maxDigits = fields.integer("maxDigits", 1...64, default: maxDigits)
    interrupts = fields.flag("interrupts", default: interrupts)
  }
}
