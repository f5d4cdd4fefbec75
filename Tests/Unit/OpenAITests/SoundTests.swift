// Sound and transcripts as values: headers, odd bytes, and answers that are none.

import OpenAIWire
import Testing
import Vox

struct SoundTests {
  private func four(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }

  private func wav(rate: Int, channels: Int = 1, bits: Int = 16, codec: Int = 1, size: Int = -1, before: [UInt8] = []) -> [UInt8] {
    var bytes = Array("RIFF".utf8) + four(-1) + Array("WAVE".utf8) + before + Array("fmt ".utf8) + four(16)
    bytes += [UInt8(codec), 0, UInt8(channels), 0] + four(rate) + four(rate * 2) + [2, 0, UInt8(bits), 0]
    return bytes + Array("data".utf8) + four(size)
  }

  /// Samples come whole however the bytes are split, with a header and without.
  @Test(arguments: [1, 2, 3, 5, 44, 1000]) func anyPieces(size: Int) throws {
    let samples: [Int16] = [0, 1, -1, 32_767, -32_768, 258]
    let bytes = samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    let list = Array("LIST".utf8) + four(3) + [1, 2, 3, 0]
    for (header, rate) in [([], 24_000), (wav(rate: 22_050), 22_050), (wav(rate: 16_000, size: 0, before: list), 16_000)] {
      var reader = SoundReader(rate: 24_000)
      var heard: [Int16] = []
      let all = header + bytes + [7]
      for start in stride(from: 0, to: all.count, by: size) { heard += try reader.take(Array(all[start..<min(start + size, all.count)])) }
      #expect(heard == samples && reader.rate == rate)
    }
  }

  /// Two channels become one.
  @Test func stereo() throws {
    var reader = SoundReader(rate: 24_000)
    #expect(try reader.take(wav(rate: 8_000, channels: 2) + [10, 0, 20, 0, 1, 0]) == [15])
    #expect(try reader.take([3, 0]) == [2])
  }

  /// Headers of other sound, or that make no sense, are refused with a sentence.
  @Test func foreignHeaders() {
    let broken = [
      wav(rate: 24_000, bits: 24), wav(rate: 24_000, codec: 7), wav(rate: 0), wav(rate: 24_000, channels: 9),
      Array("RIFF....WAVEdata".utf8) + four(4), Array("RIFF....WAVEfmt ".utf8) + four(2_000_000),
    ]
    for bytes in broken {
      var reader = SoundReader(rate: 24_000)
      let error = #expect(throws: ProviderError.self) { try reader.take(bytes) }
      #expect(error?.code == "bad_sound")
    }
  }

  /// A byte gone wrong anywhere in a header, at any split, ends in sound or in a classified error, never in a trap.
  @Test func wrongByteAnywhere() {
    let list = Array("LIST".utf8) + four(4) + [1, 2, 3, 4]
    let bytes = wav(rate: 16_000, channels: 2, before: list) + [1, 2, 3, 4, 5]
    for at in bytes.indices {
      for wrong in [UInt8(0), 1, 0x7F, 0x80, 0xFE, 0xFF] {
        var broken = bytes
        broken[at] = wrong
        for size in [1, 7, 100] {
          var reader = SoundReader(rate: 24_000)
          do {
            for start in stride(from: 0, to: broken.count, by: size) {
              _ = try reader.take(Array(broken[start..<min(start + size, broken.count)]))
            }
          } catch { #expect(error.code == "bad_sound") }
        }
      }
    }
  }

  /// What says that it is something else is not played.
  @Test func contentTypes() {
    for type in ["audio/pcm", "audio/wav", "", "application/octet-stream", "text/html; charset=utf-8"] {
      #expect(SpeechRequest.isSound(contentType: type))
    }
    for type in ["application/json", "audio/mpeg", "audio/ogg", "text/event-stream"] { #expect(!SpeechRequest.isSound(contentType: type)) }
  }

  private func transcript(_ text: String, isPlain: Bool = false) throws -> Transcript { try Transcript(Array(text.utf8), isPlain: isPlain) }

  /// Words are found in the text with their bytes; what makes no sense is left out.
  @Test func words() throws {
    let told = try transcript(
      #"{"text":" Grüß Gott, Welt. ","usage":{"type":"duration","seconds":2},"words":[{"word":"Grüß","start":0,"end":0.4},"#
        + #"{"word":" Gott","start":0.4,"end":0.8},{"word":"nobody","start":1,"end":2},{"word":"Welt","start":2,"end":1},7]}"#)
    #expect(told.text == "Grüß Gott, Welt." && told.seconds == 2)
    #expect(told.words.map(\.at) == [0, 7] && told.words.map(\.length) == [6, 4] && told.words.map(\.end) == [0.4, 0.8])
  }

  /// A plain answer is the text; JSON without a text is none.
  @Test func answers() throws {
    #expect(try transcript(" hello\n", isPlain: true).text == "hello")
    #expect(try transcript(#"{"text":"","usage":{"input_tokens":5,"output_tokens":0}}"#).tokensIn == 5)
    let endless = #"{"text":"\#(String(repeating: "x", count: 20_000))"}"#
    for bad in ["", "hello", "[]", #"{"text":7}"#, endless] { #expect(throws: ProviderError.self) { try transcript(bad) } }
  }
}
