// The resampler keeps level and time, lets no alias through, and takes input in any portions.

import Glibc
import Sound
import Testing

@Suite struct ResamplerTests {
  /// Tones within the narrower band keep their level within 0.2 dB between all rates of lines and engines.
  @Test(
    arguments: [(8_000, 16_000), (16_000, 8_000), (22_050, 8_000), (24_000, 8_000), (48_000, 16_000), (8_000, 48_000), (44_100, 16_000)]
      as [(UInt32, UInt32)])
  func keepsLevel(from: UInt32, to: UInt32) throws {
    for hz in [200.0, 1_000, 3_000] {
      let out = try Resampler.convert(sine(hz: hz, rate: from, count: Int(from)), from: from, to: to)
      #expect(out.count == Int(to))
      #expect(abs(toneLevel(Array(out.dropFirst(200).dropLast(200)), hz: hz, rate: to) + 6.02) < 0.2)
    }
  }

  /// What lies above the new band does not come back as an alias: a 5 or 7 kHz tone leaves less than -80 dB anywhere at 8 kHz.
  @Test(arguments: [5_000.0, 6_000, 7_000]) func noAlias(hz: Double) throws {
    let out = try Resampler.convert(sine(hz: hz, rate: 16_000, count: 16_000), from: 16_000, to: 8_000)
    let middle = Array(out.dropFirst(400).dropLast(400))
    #expect(toneLevel(middle, hz: 8_000 - hz, rate: 8_000) < -80)
    #expect(middle.withUnsafeBufferPointer { PCM.levelDBFS($0) } < -80)
  }

  /// Doubling the rate leaves no mirror image of a tone above the old band.
  @Test func noImage() throws {
    let out = try Resampler.convert(sine(hz: 3_000, rate: 8_000, count: 8_000), from: 8_000, to: 16_000)
    #expect(toneLevel(Array(out.dropFirst(400).dropLast(400)), hz: 5_000, rate: 16_000) < -80)
  }

  /// Any cutting of the stream, and any shortage of room for output, gives the same samples.
  @Test func portionsDoNotMatter() throws {
    let input = sine(hz: 700, rate: 16_000, count: 3_200)
    func run(portion: Int, room: Int) throws -> [Int16] {
      let resampler = try Resampler(from: 16_000, to: 22_050)
      var out: [Int16] = []
      var buffer = [Int16](repeating: 0, count: room)
      for start in stride(from: 0, to: input.count, by: portion) {
        var rest = input[start..<min(start + portion, input.count)]
        while !rest.isEmpty {
          let (consumed, produced) = rest.withUnsafeBufferPointer { i in
            buffer.withUnsafeMutableBufferPointer { resampler.process(i, into: $0) }
          }
          try #require(consumed > 0 || produced > 0)
          rest = rest.dropFirst(consumed)
          out += buffer.prefix(produced)
        }
      }
      return out
    }
    let whole = try run(portion: 3_200, room: 5_000)
    #expect(whole.count > 4_300)
    for (portion, room) in [(320, 1_000), (1, 3), (77, 50), (3_200, 10)] {
      #expect(try run(portion: portion, room: room).elementsEqual(whole.prefix(whole.count)))
    }
  }

  /// `maxOutput` is always room enough to consume a frame in one go.
  @Test func maxOutputIsEnough() throws {
    for (from, to) in [(8_000, 16_000), (22_050, 8_000), (44_100, 48_000), (16_000, 16_000)] as [(UInt32, UInt32)] {
      let resampler = try Resampler(from: from, to: to)
      var out = [Int16](repeating: 0, count: resampler.maxOutput(for: 441))
      for _ in 0..<50 {
        let frame = [Int16](repeating: 100, count: 441)
        let done = frame.withUnsafeBufferPointer { i in out.withUnsafeMutableBufferPointer { resampler.process(i, into: $0) } }
        #expect(done.consumed == 441)
      }
    }
  }

  /// After a reset the stream sounds as from a new resampler; between equal rates samples pass unchanged.
  @Test func resetAndEqualRates() throws {
    let input = sine(hz: 440, rate: 8_000, count: 160)
    func once(_ resampler: Resampler) -> [Int16] {
      var out = [Int16](repeating: 0, count: resampler.maxOutput(for: input.count))
      let done = input.withUnsafeBufferPointer { i in out.withUnsafeMutableBufferPointer { resampler.process(i, into: $0) } }
      return Array(out.prefix(done.produced))
    }
    let up = try Resampler(from: 8_000, to: 16_000)
    let first = once(up)
    #expect(once(up) != first)
    up.reset()
    #expect(once(up) == first)
    #expect(once(try Resampler(from: 8_000, to: 8_000)) == input)
  }

  /// Rates that no line has are refused with a sentence.
  @Test func refusesOddRates() {
    #expect(throws: ResamplerError.self) { try Resampler(from: 0, to: 8_000) }
    #expect(throws: ResamplerError.self) { try Resampler(from: 8_000, to: 1_000_000) }
  }
}
