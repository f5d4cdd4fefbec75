// G.711 against the Recommendation and against an independent implementation.

import CommonHarness
import FoundationEssentials
import Glibc
import Sound
import Testing

@Suite struct G711Tests {
  private struct Law: Decodable {
    var decode: [Int16]
    var encode: [[Int]]
  }

  private func vectors(_ law: G711) throws -> Law {
    let json = try Data(contentsOf: root.appending(path: "Tests/Vectors/g711.json"))
    let all = try JSONDecoder().decode([String: Law].self, from: json)
    return try #require(all[law == .muLaw ? "muLaw" : "aLaw"])
  }

  /// Every one of the 256 codes decodes to the sample that the reference gives.
  @Test(arguments: [G711.muLaw, .aLaw]) func decodesLikeTheReference(law: G711) throws {
    let expected = try vectors(law).decode
    #expect((0...255).map { law.decode(UInt8($0)) } == expected)
  }

  /// Every sample from 0 to 32,767 becomes the reference's code, and its negative the same code with the sign bit turned.
  @Test(arguments: [G711.muLaw, .aLaw]) func encodesLikeTheReference(law: G711) throws {
    let steps = try vectors(law).encode
    var wrong: [Int] = []
    for (step, next) in zip(steps, steps.dropFirst() + [[32_768, 0]]) {
      for sample in step[0]..<next[0] {
        let code = law.encode(Int16(sample))
        if Int(code) != step[1] || (sample > 0 && law.encode(Int16(-sample)) != code ^ 0x80) { wrong.append(sample) }
      }
    }
    #expect(wrong.isEmpty)
    #expect(law.encode(.min) == law.encode(.max) ^ 0x80)
  }

  /// The Recommendation's test sequence (tables 5 and 6) is a 1 kHz sine at 0 dBm0: 3.14 dB below full load in A-law, 3.17 in mu-law.
  @Test func referenceSequence() {
    let sequences: [(G711, [UInt8], Double)] = [
      (.muLaw, [0x1E, 0x0B, 0x0B, 0x1E, 0x9E, 0x8B, 0x8B, 0x9E], 3.17),
      (.aLaw, [0x34, 0x21, 0x21, 0x34, 0xB4, 0xA1, 0xA1, 0xB4], 3.14),
    ]
    for (law, codes, headroomDB) in sequences {
      let samples = (0..<100).flatMap { _ in codes.map(law.decode) }
      // Full load is the highest decision value: 8,159 of 8,192 in mu-law.
      let full = law == .muLaw ? 20 * log10(8_159.0 / 8_192) : 0
      #expect(abs(toneLevel(samples, hz: 1_000, rate: 8_000) - (full - headroomDB)) < 0.05)
      #expect(samples.map(law.encode) == (0..<100).flatMap { _ in codes })
    }
  }

  /// Silence has its well-known codes, and whole buffers give what single samples give, as far as the shorter one reaches.
  @Test func buffers() {
    #expect(G711.muLaw.encode(0) == 0xFF)
    #expect(G711.aLaw.encode(0) == 0xD5)
    let samples = sine(hz: 440, rate: 8_000, count: 160)
    for law in [G711.muLaw, .aLaw] {
      var codes = [UInt8](repeating: 0, count: 150)
      #expect(samples.withUnsafeBufferPointer { s in codes.withUnsafeMutableBufferPointer { law.encode(s, into: $0) } } == 150)
      #expect(codes == samples.prefix(150).map(law.encode))
      var back = [Int16](repeating: 0, count: 200)
      #expect(codes.withUnsafeBufferPointer { c in back.withUnsafeMutableBufferPointer { law.decode(c, into: $0) } } == 150)
      #expect(back.prefix(150).elementsEqual(codes.map(law.decode)))
    }
  }
}
