// A sound that recognisers take for a voice, so that they have something to send.

import Glibc

/// Four syllables of an "ah" in a second: harmonics of a man's pitch, shaped by the vowel's three resonances (Peterson and Barney,
/// 1952). Silence would not do: who recognises whole utterances sends none, and a wrong key would not be noticed.
enum Vowel {
  private static let pitchHz = 120.0
  private static let formants: [(hz: Double, width: Double)] = [(730, 90), (1090, 110), (2440, 160)]
  private static let syllablesPerSecond = 4.0
  /// A telephone's upper end.
  private static let highestHz = 3_400.0
  private static let peak = 9_000.0

  /// One second.
  static func samples(rate: Int) -> [Int16] {
    let pitches = Array(stride(from: pitchHz, to: min(highestHz, Double(rate) / 2), by: pitchHz))
    let weights = pitches.map(loudness)
    let whole = weights.reduce(0, +)
    return (0..<rate).map { i in
      let angle = 2 * Double.pi * Double(i) / Double(rate)
      var wave = 0.0
      for (hz, weight) in zip(pitches, weights) { wave += weight * sin(angle * hz) }
      let envelope = (1 - cos(angle * syllablesPerSecond)) / 2
      return Int16(clamping: Int(peak * envelope * wave / whole))
    }
  }

  private static func loudness(at hz: Double) -> Double {
    var sum = 0.0
    for formant in formants {
      let distance = (hz - formant.hz) / formant.width
      sum += 1 / (1 + distance * distance)
    }
    return sum
  }
}
