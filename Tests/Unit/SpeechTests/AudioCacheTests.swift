// Proves that a repeated line is kept whole, within bounds, and over a restart.

import Glibc
@testable import Speech
import Testing

@Suite struct AudioCacheTests {
  private func key(_ text: String, generation: UInt64 = 1, rate: Int = 8000, voice: String = "a") -> SpokenSound.Key {
    SpokenSound.Key(text: text, provider: "voice", generation: generation, voice: voice, model: "m", rate: rate)
  }

  private func sound(_ count: Int, _ value: Int16 = 7) -> SpokenSound {
    SpokenSound(samples: [Int16](repeating: value, count: count), words: [SpokenSound.Word(end: UInt64(count), bytes: 5)])
  }

  /// A folder of this test's own, gone at its end.
  private func inFolder(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/sounds-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      Issue.record("no folder: \(errno)")
      return
    }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
      for name in names(path) { unlink(path + "/" + name) }
      rmdir(path)
    }
    try body(path)
  }

  private func names(_ path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }

  /// A line is found by everything its sound depends on, and by nothing less.
  @Test func keepsByEverythingThatMatters() {
    let cache = AudioCache()
    cache.store(sound(100), for: key("hello"))
    #expect(cache.sound(key("hello")) == sound(100))
    for other in [key("hello!"), key("hello", generation: 2), key("hello", rate: 16_000), key("hello", voice: "b")] {
      #expect(cache.sound(other) == nil)
    }
    #expect(cache.counts.hits == 1 && cache.counts.misses == 4)
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
    cache.retire(provider: "voice", butGeneration: 2)
    #expect(cache.counts.bytes == 0 && cache.counts.sounds == 0)
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

  /// A host that starts again has its sounds, word times included.
  @Test func outlivesTheHost() throws {
    try inFolder { path in
      let folder = SoundFolder(path: path + "")
      let first = AudioCache(folder: folder)
      first.store(sound(1000), for: key("hello – ünïcode"))
      first.store(sound(500, -3), for: key("bye"))
      try first.save()
      try first.save()
      #expect(names(path).count == 2, "each once, and no draft is left")
      let second = AudioCache(folder: folder)
      second.load()
      #expect(second.sound(key("hello – ünïcode")) == sound(1000))
      #expect(second.sound(key("bye")) == sound(500, -3))
      let small = AudioCache(maxBytes: sound(600).bytes, folder: folder)
      small.load()
      #expect(small.counts.bytes <= sound(600).bytes)
      try small.save()
      #expect(names(path).count <= 1, "the folder is kept within the same bounds")
    }
  }

  /// A file that is damaged anywhere, cut anywhere or made up is no sound, and it is removed.
  @Test func refusesDamage() throws {
    let whole = SoundFile.bytes(sound(40), key("hello"))
    #expect(SoundFile.parse(whole)?.sound == sound(40))
    for place in whole.indices {
      var bytes = whole
      bytes[place] ^= 0x10
      #expect(SoundFile.parse(bytes) == nil, "damage at \(place)")
      #expect(SoundFile.parse(Array(whole[..<place])) == nil, "cut at \(place)")
    }
    #expect(SoundFile.parse(whole + [0]) == nil)
    try inFolder { path in
      let file = open(path + "/0123.sound", O_WRONLY | O_CREAT, 0o600)
      write(file, "vsound01 but not really a sound", 31)
      close(file)
      let cache = AudioCache(folder: SoundFolder(path: path))
      cache.load()
      #expect(cache.counts.sounds == 0 && names(path).isEmpty)
    }
  }

  /// A folder that cannot be written is told as a sentence, and the cache goes on in memory.
  @Test func saysWhatTheDiskSaid() {
    let cache = AudioCache(folder: SoundFolder(path: "/proc/no/such"))
    cache.store(sound(10), for: key("hello"))
    #expect(throws: SoundFolder.Failure.self) { try cache.save() }
    #expect(cache.sound(key("hello")) != nil)
    cache.load()
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
