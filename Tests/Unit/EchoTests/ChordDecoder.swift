// Reads word-coded audio back into the numbers of its words, from the sound alone.

import Foundation

/// What was said in 250 ms of word-coded audio.
struct Chord: Equatable {
  let number: Int
  let speaker: Int

  /// The chord that sounds in each 250 ms of `samples`.
  static func all(in samples: [Int16], rate: Int) -> [Chord] {
    stride(from: 0, to: samples.count, by: rate / 4).map { start in
      let tone = samples[start..<min(start + rate / 5, samples.count)].map(Double.init)
      return Chord(
        number: 10 * strongest(tone, (0..<10).map { 400 + 100 * Double($0) }, rate)
          + strongest(tone, (0..<10).map { 1_500 + 100 * Double($0) }, rate),
        speaker: strongest(tone, (0..<4).map { 2_700 + 200 * Double($0) }, rate))
    }
  }

  /// Index of the frequency with the most power, by correlation with a sine and a cosine.
  private static func strongest(_ tone: [Double], _ frequencies: [Double], _ rate: Int) -> Int {
    let power = frequencies.map { hertz in
      let step = 2 * Double.pi * hertz / Double(rate)
      var (re, im) = (0.0, 0.0)
      for (i, sample) in tone.enumerated() {
        re += sample * cos(step * Double(i))
        im += sample * sin(step * Double(i))
      }
      return re * re + im * im
    }
    return power.indices.max { power[$0] < power[$1] } ?? 0
  }
}
