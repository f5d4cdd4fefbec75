// Tells a plain yes, for the one question the engine itself asks.

/// English only: agents in other languages leave the judgement to the model, which sees question and answer.
enum Affirmation {
  private static let words: Set<String> = [
    "yes", "yeah", "yep", "yup", "correct", "right", "sure", "exactly", "ok", "okay", "i", "did", "that's", "that", "is", "please", "it",
  ]
  private static let cores: Set<String> = ["yes", "yeah", "yep", "yup", "correct", "right", "sure", "exactly", "ok", "okay"]

  /// True when the text says yes and nothing else.
  static func isYes(_ text: String) -> Bool {
    let said = text.lowercased().split { !$0.isLetter && $0 != "'" }.map(String.init)
    return said.contains(where: cores.contains) && said.allSatisfy(words.contains)
  }
}
