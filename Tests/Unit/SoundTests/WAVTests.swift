// WAV files of every kind in, 16-bit mono out; broken ones refused by name.

import CommonHarness
import Foundation
import Glibc
import Sound
import Testing

@Suite struct WAVTests {
  private let folder = Scratch()

  private func le16(_ v: Int) -> [UInt8] { [UInt8(v & 255), UInt8(v >> 8 & 255)] }
  private func le32(_ v: Int) -> [UInt8] { le16(v & 0xFFFF) + le16(v >> 16 & 0xFFFF) }
  private func chunk(_ id: String, _ body: [UInt8], size: Int? = nil) -> [UInt8] {
    Array(id.utf8) + le32(size ?? body.count) + body + (body.count % 2 == 1 ? [0] : [])
  }
  private func format(tag: Int = 1, channels: Int = 1, rate: Int = 8_000, bits: Int = 16) -> [UInt8] {
    let align = channels * bits / 8
    return le16(tag) + le16(channels) + le32(rate) + le32(rate * align) + le16(align) + le16(bits)
  }
  private func riff(_ chunks: [UInt8], size: Int? = nil) -> [UInt8] {
    Array("RIFF".utf8) + le32(size ?? chunks.count + 4) + Array("WAVE".utf8) + chunks
  }
  private func samples(_ bytes: [UInt8]) throws -> [Int16] { try WAVReader.samples(path: folder.write("a.wav", bytes)).samples }
  private func refusal(_ bytes: [UInt8]) throws -> WAVError? {
    let path = try folder.write("bad.wav", bytes)
    do {
      _ = try WAVReader.samples(path: path)
      return nil
    } catch {
      #expect(error.description.hasPrefix("\(path): "))
      return error
    }
  }

  /// What the writer writes the reader reads, also across many flushes.
  @Test func roundTrip() throws {
    let sound = sine(hz: 300, rate: 16_000, count: 100_001)
    let path = folder.file("round.wav")
    let writer = try WAVWriter(path: path, sampleRate: 16_000)
    for start in stride(from: 0, to: sound.count, by: 320) { try writer.append(Array(sound[start..<min(start + 320, sound.count)])) }
    try writer.close()
    let back = try WAVReader.samples(path: path)
    #expect(back.samples == sound)
    #expect(back.sampleRate == 16_000)
    #expect(try Data(contentsOf: URL(filePath: path)).count == 44 + 200_002)
  }

  /// A writer that dies without closing leaves a complete file up to its last flush, with true sizes in the header.
  @Test func killedWriterLeavesAPlayableFile() throws {
    let path = folder.file("killed.wav")
    let writer = try WAVWriter(path: path, sampleRate: 8_000)
    try writer.append([1, 2, 3])
    try writer.flush()
    try writer.append([4, 5])  // Never reaches the disk while the writer lives.
    let onDisk = [UInt8](try Data(contentsOf: URL(filePath: path)))
    #expect(Array(onDisk[40..<44]) == le32(6))
    #expect(Array(onDisk[4..<8]) == le32(onDisk.count - 8))
    #expect(try samples(onDisk) == [1, 2, 3])
    try writer.close()
    try writer.close()
    #expect(try WAVReader.samples(path: path).samples == [1, 2, 3, 4, 5])
  }

