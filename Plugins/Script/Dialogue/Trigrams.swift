// A trigram language model in ARPA format.

import Glibc

/// Counts of one, two and three words, and the back-off model made of them.
///
/// Every seen n-gram keeps half of its share (`discount` 0.5, fixed); the other half goes to the unseen ones by back-off
/// weights (S. Katz, 1987, with a constant discount). A fixed discount suits a small closed set of sentences: there are
/// no counts of counts to estimate a better one from.
struct Trigrams {
  private var one: [String: Int] = [:]
  private var two: [String: [String: Int]] = [:]
  private var three: [String: [String: [String: Int]]] = [:]
  private static let discount = 0.5

  /// Each sentence is a list of words, without the marks `<s>` and `</s>`, which are added here.
  init(_ sentences: [[String]]) {
    for sentence in sentences {
      let words = ["<s>"] + sentence + ["</s>"]
      for (index, word) in words.enumerated() {
        one[word, default: 0] += 1
        guard index + 1 < words.count else { continue }
        two[word, default: [:]][words[index + 1], default: 0] += 1
        guard index + 2 < words.count else { continue }
        three[word, default: [:]][words[index + 1], default: [:]][words[index + 2], default: 0] += 1
      }
    }
  }

  /// The model's text, sorted, with logarithms to base 10 and four decimals.
  func arpa() -> String {
    let total = Double(one.values.reduce(0, +)), keep = 1 - Trigrams.discount
    func unigram(_ word: String) -> Double { Double(one[word] ?? 0) * keep / total }
    func bigram(_ first: String, _ second: String) -> Double {
      Double(two[first]?[second] ?? 0) * keep / Double(one[first] ?? 1)
    }
    var lines = [
      "", "\\data\\", "ngram 1=\(one.count)", "ngram 2=\(two.values.reduce(0) { $0 + $1.count })",
      "ngram 3=\(three.values.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1.count } })", "", "\\1-grams:",
    ]
    for word in one.keys.sorted() {
      let seen = (two[word] ?? [:]).keys.sorted().reduce(0) { $0 + unigram($1) }
      lines.append("\(decimal(unigram(word))) \(word) \(decimal(Trigrams.discount / (1 - seen)))")
    }
    lines += ["", "\\2-grams:"]
    for (first, seconds) in two.sorted(by: { $0.key < $1.key }) {
      for second in seconds.keys.sorted() {
        let seen = (three[first]?[second] ?? [:]).keys.sorted().reduce(0) { $0 + bigram(second, $1) }
        lines.append("\(decimal(bigram(first, second))) \(first) \(second) \(decimal(Trigrams.discount / (1 - seen)))")
      }
    }
    lines += ["", "\\3-grams:"]
    for (first, seconds) in three.sorted(by: { $0.key < $1.key }) {
      for (second, thirds) in seconds.sorted(by: { $0.key < $1.key }) {
        for (third, count) in thirds.sorted(by: { $0.key < $1.key }) {
          let share = Double(count) * keep / Double(two[first]?[second] ?? 1)
          lines.append("\(decimal(share)) \(first) \(second) \(third)")
        }
      }
    }
    return (lines + ["", "\\end\\", ""]).joined(separator: "\n")
  }

  /// The base-10 logarithm with four decimals, as the format wants it.
  private func decimal(_ probability: Double) -> String {
    let number = Int((log10(probability) * 10_000).rounded())
    let digits = String(abs(number) % 10_000)
    return (number < 0 ? "-" : "") + "\(abs(number) / 10_000)." + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
