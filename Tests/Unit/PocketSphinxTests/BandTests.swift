// The telephone band and the cepstral mean.

@testable import PocketSphinxEngine
import Foundation
import Sound
import Testing

@Suite struct TelephoneBandTests {
  /// Twice the samples come out, silence gets a faint noise, and the same noise every time.
  @Test func widens() throws {
    let silence = [Int16](repeating: 0, count: 8_000)
    let (one, other) = (try widen(silence), try widen(silence))
    #expect(abs(one.count - 16_000) <= 1)
    let isSame = one == other
    #expect(isSame)
    let level = one.withUnsafeBufferPointer(PCM.levelDBFS)
    #expect((-56 ... -50).contains(level), "\(level) dBFS")
  }

  /// The noise lies in the empty upper band: below 3 kHz it is at least 15 dB weaker than above 4 kHz.
  @Test func noiseLiesAbove() throws {
    let noise = try widen([Int16](repeating: 0, count: 8_000)).map(Double.init)
    func power(_ hertz: ClosedRange<Double>) -> Double {
      stride(from: hertz.lowerBound, through: hertz.upperBound, by: 100).reduce(0) { sum, f in
        var (re, im) = (0.0, 0.0)
        for (i, x) in noise.enumerated() {
          let angle = 2 * Double.pi * f * Double(i) / 16_000
          re += x * cos(angle)
          im += x * sin(angle)
        }
        return sum + re * re + im * im
      }
    }
    #expect(power(4_500...6_500) > 30 * power(1_000...3_000))
  }

  private func widen(_ samples: [Int16]) throws -> [Int16] {
    let band = try #require(TelephoneBand())
    var wide: [Int16] = []
    samples.withUnsafeBufferPointer { band.widen($0, into: &wide) }
    return wide
  }
}

@Suite struct CepstralMeanTests {
  /// What was heard moves the mean away from its start, which counts for a second and a half; the far past fades.
  @Test func learns() {
    var mean = CepstralMean(start: [40, 0])
    mean.add([150 * 60, 150 * 2], frames: 150)
    #expect(mean.now == [50, 1])
    for _ in 0..<20 { mean.add([1_000 * 10, 0], frames: 1_000) }
    #expect(abs(mean.now[0] - 12.7) < 0.2)
  }

  /// A telephone call begins with the mean of telephone lines, unless something is known already or the model is another.
  @Test func telephone() {
    let start = CepstralMean(start: [Float](repeating: 1, count: 13))
    #expect(start.overTelephone.now[0] == 48.8)
    var known = start
    known.add([Float](repeating: 2, count: 13), frames: 1)
    #expect(known.overTelephone == known)
    #expect(CepstralMean(start: [1]).overTelephone == CepstralMean(start: [1]))
  }

  /// Nothing is learnt from an utterance without frames, nor from one of another model.
  @Test func ignoresNothing() {
    var mean = CepstralMean(start: [40])
    mean.add([9], frames: 0)
    mean.add([1, 2], frames: 5)
    #expect(mean == CepstralMean(start: [40]))
  }
}