  /// A full disk and an impossible path are sentences that name the file; nothing is written after closing.
  @Test func writingFails() throws {
    #expect(throws: WAVError.cannotOpen(file: "/nonexistent/a.wav", reason: "No such file or directory")) {
      try WAVWriter(path: "/nonexistent/a.wav", sampleRate: 8_000)
    }
    #expect(throws: WAVError.cannotWrite(file: "/dev/full", reason: "No space left on device")) {
      try WAVWriter(path: "/dev/full", sampleRate: 8_000)
    }
    let writer = try WAVWriter(path: folder.file("closed.wav"), sampleRate: 8_000)
    try writer.close()
    try writer.append([1])
    #expect(throws: WAVError.self) { try writer.flush() }
  }

  /// Every supported coding gives the same four samples.
  @Test func codings() throws {
    let expected: [Int16] = [0, 0x4000, -0x4000, 0x1200]
    func pcm(_ bits: Int) -> [UInt8] {
      expected.flatMap { sample -> [UInt8] in
        let value = bits == 8 ? Int(sample) / 256 + 128 : Int(sample) << (bits - 16)
        return (0..<bits / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
      }
    }
    for bits in [8, 16, 24, 32] { #expect(try samples(riff(chunk("fmt ", format(bits: bits)) + chunk("data", pcm(bits)))) == expected) }
    let floats = expected.flatMap { le32(Int((Float($0) / 32_768).bitPattern)) }
    #expect(try samples(riff(chunk("fmt ", format(tag: 3, bits: 32)) + chunk("data", floats))) == expected)
    for (tag, law) in [(6, G711.aLaw), (7, .muLaw)] {
      let got = try samples(riff(chunk("fmt ", format(tag: tag, bits: 8)) + chunk("data", expected.map(law.encode))))
      #expect(got == expected.map { law.decode(law.encode($0)) })
    }
  }

  /// Floats beyond full scale are held there, and what is no number is silence.
  @Test func wildFloats() throws {
    let wild: [Float] = [2, -2, .infinity, -.infinity, .nan, 1, -1, 1e-30]
    let bytes = riff(chunk("fmt ", format(tag: 3, bits: 32)) + chunk("data", wild.flatMap { le32(Int($0.bitPattern)) }))
    #expect(try samples(bytes) == [.max, .min, .max, .min, 0, .max, .min, 0])
  }

  /// Two channels are averaged, also at the extremes.
  @Test func stereo() throws {
    let pairs: [Int] = [100, 200, 0x7FFF, 0x7FFF, 0x8000, 0x8000, 0x7FFF, 0x8001]
    #expect(try samples(riff(chunk("fmt ", format(channels: 2)) + chunk("data", pairs.flatMap(le16)))) == [150, .max, .min, 0])
  }

  /// The extensible format names its coding in the sub-format.
  @Test func extensible() throws {
    let guid = le16(1) + [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]
    let fmt = format(tag: 0xFFFE) + le16(22) + le16(16) + le32(4) + guid
    #expect(try samples(riff(chunk("fmt ", fmt) + chunk("data", le16(7)))) == [7])
    #expect(
      try refusal(riff(chunk("fmt ", Array(fmt.prefix(20))) + chunk("data", le16(7))))
        == .truncated(file: folder.file("bad.wav"), part: "the extensible format's sub-format"))
  }

  /// Other chunks, of odd length too, are stepped over before and behind the samples.
  @Test func otherChunks() throws {
    let bytes =
      chunk("LIST", [1, 2, 3]) + chunk("fmt ", format()) + chunk("fact", le32(2)) + chunk("data", le16(5) + le16(6)) + chunk("LIST", [9])
    #expect(try samples(riff(bytes)) == [5, 6])
  }

  /// Files written to a pipe or by a recorder that was killed have no true sizes: all that is there counts, in whole samples.
  @Test func streamedSizes() throws {
    for size in [0xFFFF_FFFF, 0x7FFF_F000, 0] {
      let bytes = riff(chunk("fmt ", format()) + chunk("data", le16(5) + le16(6) + [1], size: size), size: size)
      #expect(try samples(bytes.dropLast() + []) == [5, 6])  // Without the padding byte of the odd chunk.
    }
  }

  /// A file that says it is empty, and is, has no samples.
  @Test func noSamples() throws { #expect(try samples(riff(chunk("fmt ", format()) + chunk("data", []))) == []) }

  /// Each kind of bad file has its own sentence.
  @Test func refusals() throws {
    let file = folder.file("bad.wav")
    #expect(try refusal([]) == .empty(file: file))
    #expect(try refusal(Array("ID3\"\u{1}more than twelve".utf8)) == .notRIFF(file: file, start: "ID3."))
    #expect(try refusal(Array("RIFF....AVI ....".utf8)) == .notRIFF(file: file, start: "RIFF"))
    #expect(try refusal(Array("RIFF....WA".utf8)) == .truncated(file: file, part: "the RIFF header"))
    #expect(try refusal(riff([])) == .truncated(file: file, part: "the format (\"fmt \" chunk)"))
    #expect(
      try refusal(riff(chunk("fmt ", Array(format().prefix(10)), size: 16))) == .truncated(file: file, part: "the format (\"fmt \" chunk)"))
    #expect(try refusal(riff(chunk("fmt ", format()))) == .truncated(file: file, part: "the part with the samples (\"data\" chunk)"))
    #expect(try refusal(riff(chunk("data", le16(1)))) == .truncated(file: file, part: "the format (\"fmt \" chunk) before the samples"))
    for fmt in [format(tag: 85), format(bits: 12), format(channels: 6), format(channels: 0), format(rate: 0), format(rate: 400_000)] {
      guard case .unsupported = try refusal(riff(chunk("fmt ", fmt) + chunk("data", le16(1)))) else {
        Issue.record("a file with the format \(fmt) was read")
        continue
      }
    }
    #expect(throws: WAVError.notAFile(file: "/dev/null")) { try WAVReader(path: "/dev/null") }
    #expect(throws: WAVError.cannotOpen(file: "/nonexistent.wav", reason: "No such file or directory")) {
      try WAVReader(path: "/nonexistent.wav")
    }
  }

  /// A file above 2 GB is refused before it is read; as a sparse file the test needs no disk.
  @Test func tooLarge() throws {
    let path = try folder.write("large.wav", riff(chunk("fmt ", format()) + chunk("data", [])))
    #expect(truncate(path, (1 << 31) + 1) == 0)
    #expect(throws: WAVError.tooLarge(file: path, bytes: (1 << 31) + 1)) { try WAVReader(path: path) }
  }

  /// Thousands of chunks without samples end in a refusal, not in a walk through the whole file.
  @Test func endlessChunks() throws {
    let bytes = riff(chunk("fmt ", format()) + (0..<5_000).flatMap { _ in chunk("junk", []) } + chunk("data", le16(1)))
    #expect(try refusal(bytes) == .truncated(file: folder.file("bad.wav"), part: "the part with the samples (\"data\" chunk)"))
  }

  /// No damage to a header, one byte at a time or cut anywhere, does more than refuse the file or read what is there.
  @Test func damagedHeaders() throws {
    let good = riff(chunk("LIST", [1, 2, 3]) + chunk("fmt ", format()) + chunk("data", le16(5) + le16(6)))
    for at in good.indices {
      for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
        var bad = good
        bad[at] = value
        #expect((try? samples(bad))?.count ?? 0 <= good.count)
      }
      #expect((try? samples(Array(good.prefix(at))))?.count ?? 0 <= 2)
    }
  }

  /// Files that sox writes in each coding hold the same tone.
  @Test(
    .enabled(if: access("/usr/bin/sox", X_OK) == 0, "No sox; apt-get install sox."),
    arguments: ["-b 8", "-b 16", "-b 24", "-b 32", "-e float -b 32", "-e mu-law", "-e a-law", "-b 16 -c 2", "-b 24 -c 2"])
  func soxFiles(options: String) throws {
    let path = folder.file("sox.wav")
    let sox = Process()
    sox.executableURL = URL(filePath: "/usr/bin/sox")
    sox.arguments =
      ["-n", "-r", "8000"] + options.split(separator: " ").map(String.init) + [path, "synth", "0.5", "sine", "500", "vol", "0.5"]
    try sox.run()
    sox.waitUntilExit()
    let (got, rate) = try WAVReader.samples(path: path)
    #expect(rate == 8_000)
    #expect(got.count == 4_000)
    #expect(abs(toneLevel(got, hz: 500, rate: 8_000) + 6.02) < 0.1)
  }
}
