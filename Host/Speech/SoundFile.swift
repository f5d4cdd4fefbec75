// One sound as bytes: what it depends on, its samples, the times of its words, and a checksum over all of it.

/// Little-endian throughout: mark, text lengths and texts, generation, rate, words, samples, checksum.
enum SoundFile {
  private static let mark: [UInt8] = Array("vsound01".utf8)
  /// Ten minutes at 48 kHz; no line that is repeated is as long.
  static let maxBytes = 64 << 20

  /// The same key has the same name, whichever host wrote it.
  static func name(_ key: SpokenSound.Key) -> String {
    let hash = checksum(header(key)[...])
    return String(repeating: "0", count: max(0, 16 - String(hash, radix: 16).count)) + String(hash, radix: 16)
  }

  static func bytes(_ sound: SpokenSound, _ key: SpokenSound.Key) -> [UInt8] {
    var bytes = header(key)
    bytes.reserveCapacity(bytes.count + sound.samples.count * 2 + sound.words.count * 16 + 24)
    put(UInt64(sound.words.count), &bytes)
    for word in sound.words {
      put(word.end, &bytes)
      put(UInt64(word.bytes), &bytes)
    }
    put(UInt64(sound.samples.count), &bytes)
    for sample in sound.samples {
      bytes.append(UInt8(truncatingIfNeeded: sample))
      bytes.append(UInt8(truncatingIfNeeded: sample >> 8))
    }
    put(checksum(bytes[...]), &bytes)
    return bytes
  }

  /// Nil for anything that is not a whole, undamaged sound.
  static func parse(_ bytes: [UInt8]) -> (key: SpokenSound.Key, sound: SpokenSound)? {
    guard bytes.count > mark.count + 8, bytes.starts(with: mark) else { return nil }
    var tail = Cursor(rest: bytes.suffix(8))
    let body = bytes.dropLast(8)
    guard tail.number() == checksum(body) else { return nil }
    var cursor = Cursor(rest: body.dropFirst(mark.count))
    guard let text = cursor.text(), let provider = cursor.text(), let voice = cursor.text(), let model = cursor.text(),
      let generation = cursor.number(), let rate = cursor.count(max: 192_000), let wordCount = cursor.count(max: cursor.rest.count / 16)
    else { return nil }
    var words: [SpokenSound.Word] = []
    for _ in 0..<wordCount {
      guard let end = cursor.number(), let said = cursor.count(max: 1 << 20) else { return nil }
      words.append(SpokenSound.Word(end: end, bytes: said))
    }
    guard let count = cursor.count(max: cursor.rest.count / 2), cursor.rest.count == count * 2, count > 0 else { return nil }
    let raw = Array(cursor.rest)
    let samples = (0..<count).map { Int16(truncatingIfNeeded: UInt16(raw[$0 * 2]) | UInt16(raw[$0 * 2 + 1]) << 8) }
    let key = SpokenSound.Key(text: text, provider: provider, generation: generation, voice: voice, model: model, rate: rate)
    return (key, SpokenSound(samples: samples, words: words))
  }

  private static func header(_ key: SpokenSound.Key) -> [UInt8] {
    var bytes = mark
    for text in [key.text, key.provider, key.voice, key.model] {
      put(UInt64(text.utf8.count), &bytes)
      bytes += text.utf8
    }
    put(key.generation, &bytes)
    put(UInt64(max(key.rate, 0)), &bytes)
    return bytes
  }

  private static func put(_ number: UInt64, _ bytes: inout [UInt8]) {
    for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(shift))) }
  }

  /// FNV-1a, 64 bits (Fowler, Noll and Vo): quick enough for sound, and any single damaged byte changes it.
  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.withUnsafeBufferPointer { bytes in
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
      return hash
    }
  }

  private struct Cursor {
    var rest: ArraySlice<UInt8>

    mutating func number() -> UInt64? {
      guard rest.count >= 8 else { return nil }
      defer { rest = rest.dropFirst(8) }
      return rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func count(max: Int) -> Int? {
      guard let number = number(), number <= UInt64(Swift.max(max, 0)) else { return nil }
      return Int(number)
    }

    mutating func text() -> String? {
      guard let count = count(max: rest.count - 8) else { return nil }
      defer { rest = rest.dropFirst(count) }
      return String(validating: rest.prefix(count), as: UTF8.self)
    }
  }
}
