// Proves that voices come out equally loud, measured as EBU R 128 says.

import Glibc
@testable import Speech
import Testing

@Suite struct LoudnessTests {
  /// A tone of so many dBFS (peak), Hz, seconds.
  private func tone(_ decibels: Double, rate: Int, hz: Double = 997, seconds: Double = 5) -> [Int16] {
    let size = Double(amplitude(decibels)) * 32_767
    return (0..<Int(Double(rate) * seconds)).map { Int16((size * sin(2 * .pi * hz * Double($0) / Double(rate))).rounded()) }
  }

  private func measured(_ samples: [Int16], rate: Int) throws -> LoudnessMeter {
    let meter = try #require(LoudnessMeter(rate: rate))
    samples.withUnsafeBufferPointer { all in
      for start in stride(from: 0, to: all.count, by: rate / 50) {
        meter.add(UnsafeBufferPointer(rebasing: all[start..<min(start + rate / 50, all.count)]))
      }
    }
    return meter
  }

  private func applied(_ ramp: inout GainRamp, _ samples: [Int16]) -> [Int16] {
    var out = [Int16](repeating: 0, count: samples.count)
    let count = samples.withUnsafeBufferPointer { source in out.withUnsafeMutableBufferPointer { ramp.apply(source, into: $0) } }
    #expect(count == samples.count)
    return out
  }

  /// BS.1770: a 997 Hz tone at 0 dBFS in one channel reads -3.01 LKFS; 20 dB less reads 20 less. At every rate a voice may have.
  @Test(arguments: [8000, 16_000, 22_050, 24_000, 44_100, 48_000])
  func measuresTheReferenceTone(rate: Int) throws {
    let meter = try measured(tone(-20, rate: rate), rate: rate)
    let loudness = try #require(meter.integrated)
    #expect(abs(loudness + 23.01) < 0.2)
    let peak = try #require(meter.truePeak)
    // Never less than the tone's, and not so much more that a voice would be held back.
    #expect(peak > -20.01 && peak < -19.2)
  }

  /// A peak between two samples is counted, whatever the phase, up to an eighth of the rate.
  @Test(arguments: [0, 0.25, 0.5, 0.75])
  func peaksBetweenSamples(phase: Double) throws {
    let size = Double(amplitude(-6)) * 32_767
    let samples = (0..<16_000).map { Int16((size * sin(2 * .pi * (Double($0) + phase) / 8)).rounded()) }
    let peak = try #require(try measured(samples, rate: 16_000).truePeak)
    #expect(peak > -6.01 && peak < -5.2)
  }

  /// Pauses do not make a voice softer: blocks of silence are gated.
  @Test func pausesAreGated() throws {
    let speech = tone(-20, rate: 16_000, seconds: 3)
    let paused = try #require(try measured(speech + [Int16](repeating: 0, count: 64_000) + speech, rate: 16_000).integrated)
    let steady = try #require(try measured(speech, rate: 16_000).integrated)
    #expect(abs(paused - steady) < 0.5)
    #expect(try measured([Int16](repeating: 0, count: 16_000), rate: 16_000).integrated == nil)
    #expect(LoudnessMeter(rate: 0) == nil && LoudnessMeter(rate: 1_000_000) == nil)
  }

