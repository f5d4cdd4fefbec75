// Words as sound that a test can tell apart: what the emulators of voices say, and what those of recognisers hear.

import Foundation

/// A word is 120 ms of two tones and 40 ms of silence; word n of the code, from 0, has the low tone n % 8 and the high tone n / 8
/// (Tests/Faults/wordcode.py).
public enum WordCode {
  private static let names = (1...24).map { "w\($0)" } + (1...20).map { "q\($0)" } + (1...20).map { "x\($0)" }
  private static func lowHz(_ tone: Int) -> Double { Double(400 + 100 * tone) }
  private static func highHz(_ tone: Int) -> Double { Double(1400 + 200 * tone) }

  /// The sound of words such as `w1 q2 x3`.
  public static func sound(_ text: String, rate: Int = 16_000) -> [Int16] {
    text.split(separator: " ").flatMap { word in
      let number = names.firstIndex(of: String(word)) ?? 0
      let count = rate * 120 / 1000
      return (0..<count).map { i in
        let t = Double(i) * 2 * .pi / Double(rate)
        let rise = min(1, Double(min(i, count - 1 - i)) / Double(rate / 250))
        return Int16((sin(lowHz(number % 8) * t) + sin(highHz(number / 8) * t)) * 6000 * rise)
      } + silence(40, rate: rate)
    }
  }

  public static func silence(_ ms: Int, rate: Int = 16_000) -> [Int16] { [Int16](repeating: 0, count: rate * ms / 1000) }

  /// Whether two sounds are the same, apart from how their makers round.
  public static func same(_ a: [Int16], _ b: [Int16]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs(Int($0) - Int($1)) <= 1 }
  }

  /// The numbers of the words in sound that begins with a word; -1 is no word.
  public static func words(_ samples: [Int16], rate: Int) -> [Int] {
    let (step, skip, window) = (rate * 160 / 1000, rate / 50, rate * 80 / 1000)
    return stride(from: 0, to: samples.count - skip - window + 1, by: step).map { start in
      let piece = samples[(start + skip)..<(start + skip + window)]
      let low = (0..<8).map { power(piece, lowHz($0), rate) }
      let high = (0..<8).map { power(piece, highHz($0), rate) }
      let energy = piece.reduce(0.0) { $0 + Double($1) * Double($1) }
      guard energy > 10_000 * Double(window), let best = low.indices.max(by: { low[$0] < low[$1] }),
        let top = high.indices.max(by: { high[$0] < high[$1] }), (low[best] + high[top]) * 2 / Double(window) > 0.6 * energy
      else { return -1 }
      return top * 8 + best
    }
  }

  private static func power(_ samples: ArraySlice<Int16>, _ hertz: Double, _ rate: Int) -> Double {
    var (re, im) = (0.0, 0.0)
    for (n, sample) in samples.enumerated() {
      let phase = 2 * .pi * hertz * Double(n) / Double(rate)
      re += Double(sample) * cos(phase)
      im += Double(sample) * sin(phase)
    }
    return re * re + im * im
  }
}

/// The text "w1 w2 … wN.", whose words are the numbers 0 to N - 1 of the code.
public func sentence(_ range: ClosedRange<Int>) -> String { range.map { "w\($0)" }.joined(separator: " ") + "." }
