// Word-coded audio: what was said can be decoded from the sound alone, so tests can prove what a caller heard.

import Glibc

/// The sound of one word: 200 ms of three tones, then 50 ms of silence.
///
/// The first tone is 400 Hz + 100 Hz times the tens of the word's number, the second 1,500 Hz + 100 Hz times its units, the
/// third, 2,700 Hz and up, tells who speaks. The number of a word such as "tango17" is written in it; any other word is hashed.
struct WordChord {
  static let toneMs = 200
  static let gapMs = 50

  /// 0 to 99.
  let number: Int
  /// 0 to 3: two voices, and for each whether the word came from the first or the second model ("tango", "bravo").
  let speaker: Int

  init(_ word: some StringProtocol, voice: Int) {
    let letters = word.lowercased().unicodeScalars.filter { $0.properties.isAlphabetic }
    let digits = word.unicodeScalars.filter { ("0"..."9").contains($0) }
    // FNV-1a, because it is the same on every machine and in every run.
    let hash = letters.reduce(UInt32(2_166_136_261)) { ($0 ^ $1.value) &* 16_777_619 }
    number = digits.isEmpty ? Int(hash % 100) : digits.reduce(0) { ($0 * 10 + Int($1.value - 48)) % 100 }
    speaker = (voice & 1) * 2 + (letters.elementsEqual("bravo".unicodeScalars) ? 1 : 0)
  }

  /// Samples of a whole word, its gap included.
  static func samples(rate: Int) -> Int { rate * (toneMs + gapMs) / 1_000 }

  /// - Parameter rate: Hz, at least 8,000 for the highest tone.
  func render(rate: Int) -> [Int16] {
    let hertz = SIMD4<Double>(400 + 100 * Double(number / 10), 1_500 + 100 * Double(number % 10), 2_700 + 200 * Double(speaker), 0)
    var factor = SIMD4<Double>(), now = SIMD4<Double>(), before = SIMD4<Double>()
    for i in 0..<3 {
      let step = 2 * Double.pi * hertz[i] / Double(rate)
      factor[i] = 2 * cos(step)
      before[i] = -sin(step)
    }
    let count = rate * Self.toneMs / 1_000
    var samples = [Int16](repeating: 0, count: Self.samples(rate: rate))
    for i in 0..<count {
      // Edges of 4 ms, because a tone that is switched hard clicks.
      let edge = min(1, Double(min(i, count - 1 - i)) / (Double(rate) * 0.004))
      samples[i] = Int16(now.sum() * edge * 6_000)
      // sin(n+1) = 2 cos(step) sin(n) - sin(n-1): three sines for one multiplication each.
      (now, before) = (factor * now - before, now)
    }
    return samples
  }
}
