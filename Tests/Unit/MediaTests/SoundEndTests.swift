// Where the sound of a word ends.

import Media
import Testing

@Suite struct SoundEndTests {
  private func sounding(_ end: inout SoundEnd, _ levels: [Int16]) -> Int {
    let window = levels.flatMap { [Int16](repeating: $0, count: 256 / levels.count) }
    return window.withUnsafeBufferPointer { end.sounding($0) }
  }

  /// The sound ends with the last block of 8 ms that is not far softer than the loudest.
  @Test func endsWithTheLastBlock() {
    var end = SoundEnd()
    #expect(sounding(&end, [8000, 8000, 8000, 8000]) == 256)
    #expect(sounding(&end, [8000, -900, 40, 0]) == 128)
    #expect(sounding(&end, [0, 0, 300, 0]) == 192)
    #expect(sounding(&end, [5, -5, 5, 0]) == 0)
  }

  /// A caller who goes on softly is heard again within a second; noise that is always there is sound.
  @Test func softSpeech() {
    var end = SoundEnd()
    _ = sounding(&end, [30_000, 30_000])
    var windows = 0
    while sounding(&end, [100, 100]) == 0 { windows += 1 }
    #expect((1...30).contains(windows))
    var noise = SoundEnd()
    for _ in 0..<50 { #expect(sounding(&noise, [3, -4, 4, -3]) == 256) }
  }

  /// Silence, the lowest sample there is and windows of any length are survived.
  @Test func edges() {
    var end = SoundEnd()
    #expect(sounding(&end, [0, 0, 0, 0]) == 0 && sounding(&end, [.min, .min, .min, .min]) == 256)
    for count in [0, 1, 3, 5, 255, 512] {
      let found = [Int16](repeating: 1000, count: count).withUnsafeBufferPointer { window in
        var end = SoundEnd()
        return end.sounding(window)
      }
      #expect(found <= count)
    }
  }
}
