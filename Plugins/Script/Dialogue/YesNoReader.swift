// Yes and no in a caller's words.

/// Reads agreement and refusal; what follows ("no, friday") is left to the caller of this type.
enum YesNoReader {
  /// The answer, or nil when there is none or it contradicts itself.
  static func read(_ tokens: [String]) -> Bool? {
    for phrase in negative where contains(tokens, phrase) { return false }
    let rest = tokens.filter { !Weights.fillers.contains($0) }
    if let first = rest.first {
      if noWords.contains(first) { return false }
      if yesWords.contains(first) { return true }
    }
    let no = rest.contains(where: noWords.contains)
    let yes = rest.contains(where: yesWords.contains) || positive.contains { contains(tokens, $0) }
    return no == yes ? nil : yes
  }

  /// True for a bare answer: nothing but yes, no and politeness.
  static func isBare(_ tokens: [String]) -> Bool {
    read(tokens) != nil
      && tokens.allSatisfy { noWords.contains($0) || yesWords.contains($0) || polite.contains($0) || Weights.fillers.contains($0) }
  }

  static func contains(_ tokens: [String], _ phrase: [String]) -> Bool {
    guard phrase.count <= tokens.count else { return false }
    return (0...(tokens.count - phrase.count)).contains { Array(tokens[$0..<($0 + phrase.count)]) == phrase }
  }

  private static let yesWords: Set = [
    "yes", "yeah", "yep", "yup", "correct", "right", "sure", "okay", "exactly", "absolutely", "perfect", "fine", "definitely",
  ]
  private static let noWords: Set = ["no", "nope", "nah", "wrong", "incorrect", "negative"]
  private static let positive = [["of", "course"], ["go", "ahead"], ["please", "do"], ["sounds", "good"], ["uh", "huh"]]
  private static let negative = [["not", "right"], ["not", "correct"], ["not", "quite"], ["do", "not"], ["not", "really"]]
  private static let polite: Set = ["please", "thanks", "thank", "you", "that", "is", "it", "the", "not", "do", "sir", "madam"]
}
