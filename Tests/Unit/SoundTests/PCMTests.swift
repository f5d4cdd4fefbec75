// Levels and gains of 16-bit samples.

import Glibc
import Sound
import Testing

@Suite struct PCMTests {
  private func level(_ samples: [Int16]) -> Float { samples.withUnsafeBufferPointer { PCM.levelDBFS($0) } }

  /// A full-scale square wave is at 0 dBFS, a full-scale sine at -3, silence and nothing at the floor.
  @Test func levels() {
    #expect(abs(level([Int16](repeating: .min, count: 100))) < 0.001)
    #expect(abs(level(sine(hz: 1_000, rate: 8_000, count: 8_000, amplitude: 1)) + 3.01) < 0.01)
    #expect(level([0, 0, 0]) == PCM.silenceDBFS)
    #expect(level([]) == PCM.silenceDBFS)
  }

  /// Gain is linear until full scale and holds there.
  @Test func gain() {
    var samples: [Int16] = [100, -100, 20_000, -20_000, 0, .max, .min]
    samples.withUnsafeMutableBufferPointer { PCM.scale($0, by: 2) }
    #expect(samples == [200, -200, .max, .min, 0, .max, .min])
    samples.withUnsafeMutableBufferPointer { PCM.scale($0, by: .nan) }
    #expect(samples.allSatisfy { $0 == 0 })
  }
}
