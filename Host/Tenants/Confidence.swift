// What the agent does when it is not sure of what it heard.

import Config

/// Thresholds on a final transcript's confidence, 0 to 1. A transcript below `accept` never leads to a tool call.
/// A recogniser that tells no confidence is trusted.
public struct Confidence: Equatable, Sendable {
  /// From here on it is answered.
  public var accept = 0.5
  /// From here on the agent repeats what it heard and asks whether that is right; below, it asks to say it again.
  public var confirm = 0.25
  /// `{heard}` is what was heard.
  public var confirmQuestion = "Did you say: {heard}?"
  public var againQuestion = "Sorry, I did not get that. Could you say it again?"

  public init() {}
}

extension Confidence {
  init(_ fields: Fields, _ speech: Speech) {
    accept = fields.number("accept", 0...1, default: accept)
    confirm = fields.number("confirm", 0...1, default: min(confirm, accept))
    if confirm > accept { fields.report("must not be above accept, which is \(accept)", at: "confirm") }
    confirmQuestion = speech.line("confirmQuestion", in: fields, builtIn: confirmQuestion)
    if !confirmQuestion.contains("{heard}") { fields.report("expected a text with {heard} in it", at: "confirmQuestion") }
    againQuestion = speech.line("againQuestion", in: fields, builtIn: againQuestion)
  }
}
