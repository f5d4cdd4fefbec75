// Proves that a repeated line is kept whole and within bounds.

@testable import Speech
import Testing

@Suite struct AudioCacheTests {
  private func key(
    _ text: String, generation: UInt64 = 1, rate: Int = 8000, voice: String = "a", language: String = "en",
    ssml: SpeechStyle.SSML = .removed
  )
    -> SpokenSound.Key
  {
    SpokenSound.Key(
      text: text, style: SpeechStyle(language: language, ssml: ssml), provider: "voice", generation: generation,
      settings: "{\"voice\":\"\(voice)\"}", rate: rate)
  }

  private func sound(_ count: Int, _ value: Int16 = 7) -> SpokenSound {
    SpokenSound(samples: [Int16](repeating: value, count: count), words: [SpokenSound.Word(end: UInt64(count), bytes: 5)])
  }

  /// A line is found by everything its sound depends on, and by nothing less.
  @Test func keepsByEverythingThatMatters() {
    let cache = AudioCache()
    cache.store(sound(100), for: key("hello"))
    #expect(cache.sound(key("hello")) == sound(100))
    for other in [
      key("hello!"), key("hello", generation: 2), key("hello", rate: 16_000), key("hello", voice: "b"), key("hello", language: "de"),
      key("hello", ssml: .read),
    ] {
      #expect(cache.sound(other) == nil)
    }
    #expect(cache.counts.hits == 1 && cache.counts.misses == 6)
  }

  /// The cache never holds more than its bytes; what was used last stays.
  @Test func evictsWhatWasUsedLeast() {
    let cache = AudioCache(maxBytes: 3 * sound(1000).bytes)
    for text in ["a", "b", "c"] { cache.store(sound(1000), for: key(text)) }
    #expect(cache.sound(key("a")) != nil)
    cache.store(sound(1000), for: key("d"))
    #expect(cache.sound(key("b")) == nil && cache.sound(key("a")) != nil && cache.sound(key("d")) != nil)
    cache.store(sound(10_000), for: key("huge"))
    #expect(cache.sound(key("huge")) == nil && cache.counts.sounds == 3)
    cache.store(sound(500), for: key("a"))
    #expect(cache.counts.bytes == 2 * sound(1000).bytes + sound(500).bytes, "a sound that is replaced is counted once")
  }

  /// Only a whole utterance becomes a sound: not one that was cut, nor one that is too long, nor one without any.
  @Test func keepsOnlyWholeUtterances() {
    let frame = [Int16](repeating: 1, count: 160)
    func recording(_ frames: Int, max: Int) -> Recording {
      var recording = Recording(maxSamples: max)
      for _ in 0..<frames { frame.withUnsafeBufferPointer { recording.append($0) } }
      return recording
    }
    var whole = recording(3, max: 480)
    for end in [200, 100, 480, 9000] as [UInt64] { whole.append(SpokenSound.Word(end: end, bytes: Int(end / 100))) }
    let kept = whole.finish()
    #expect(kept?.samples.count == 480)
    #expect(kept?.words.map(\.end) == [200, 480], "times that go back, or beyond the sound, are left out")
    #expect(recording(4, max: 480).finish() == nil)
    #expect(recording(0, max: 480).finish() == nil)
    var cut = recording(2, max: 480)
    cut.spoil()
    frame.withUnsafeBufferPointer { cut.append($0) }
    #expect(cut.finish() == nil)
  }

  /// Calls on many threads store and find at once, and the books stay right.
  @Test func servesManyThreads() async {
    let cache = AudioCache(maxBytes: 20 * sound(100).bytes)
    await withTaskGroup(of: Void.self) { group in
      for worker in 0..<4 {
        group.addTask {
          for n in 0..<500 {
            cache.store(sound(100), for: key("\((n * 7 + worker) % 40)"))
            if let found = cache.sound(key("\(n % 40)")) { #expect(found.samples.count == 100) }
          }
        }
      }
    }
    #expect(cache.counts.bytes == cache.counts.sounds * sound(100).bytes)
    #expect(cache.counts.sounds <= 20)
  }
}
