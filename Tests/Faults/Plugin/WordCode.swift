// The word code: each word of a small vocabulary sounds as a pair of tones that is its own.

import Glibc

/// A word is 120 ms of two tones and 40 ms of silence. Word number n has the low tone n % 8 and the high tone n / 8.
///
/// The words are `w1`…`w24`, the answer; `q1`…`q20`, the question; `x1`…`x20` for everything else. All tones lie in the telephone
/// band, and over 20 ms each pair of them is orthogonal, so that one window tells them apart.
enum WordCode {
  static let toneMs = 120
  static let wordMs = 160
  /// Hz.
  static let low = (0..<8).map { 400.0 + 100 * Double($0) }
  static let high = (0..<8).map { 1400.0 + 200 * Double($0) }
  static let words = (1...24).map { "w\($0)" } + (1...20).map { "q\($0)" } + (1...20).map { "x\($0)" }
  private static let numbers = Dictionary(uniqueKeysWithValues: words.enumerated().map { ($1, $0) })

  /// The number of a word as it is written, with its punctuation; a word outside the vocabulary sounds as `x20`.
  static func number(_ word: some StringProtocol) -> Int {
    numbers[word.lowercased().filter { $0.isLetter || $0.isNumber }] ?? words.count - 1
  }

  /// The sound of a word with its gap.
  /// - Parameter rate: Hz, at least 8,000.
  static func sound(_ number: Int, rate: Int) -> [Int16] {
    let count = rate * toneMs / 1000
    // Edges of 4 ms, because a tone that is switched hard clicks.
    let edge = max(rate / 250, 1)
    var samples = [Int16](repeating: 0, count: rate * wordMs / 1000)
    for i in 0..<count {
      let t = Double(i) * 2 * .pi / Double(rate)
      let rise = min(1, Double(min(i, count - 1 - i)) / Double(edge))
      samples[i] = Int16((sin(low[number % 8] * t) + sin(high[number / 8] * t)) * 6000 * rise)
    }
    return samples
  }
}