  /// A loud voice and a soft one, each after one utterance, are within half a unit of the target: a fallback does not jump.
  @Test func fallbackDoesNotJump() throws {
    let levels = VoiceLevels()
    let target = VoiceLevel.Target()
    for (name, decibels) in [("loud", -6.0), ("soft", -30.0), ("right", -16.0)] {
      let voice = VoiceLevels.Voice(provider: name, voice: "a")
      #expect(levels.gain(of: voice, to: target) == nil && levels.beginMeasure(of: voice))
      let samples = tone(decibels, rate: 16_000)
      levels.note(try measured(samples, rate: 16_000), of: voice)
      var ramp = GainRamp(rate: 16_000)
      ramp.begin(try #require(levels.gain(of: voice, to: target)))
      let loudness = try #require(try measured(applied(&ramp, samples), rate: 16_000).integrated)
      #expect(abs(loudness + 19) < 0.5, "\(name) at \(loudness)")
    }
    levels.forget(provider: "loud")
    #expect(levels.gain(of: VoiceLevels.Voice(provider: "loud", voice: "a"), to: target) == nil)
  }

  /// One call at a time measures a new voice, whatever becomes of it, and nobody does once it is known.
  @Test func oneMeterAtATime() throws {
    let levels = VoiceLevels()
    let voice = VoiceLevels.Voice(provider: "new", voice: "a")
    #expect(levels.beginMeasure(of: voice) && !levels.beginMeasure(of: voice))
    levels.giveUp(voice)
    #expect(levels.beginMeasure(of: voice))
    let half = try measured(tone(-20, rate: 16_000, seconds: 20), rate: 16_000)
    levels.note(half, of: voice)
    #expect(levels.beginMeasure(of: voice))
    levels.note(half, of: voice)
    #expect(!levels.beginMeasure(of: voice))
  }

  /// A voice with high peaks is made louder only as far as the peaks allow; noise and silence are not raised without bounds.
  @Test func peaksHoldTheGainBack() {
    var level = VoiceLevel()
    level.note(loudness: -30, truePeak: -6, seconds: 5)
    #expect(abs((level.gain(VoiceLevel.Target()) ?? 0) - 5) < 0.001)
    level.note(loudness: nil, truePeak: -2, seconds: 0.2)
    #expect(abs((level.gain(VoiceLevel.Target()) ?? 0) - 1) < 0.001, "a later peak counts")
    var faint = VoiceLevel()
    faint.note(loudness: -68, truePeak: -60, seconds: 5)
    #expect(faint.gain(VoiceLevel.Target()) == VoiceLevel.maxGain)
    faint.note(loudness: .nan, truePeak: .infinity, seconds: 5)
    #expect(faint.gain(VoiceLevel.Target()) == VoiceLevel.maxGain)
  }

  /// A voice is learned from its first utterances: short ones count for nothing, the mean is one of energies, and at some time it is known.
  @Test func learnsFromTheFirstUtterances() {
    var level = VoiceLevel()
    level.note(loudness: -10, truePeak: -10, seconds: 0.5)
    #expect(level.loudness == nil && level.gain(VoiceLevel.Target()) == nil)
    level.note(loudness: -20, truePeak: -10, seconds: 10)
    level.note(loudness: -23.01, truePeak: -10, seconds: 10)
    #expect(abs((level.loudness ?? 0) + 21.25) < 0.02)
    #expect(!level.isKnown)
    level.note(loudness: -21, truePeak: -10, seconds: 12)
    #expect(level.isKnown)
    let before = level.loudness
    level.note(loudness: -5, truePeak: -10, seconds: 100)
    #expect(level.loudness == before, "a known voice keeps its level")
  }

  /// A change of gain is a ramp: no step between samples beyond what 80 ms make of it, and it ends exactly at the target.
  @Test func changesWithoutAStep() {
    var ramp = GainRamp(rate: 8000)
    let level = [Int16](repeating: 8000, count: 160)
    #expect(applied(&ramp, level) == level && ramp.isIdle)
    ramp.move(to: -6.0206)
    var out: [Int16] = []
    for _ in 0..<6 { out += applied(&ramp, level) }
    for (a, b) in zip([8000] + out, out) { #expect(a - b >= 0 && a - b <= 8) }
    #expect(out[639] <= 4002 && out.last == 4000)
    ramp.begin(0)
    #expect(ramp.isIdle && applied(&ramp, level) == level)
  }

  /// Nothing wraps and nothing is cut flat: full scale with much gain stays in range, in order, and odd.
  @Test func bendsWhatIsTooLoud() {
    var ramp = GainRamp(rate: 8000)
    ramp.begin(15)
    let slope = stride(from: Int16.min, through: Int16.max, by: 257).map { $0 }
    let out = applied(&ramp, slope)
    for (a, b) in zip(out, out.dropFirst()) { #expect(a <= b) }
    #expect(out.first.map { $0 < -32_000 } == true && out.last.map { $0 > 32_000 } == true)
    #expect(out.max().map { $0 <= 32_767 } == true)
  }

  /// Sound may be changed in its own memory, and an empty piece is none.
  @Test func worksInPlace() {
    var ramp = GainRamp(rate: 8000)
    ramp.begin(-6.0206)
    var samples = [Int16](repeating: 1000, count: 320)
    samples.withUnsafeMutableBufferPointer { buffer in
      #expect(ramp.apply(UnsafeBufferPointer(buffer), into: buffer) == 320)
    }
    #expect(samples.allSatisfy { $0 == 500 })
    #expect(ramp.apply(UnsafeBufferPointer(start: nil, count: 0), into: UnsafeMutableBufferPointer(start: nil, count: 0)) == 0)
  }
}
