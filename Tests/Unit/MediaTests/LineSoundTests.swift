// What the host adds to a line or takes from it: comfort noise, noise suppression, gain control.

import CommonHarness
import Glibc
import Media
import Sound
import Testing

@Suite struct LineSoundTests {
  private func level(_ samples: some Sequence<Int16>) -> Float { Array(samples).withUnsafeBufferPointer { PCM.levelDBFS($0) } }

  /// Comfort noise has the level asked for, is centred, and is the same for the same seed only.
  @Test(arguments: [-70, -60, -40] as [Float]) func comfortNoise(dBFS: Float) {
    func noise(_ seed: UInt64) -> [Int16] {
      var source = ComfortNoise(seed: seed, levelDBFS: dBFS)
      var samples = [Int16](repeating: 0, count: 16_000)
      samples.withUnsafeMutableBufferPointer { source.fill($0) }
      return samples
    }
    let samples = noise(7)
    #expect(abs(level(samples) - dBFS) < 0.5)
    let mean = Float(samples.reduce(0) { $0 + Int($1) }) / 16_000
    #expect(abs(mean) < 0.05 * 32_768 * powf(10, dBFS / 20))
    #expect(samples == noise(7))
    #expect(samples != noise(8))
  }

  private func process(_ samples: [Int16], _ options: NoiseSuppression.Options) throws -> [Int16] {
    let line = try #require(NoiseSuppression(sampleRate: 8_000, options: options))
    var samples = samples
    samples.withUnsafeMutableBufferPointer { all in
      for start in stride(from: 0, through: all.count - line.frameSamples, by: line.frameSamples) {
        line.process(UnsafeMutableBufferPointer(rebasing: all[start..<start + line.frameSamples]))
      }
    }
    return samples
  }

  /// Steady noise comes out at least 10 dB softer once it has been learned.
  @Test func suppressesSteadyNoise() throws {
    var noise = Noise(seed: 5)
    let hiss = noise.white(8_000 * 6).map { Int16(clamping: Int($0 * 600)) }
    let cleaned = try process(hiss, .suppressNoise)
    #expect(level(cleaned.suffix(8_000)) < level(hiss.suffix(8_000)) - 10)
  }

  /// Soft human speech is brought up, loud speech down, to within 6 dB of each other.
  @Test(.enabled(if: !recordings.isEmpty, recordingsHint)) func controlsGain() throws {
    let speech = try recordings.filter { $0.contains("/conf-") }.flatMap { try WAVReader.samples(path: $0).samples }
    func played(_ gain: Float) throws -> Float {
      var samples = speech
      samples.withUnsafeMutableBufferPointer { PCM.scale($0, by: gain) }
      return level(try process(samples, .controlGain).suffix(samples.count / 2))
    }
    let (soft, loud) = (try played(0.1), try played(1))
    #expect(abs(soft - loud) < 6)
  }

  /// With nothing switched on the sound passes with at most its own rounding changed, and a frame of another length is left alone.
  @Test func offMeansUntouched() throws {
    let tone = try DTMF.tones("5", sampleRate: 8_000, toneMs: 1_000)
    let passed = try process(tone, [])
    #expect(abs(level(passed.prefix(8_000).suffix(4_000)) - level(tone.prefix(8_000).suffix(4_000))) < 0.5)
    var odd = Array(tone.prefix(100))
    let line = try #require(NoiseSuppression(sampleRate: 8_000, options: [.suppressNoise]))
    odd.withUnsafeMutableBufferPointer { line.process($0) }
    #expect(odd == Array(tone.prefix(100)))
  }

  /// Rates it cannot serve give no object.
  @Test func refusesOtherRates() { #expect(NoiseSuppression(sampleRate: 4_000, options: []) == nil) }
}
