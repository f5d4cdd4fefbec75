// Telephone keys made and heard: all of them in noise, none in speech, none twice.

import CommonHarness
import Glibc
import Sound
import Testing

@Suite struct DTMFTests {
  private static let all = "123A456B789C*0#D"

  /// What a detector hears when the sound comes in frames of 20 ms.
  private func heard(_ samples: [Int16], rate: UInt32 = 8_000) throws -> String {
    var detector = try #require(DTMFDetector(sampleRate: rate))
    var keys: [UInt8] = []
    samples.withUnsafeBufferPointer { all in
      for start in stride(from: 0, to: all.count, by: Int(rate) / 50) {
        detector.process(UnsafeBufferPointer(rebasing: all[start..<min(start + Int(rate) / 50, all.count)])) { keys.append($0) }
      }
    }
    return String(decoding: keys, as: UTF8.self)
  }

  /// The sum of two sines, for tones that no telephone makes.
  private func pair(_ low: Double, _ high: Double, ms: Int, low lowDB: Double = -13, high highDB: Double = -13) -> [Int16] {
    zip(
      sine(hz: low, rate: 8_000, count: ms * 8, amplitude: pow(10, lowDB / 20)),
      sine(hz: high, rate: 8_000, count: ms * 8, amplitude: pow(10, highDB / 20))
    ).map { $0 + $1 }
  }

  private func silence(ms: Int) -> [Int16] { [Int16](repeating: 0, count: ms * 8) }

  /// All sixteen keys are heard in noise down to 10 dB, at both rates, at many positions relative to the detector's blocks.
  @Test(arguments: [8_000, 16_000] as [UInt32], [10, 15, 40] as [Float]) func allKeysInNoise(rate: UInt32, snrDB: Float) throws {
    var noise = Noise(seed: 21)
    for lead in stride(from: 0, to: 102, by: 17) {
      let tones = try DTMF.tones(Self.all, sampleRate: rate, toneMs: 60, gapMs: 60, levelDBFS: -13)
      // Two tones at -13 dB of a full sine have a mean square of -13 dBFS.
      let gain = powf(10, (-13 - snrDB) / 20)
      let samples = ([Int16](repeating: 0, count: lead) + tones).map { PCM.sample(Float($0) / 32_768 + noise.white() * gain) }
      #expect(try heard(samples, rate: rate) == Self.all)
    }
  }

  /// Q.24: tones of 40 ms with gaps of 40 ms are heard; tones of 20 ms are not.
  @Test func durations() throws {
    for lead in stride(from: 0, to: 102, by: 5) {
      let start = [Int16](repeating: 0, count: lead)
      #expect(try heard(start + DTMF.tones("1#5", sampleRate: 8_000, toneMs: 40, gapMs: 40)) == "1#5")
      #expect(try heard(start + DTMF.tones("159D", sampleRate: 8_000, toneMs: 20, gapMs: 60)) == "")
    }
  }

  /// One press is one key: however long it is held, and across a drop-out of 10 ms at any point.
  @Test func noKeyTwice() throws {
    #expect(try heard(DTMF.tones("5", sampleRate: 8_000, toneMs: 3_000)) == "5")
    for at in stride(from: 800, to: 1_000, by: 7) {
      var tone = try DTMF.tones("8", sampleRate: 8_000, toneMs: 400)
      for i in at..<at + 80 { tone[i] = 0 }
      #expect(try heard(tone) == "8")
    }
  }

  /// The same key pressed twice is two keys, from a gap of 40 ms on.
  @Test func twoPressesAreTwo() throws {
    for lead in stride(from: 0, to: 102, by: 5) {
      #expect(try heard([Int16](repeating: 0, count: lead) + DTMF.tones("77", sampleRate: 8_000, toneMs: 50, gapMs: 40)) == "77")
    }
  }

  /// Frequencies 1.5 % off are accepted, 3.5 % off are not (Q.24).
  @Test func frequencyTolerance() throws {
    for sign in [-1.0, 1] {
      #expect(try heard(silence(ms: 5) + pair(770 * (1 + sign * 0.015), 1_336 * (1 + sign * 0.015), ms: 100)) == "5")
      #expect(try heard(silence(ms: 5) + pair(770 * (1 + sign * 0.035), 1_336, ms: 100)) == "")
      #expect(try heard(silence(ms: 5) + pair(770, 1_336 * (1 + sign * 0.035), ms: 100)) == "")
    }
  }

  /// The high tone may be 7 dB weaker or 3.5 dB stronger; 10 dB or 6 dB is not a telephone.
  @Test func twist() throws {
    #expect(try heard(pair(852, 1_477, ms: 100, low: -12, high: -19)) == "9")
    #expect(try heard(pair(852, 1_477, ms: 100, low: -12, high: -22)) == "")
    #expect(try heard(pair(852, 1_477, ms: 100, low: -15.5, high: -12)) == "9")
    #expect(try heard(pair(852, 1_477, ms: 100, low: -18, high: -12)) == "")
  }

  /// Quiet lines count (-36 dBFS per tone), whispers of a neighbouring line (-50) do not.
  @Test func levels() throws {
    #expect(try heard(pair(697, 1_209, ms: 100, low: -36, high: -36)) == "1")
    #expect(try heard(pair(697, 1_209, ms: 100, low: -50, high: -50)) == "")
  }

  /// Companding does not hide a key.
  @Test(arguments: [G711.muLaw, .aLaw]) func throughG711(law: G711) throws {
    let tones = try DTMF.tones(Self.all, sampleRate: 8_000, toneMs: 50, gapMs: 50, levelDBFS: -20)
    #expect(try heard(tones.map { law.decode(law.encode($0)) }) == Self.all)
  }

  /// Single tones, three tones and dial tone are no keys.
  @Test func otherTones() throws {
    #expect(try heard(sine(hz: 697, rate: 8_000, count: 8_000)) == "")
    #expect(try heard(pair(350, 440, ms: 500)) == "")
    let three = zip(pair(697, 1_209, ms: 200), sine(hz: 1_477, rate: 8_000, count: 1_600, amplitude: 0.2)).map { $0 + $1 }
    #expect(try heard(three) == "")
  }

  /// No key is heard in the human recordings (some 25 minutes of speech).
  @Test(.enabled(if: !recordings.isEmpty, recordingsHint)) func noKeyInSpeech() throws {
    for path in recordings where !path.contains("tone") && !path.contains("beep") {
      let (samples, rate) = try WAVReader.samples(path: path)
      #expect(try heard(samples, rate: rate) == "", "\(path)")
    }
  }

  /// Small letters are keys too; anything else is refused by name; odd numbers do no harm.
  @Test func generator() throws {
    #expect(try DTMF.tones("abcd", sampleRate: 8_000) == DTMF.tones("ABCD", sampleRate: 8_000))
    for (keys, bad) in [("12E", "E"), ("é", "é"), ("1 2", " "), ("\u{1}", "\u{1}")] as [(String, Character)] {
      let error = #expect(throws: DTMF.UnknownKey.self) { try DTMF.tones(keys, sampleRate: 8_000) }
      #expect(error?.key == bad)
    }
    #expect(try DTMF.tones("1", sampleRate: 8_000, toneMs: -5, gapMs: -5) == [])
    #expect(try DTMF.tones("1", sampleRate: 8_000, toneMs: 50, gapMs: 30).count == 640)
    #expect(DTMFDetector(sampleRate: 4_000) == nil)
  }
}
