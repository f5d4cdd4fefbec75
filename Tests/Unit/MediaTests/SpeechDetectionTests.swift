// Detector and gate together on human recordings and on noise: what is heard, how soon, and what is wrongly heard.

import CommonHarness
import Glibc
import Media
import Testing

@Suite struct SpeechDetectionTests {
  private static let available = silero(8_000) != nil && !recordings.isEmpty
  private static let hint: Comment = "Needs the weights in .build/silero and the package asterisk-core-sounds-en-wav."

  /// In street noise 10 dB below the speech, the windows of human prompts are told from the rest with an F1 of at least 0.90.
  @Test(.enabled(if: available, hint)) func f1InStreetNoise() throws {
    let scene = try Scene(recordings: every(6))
    var noise = Noise(seed: 11)
    let noisy = scene.with(noise: noise.street(scene.samples.count, rate: 8_000), snrDB: 10)
    let p = probabilities(noisy, SileroVAD(weights: try #require(silero(8_000))))
    var (hits, misses, wrong) = (0, 0, 0)
    for case (let speech?, let p) in zip(scene.truth, p) {
      if speech { if p >= 0.5 { hits += 1 } else { misses += 1 } } else if p >= 0.5 { wrong += 1 }
    }
    let f1 = 2 * Float(hits) / Float(2 * hits + misses + wrong)
    #expect(f1 >= 0.90)
  }

  /// Speech is told within 150 ms of its first sound at the median, in quiet and in street noise at 10 dB, and no prompt is missed.
  @Test(.enabled(if: available, hint), arguments: [false, true]) func onset(noisy: Bool) throws {
    let scene = try Scene(recordings: every(6))
    var noise = Noise(seed: 12)
    let samples = noisy ? scene.with(noise: noise.street(scene.samples.count, rate: 8_000), snrDB: 10) : scene.samples
    let told = events(probabilities(samples, SileroVAD(weights: try #require(silero(8_000)))), rate: 8_000, window: Scene.window)
    var delaysMs: [Int] = []
    var missed = 0
    for prompt in scene.prompts {
      let near = prompt.lowerBound - 4_000..<prompt.upperBound  // A breath before the first loud sound is speech too.
      let start = told.first { if case .started = $0.event { near.contains($0.told) } else { false } }
      if let start { delaysMs.append((start.told - prompt.lowerBound) / 8) } else { missed += 1 }
    }
    delaysMs.sort()
    #expect(missed == 0)
    #expect(delaysMs[delaysMs.count / 2] <= 150)
  }

  /// Silence is not put before the network, and the prompts behind it are told no later for that: nine of ten within a window, the median
  /// at once.
  @Test(.enabled(if: available, hint)) func silenceIsNotHeard() throws {
    let scene = try Scene(recordings: every(6))
    func delays(silence: Int) throws -> [Int?] {
      let detector = SileroVAD(weights: try #require(silero(8_000)), silence: silence)
      let told = events(probabilities(scene.samples, detector), rate: 8_000, window: Scene.window).compactMap {
        if case .started = $0.event { $0.told } else { nil }
      }
      return scene.prompts.map { prompt in
        told.first { (prompt.lowerBound - 4_000..<prompt.upperBound).contains($0) }.map { $0 - prompt.lowerBound }
      }
    }
    let (quick, whole) = (try delays(silence: 16).compactMap { $0 }, try delays(silence: -1).compactMap { $0 })
    #expect(quick.count == scene.prompts.count && whole.count == scene.prompts.count)
    let laterMs = zip(quick, whole).map { ($0 - $1) / 8 }.sorted()
    #expect(laterMs[laterMs.count / 2] <= 0)
    #expect(laterMs[laterMs.count * 9 / 10] <= 32)

    let silence = probabilities([Int16](repeating: 0, count: 32_000), SileroVAD(weights: try #require(silero(8_000))))
    #expect(Set(silence.dropFirst(20)).count == 1)
  }

  /// Noise alone never starts speech: two minutes each of white noise and of a street at 10 dB below ordinary speech, at both rates.
  @Test(.enabled(if: silero(8_000) != nil && silero(16_000) != nil, weightsHint), arguments: [8_000, 16_000], [false, true])
  func noFalseStarts(rate: UInt32, street: Bool) throws {
    var noise = Noise(seed: 13)
    let count = Int(rate) * 120
    let shape = street ? noise.street(count, rate: Int(rate)) : noise.white(count)
    let samples = shape.map { Int16(clamping: Int($0 * 0.0316 * 32_768)) }  // -30 dBFS: speech at -20.
    let detector = SileroVAD(weights: try #require(silero(rate)))
    let told = events(probabilities(samples, detector), rate: rate, window: detector.windowSamples)
    #expect(told.allSatisfy { if case .started = $0.event { false } else { true } })
  }

  /// Without the network, the fallback still hears every prompt in quiet, and a street at 10 dB does not start it more than once a minute.
  @Test(.enabled(if: !recordings.isEmpty, recordingsHint)) func fallback() throws {
    let scene = try Scene(recordings: every(6))
    let detector = EnergyVAD(sampleRate: 8_000)
    let told = events(probabilities(scene.samples, detector), rate: 8_000, window: Scene.window)
    let heard = scene.prompts.filter { prompt in
      told.contains { if case .started = $0.event { (prompt.lowerBound - 4_000..<prompt.upperBound).contains($0.told) } else { false } }
    }
    #expect(heard.count == scene.prompts.count)

    detector.reset()
    var noise = Noise(seed: 14)
    let street = noise.street(8_000 * 120, rate: 8_000).map { Int16(clamping: Int($0 * 0.0316 * 32_768)) }
    let wrong = events(probabilities(street, detector), rate: 8_000, window: Scene.window)
    #expect(wrong.filter { if case .started = $0.event { true } else { false } }.count <= 2)
  }

  private func every(_ n: Int) -> [String] { recordings.enumerated().filter { $0.offset % n == 0 }.map(\.element) }
}
