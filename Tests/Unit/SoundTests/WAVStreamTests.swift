// WAV sound as it streams in: cut anywhere, with sizes that lie, headers in its middle, and chunks that nobody asked for.

import CommonHarness
import Sound
import Testing

struct WAVStreamTests {
  private func le16(_ v: Int) -> [UInt8] { [UInt8(v & 255), UInt8(v >> 8 & 255)] }
  private func le32(_ v: Int) -> [UInt8] { le16(v & 0xFFFF) + le16(v >> 16 & 0xFFFF) }
  private func bytes(_ samples: [Int16]) -> [UInt8] { samples.flatMap { le16(Int(UInt16(bitPattern: $0))) } }

  private func header(_ size: Int, rate: Int = 16_000, tag: Int = 1, bits: Int = 16, channels: Int = 1, extra: [UInt8] = []) -> [UInt8] {
    let align = channels * bits / 8
    return Array("RIFF".utf8) + le32(0xFFFF_FFFF) + Array("WAVEfmt ".utf8) + le32(16) + le16(tag) + le16(channels) + le32(rate)
      + le32(rate * align) + le16(align) + le16(bits) + extra + Array("data".utf8) + le32(size)
  }

  private func heard(_ bytes: [UInt8], piece: Int = .max, rate: UInt32 = 16_000, raw: UInt32? = nil) throws -> [Int16] {
    var stream = WAVStream(rate: rate, raw: raw)
    var samples: [Int16] = []
    for at in stride(from: 0, to: bytes.count, by: min(piece, max(bytes.count, 1))) {
      samples += try stream.feed(bytes[at..<min(at + min(piece, bytes.count), bytes.count)])
    }
    return samples + (try stream.finish())
  }

  private let sound = (0..<400).map { Int16($0 * 80 - 16_000) }

  /// Whatever the pieces and whatever the size in the header, all samples come out, and nothing else.
  @Test(arguments: [1, 2, 3, 7, 44, 45, 1_000], [800, 0, 0xFFFF_FFFF, 0x7FFF_FFFF, 100]) func pieces(_ piece: Int, _ size: Int) throws {
    #expect(try heard(header(size) + bytes(sound), piece: piece) == sound)
  }

  /// A file behind the other, an odd byte between them, and a header within raw sound: the headers are not heard.
  @Test(arguments: [1, 5, 1_000]) func headersInside(_ piece: Int) throws {
    #expect(try heard(header(800) + bytes(sound) + header(800) + bytes(sound), piece: piece) == sound + sound)
    #expect(try heard(header(0xFFFF_FFFF) + bytes(sound) + [7] + header(0) + bytes(sound), piece: piece) == sound + sound)
    #expect(try heard(bytes(sound) + header(800) + bytes(sound), piece: piece, raw: 16_000) == sound + sound)
    #expect(try heard(header(800) + header(800) + bytes(sound), piece: piece) == sound)
  }

  /// What only looks like the beginning of a header is sound.
  @Test(arguments: [1, 3, 1_000]) func lookalikes(_ piece: Int) throws {
    let bytes = bytes(sound) + Array("RIFFabcdWAV!RIFRIFFxR".utf8) + [0]
    let expected = stride(from: 0, to: bytes.count - 1, by: 2).map { Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8) }
    #expect(try heard(header(0) + bytes, piece: piece) == expected)
  }

  /// Chunks before the sound are kept when asked for and skipped otherwise; those behind it are not heard.
  @Test(arguments: [1, 1_000]) func chunks(_ piece: Int) throws {
    let cue = Array("cue ".utf8) + le32(3) + [1, 2, 3, 0]
    let junk = Array("JUNK".utf8) + le32(5) + [9, 9, 9, 9, 9, 0]
    let file = header(800, extra: junk + cue) + bytes(sound) + Array("LIST".utf8) + le32(4) + [1, 1, 1, 1]
    var stream = WAVStream(rate: 16_000, keeping: ["cue "])
    var samples: [Int16] = []
    for at in stride(from: 0, to: file.count, by: piece) { samples += try stream.feed(file[at..<min(at + piece, file.count)]) }
    samples += try stream.finish()
    #expect(samples == sound)
    #expect(stream.chunks.map(\.name) == ["cue "] && stream.chunks.map(\.bytes) == [[1, 2, 3]])
    #expect(stream.sourceFrames == 400 && stream.sourceRate == 16_000)
  }

  /// Every coding comes out as 16-bit mono, and another rate as that which is wanted.
  @Test func codings() throws {
    #expect(try heard(header(0, tag: 7, bits: 8) + [0xFF, 0x80, 0x00]) == [0, 32_124, -32_124])
    #expect(try heard(header(0, bits: 24) + [1, 0, 64, 1, 0, 192]) == [16_384, -16_384])
    #expect(try heard(header(0, bits: 32) + [1, 1, 0, 64]) == [16_384])
    #expect(try heard(header(0, channels: 2) + bytes([100, 300, -100, -300])) == [200, -200])
    let tone = sine(hz: 400, rate: 48_000, count: 48_000)
    let slow = try heard(header(0, rate: 48_000) + bytes(tone), piece: 999, rate: 8_000)
    #expect(abs(slow.count - 8_000) < 40)
    #expect((slow.map { abs(Int($0)) }.max() ?? 0) > 15_000)
  }

  /// What is no WAV sound is refused with a sentence, wherever it is cut; nothing traps.
  @Test func refuses() {
    #expect(throws: WAVError.self) { try heard(Array("<html><body>".utf8)) }
    #expect(throws: WAVError.self) { try heard(Array("RIFF\u{0}\u{0}\u{0}\u{0}AVI LIST".utf8)) }
    #expect(throws: WAVError.self) { try heard(header(0, rate: 1)) }
    #expect(throws: WAVError.self) { try heard(header(0, bits: 12)) }
    #expect(throws: WAVError.self) { try heard(header(0, extra: Array("huge".utf8) + le32(0x7FFF_FFFF))) }
    for size in [0, 1, 15] {
      #expect(throws: WAVError.self) {
        try heard(header(0, extra: Array("fmt ".utf8) + le32(size) + [UInt8](repeating: 1, count: size + 1)))
      }
    }
    let whole = header(800)
    for count in 1..<whole.count { #expect(throws: WAVError.self) { try heard(Array(whole[..<count])) } }
    #expect(throws: Never.self) { try heard([]) }
  }

  /// Noise behind a header, in any pieces, is heard or refused, and never more than was there.
  @Test(arguments: 0..<50) func noise(_ seed: UInt64) throws {
    var noise = Noise(seed: seed)
    let junk = (0..<2_000).map { _ in UInt8(truncatingIfNeeded: Int(noise.white() * 300)) }
    let start = Int(seed) % 45
    var file = header(0)
    file.replaceSubrange(start..<start, with: seed % 2 == 0 ? [] : junk.prefix(3))
    if let samples = try? heard(file + junk, piece: 1 + Int(seed) % 97) { #expect(samples.count <= file.count + junk.count) }
  }
}
