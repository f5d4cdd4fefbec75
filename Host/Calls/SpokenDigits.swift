// Counts digits in recognised English text, spoken or written.

enum SpokenDigits {
  private static let words: Set<String> = ["zero", "oh", "o", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]

  /// How many digits `text` holds: "four one 5" holds three.
  static func count(in text: String) -> Int {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.reduce(0) { sum, word in
      words.contains(String(word)) ? sum + 1 : word.allSatisfy(\.isNumber) ? sum + word.count : sum
    }
  }
}
