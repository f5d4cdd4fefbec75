// How much a word tells about what a caller wants.

/// Word weights for matching: content 1, function words a quarter, hesitation nothing.
enum Weights {
  static let content = 1.0
  static let function = 0.25

  static func weight(_ token: String) -> Double {
    if fillers.contains(token) { return 0 }
    return functionWords.contains(token) ? function : content
  }

  static func sum(_ tokens: some Sequence<String>) -> Double { tokens.reduce(0) { $0 + weight($1) } }

  static let fillers: Set = ["uh", "um", "er", "erm", "hmm", "mm", "well", "so", "please", "just", "oh", "like", "actually", "then"]

  static let functionWords: Set = [
    "a", "an", "the", "i", "you", "your", "my", "me", "we", "our", "us", "it", "its", "that", "this", "these", "those", "there",
    "is", "are", "am", "be", "was", "do", "does", "did", "can", "could", "would", "will", "should", "may", "have", "has", "had",
    "to", "for", "of", "on", "at", "in", "with", "and", "or", "but", "if", "by", "from", "about", "up", "some", "any",
    "want", "need", "get", "let", "make", "said", "mean", "meant", "hi", "hello", "hey", "okay", "thanks", "thank", "good", "not", "no",
    "yes",
  ]
}
