// Sound in which every word is a level of its own, so that what was heard can be read from the samples alone.

/// Which level stands for which word. Levels are far above any noise a test makes.
final class Codebook {
  static let lowest = 10_000
  private var levels: [String: Int16] = [:]
  private var words: [String] = []

  func level(_ word: String) -> Int16 {
    if let known = levels[word] { return known }
    let level = Int16(Self.lowest + words.count)
    words.append(word)
    levels[word] = level
    return level
  }

  /// The word of a level of either sign; nil when it is none.
  func word(_ level: Int16) -> String? {
    let index = Int(level.magnitude) - Self.lowest
    return words.indices.contains(index) ? words[index] : nil
  }
}

/// How long the words are.
enum WordSound {
  /// A word of the agent with the gap behind it.
  static let wordMs = 250
  /// Its sounding part.
  static let soundMs = 200

  /// The agent's words: each sounds for 200 ms, then a gap of 50 ms.
  static func agent(_ text: String, rate: Int, _ codes: Codebook) -> [Int16] {
    var samples: [Int16] = []
    for word in text.split(separator: " ") {
      samples += Array(repeating: codes.level(String(word)), count: rate * soundMs / 1000)
      samples += Array(repeating: 0, count: rate * (wordMs - soundMs) / 1000)
    }
    return samples
  }

  /// The caller's words: 250 ms each without a gap, with alternating sign, so that equal neighbours are told apart.
  static func caller(_ text: String, rate: Int, _ codes: Codebook) -> [Int16] {
    var samples: [Int16] = []
    for (i, word) in text.split(separator: " ").enumerated() {
      let level = codes.level(String(word))
      samples += Array(repeating: i % 2 == 0 ? level : -level, count: rate * wordMs / 1000)
    }
    return samples
  }
}

/// A stretch of equal samples that stands for a word.
struct Run: Equatable {
  var word: String
  /// Index of its first sample.
  var start: Int
  var count: Int
}

/// Reads words from samples as they come.
struct WordReader {
  private let codes: Codebook
  private(set) var position = 0
  private var level: Int16 = 0
  private var count = 0

  init(_ codes: Codebook) { self.codes = codes }

  /// Takes samples; answers the stretches that ended within them.
  mutating func take(_ samples: some Sequence<Int16>) -> [Run] {
    var ended: [Run] = []
    for sample in samples {
      if sample != level {
        if let run = present { ended.append(run) }
        level = sample
        count = 0
      }
      count += 1
      position += 1
    }
    return ended
  }

  /// The stretch that has not ended yet.
  var present: Run? { codes.word(level).map { Run(word: $0, start: position - count, count: count) } }
}
