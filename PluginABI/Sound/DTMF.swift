// The sixteen telephone key tones: their frequencies and how to make them.

import Glibc

/// Dual-tone multi-frequency signalling (ITU-T Q.23): each key is one of four low and one of four high tones.
public enum DTMF {
  /// Hz of the rows 123A, 456B, 789C, *0#D.
  static let low: [Float] = [697, 770, 852, 941]
  /// Hz of the columns 147*, 2580, 369#, ABCD.
  static let high: [Float] = [1_209, 1_336, 1_477, 1_633]
  /// The keys as ASCII, row by row.
  static let keys: [UInt8] = Array("123A456B789C*0#D".utf8)

  /// A character that is no telephone key.
  public struct UnknownKey: Error, Equatable, Sendable, CustomStringConvertible {
    public let key: Character
    public var description: String { "'\(key)' is not a telephone key; use 0 to 9, *, # and A to D." }
  }

  /// The sound of keys pressed one after the other, each followed by a gap.
  /// - Parameters:
  ///   - toneMs: length of a tone, up to a minute; Q.24 obliges receivers to accept 40 ms.
  ///   - gapMs: silence after each tone, up to a minute.
  ///   - levelDBFS: peak level of each of the two tones relative to full scale; above -6 they would clip together.
  public static func tones(
    _ keys: String, sampleRate: UInt32, toneMs: Int = 100, gapMs: Int = 100, levelDBFS: Float = -10
  ) throws(UnknownKey) -> [Int16] {
    func count(_ ms: Int) -> Int { Int(sampleRate) * min(max(ms, 0), 60_000) / 1_000 }
    var samples: [Int16] = []
    for key in keys {
      guard let ascii = key.asciiValue, let index = Self.keys.firstIndex(of: ascii & 0x40 == 0 ? ascii : ascii & 0xDF) else {
        throw UnknownKey(key: key)
      }
      let amplitude = powf(10, min(levelDBFS, -6.1) / 20)
      let lowStep = 2 * Double.pi * Double(low[index / 4]) / Double(max(sampleRate, 1))
      let highStep = 2 * Double.pi * Double(high[index % 4]) / Double(max(sampleRate, 1))
      for i in 0..<count(toneMs) {
        samples.append(PCM.sample(amplitude * Float(sin(lowStep * Double(i)) + sin(highStep * Double(i)))))
      }
      samples.append(contentsOf: repeatElement(0, count: count(gapMs)))
    }
    return samples
  }
}
