// Letters with times become words with times, whatever the voice did to the text.

import ResembleWire
import Testing
import Vox

struct TimesTests {
  /// Letters of 10 ms each.
  private func letters(_ said: String) -> Timestamps {
    Timestamps([
      "graph_chars": .array(said.map { .string(String($0)) }),
      "graph_times": .array(
        said.indices.enumerated().map { .array([.number(Double($0.offset) / 100), .number(Double($0.offset + 1) / 100)]) }),
    ])
  }

  private func words(_ text: String, _ times: Timestamps) -> [String] {
    let bytes = Array(text.utf8)
    return WordTime.of(text, times).map { String(decoding: bytes[$0.source], as: UTF8.self) }
  }

  /// Each word has the time of its letters, punctuation and capitals aside.
  @Test func plain() {
    let text = "Good morning, Zoë."
    let found = WordTime.of(text, letters("good morning zoë"))
    #expect(words(text, letters("good morning zoë")) == ["Good", "morning,", "Zoë."])
    #expect(found.map(\.start) == [0, 0.05, 0.13] && found.map(\.end) == [0.04, 0.12, 0.16])
  }

  /// A number that is spelled out and a tag that is laughed have no time; the words around them keep theirs.
  @Test func leavesOut() { #expect(words("At 10 [laugh] we open", letters("at ten we open")) == ["At", "we", "open"]) }

  /// Phonemes count for words where each word has its group.
  @Test func phonemes() {
    let times = Timestamps([
      "phon_chars": ["h", "ə", " ", "w", "ɜ"], "phon_times": [[0, 0.1], [0.1, 0.2], [0.2, 0.3], [0.3, 0.4], [0.4, 0.5]],
    ])
    #expect(WordTime.of("hello world", times).map(\.start) == [0, 0.3])
    #expect(WordTime.of("hello wide world", times).isEmpty)
  }

  /// What does not fit together is left out: times that run backwards, are no numbers, or are more than there are letters.
  @Test func nonsense() {
    let times = Timestamps([
      "graph_chars": ["a", "b", "c", "d", 7], "graph_times": [[0, -1], ["x", 1], [1e300, 2e300], [0.1, 0.2], [1, 2], [3, 4]],
    ])
    #expect(times.letters == [Timestamps.Mark("d", 0.1, 0.2)])
    #expect(Timestamps(.null).isEmpty && Timestamps(["graph_chars": 1]).isEmpty)
  }

  /// Chunks of a header that end anywhere, or claim more than they hold, yield no word and no trap.
  @Test func brokenChunks() {
    let cue: [UInt8] = [1, 0, 0, 0] + [0, 0, 0, 0, 0, 0, 0, 0] + Array("data".utf8) + [0, 0, 0, 0, 0, 0, 0, 0] + [160, 0, 0, 0]
    let label: [UInt8] =
      Array("adtlltxt".utf8) + [22, 0, 0, 0] + [0, 0, 0, 0] + [80, 0, 0, 0] + Array("grph".utf8) + [UInt8](repeating: 0, count: 8) + [
        0x68, 0,
      ]
    let whole = Timestamps(chunks: [("cue ", cue), ("list", label)], rate: 16_000)
    #expect(whole.letters == [Timestamps.Mark("h", 0.01, 0.015)])
    for count in 0..<label.count {
      #expect(Timestamps(chunks: [("cue ", cue), ("LIST", Array(label[..<count]))], rate: 16_000).isEmpty)
    }
    for count in 0..<cue.count { #expect(Timestamps(chunks: [("cue ", Array(cue[..<count])), ("list", label)], rate: 16_000).isEmpty) }
    let wild = Array("adtlltxt".utf8) + [255, 255, 255, 255] + label
    #expect(Timestamps(chunks: [("cue ", cue), ("list", wild)], rate: 0).isEmpty)
    #expect(Timestamps(chunks: [("cue ", cue), ("list", wild)], rate: 16_000).isEmpty)
  }
}
