// Words that carry their number, and sound of which every sample tells its word.

/// A word is a letter and a number: `c7` the caller's seventh, `a7` the model's, `k7` one of the lines an agent says by itself.
///
/// Its sound is one constant level, so that nobody has to recognise or synthesise anything, and what was heard can be read from one
/// sample of a frame.
enum Words {
  /// Hz of every line, recogniser and voice: the least that the contract allows, since the sound itself means nothing here.
  static let rate = 8000
  static let samplesPerMs = rate / 1000
  static let frame = rate / 50
  /// A word of the agent sounds for so long, then there is a gap: 150 words in a minute, as people speak.
  static let soundMs = 340
  static let gapMs = 60
  static let wordMs = soundMs + gapMs
  /// A word of the caller; there is no gap.
  static let callerWordMs = 400

  /// The first sample of each of the agent's words, so that a word that was begun twice is none the longer for it.
  static let onset: Int16 = 1

  private static let callerBase = 1000
  private static let modelBase = 2000
  /// Words of one call that can be told apart.
  static let most = 30_000

  static func callerLevel(_ number: Int) -> Int16 { Int16(clamping: callerBase + number) }
  static func callerWord(_ level: Int16) -> Int? { level > callerBase ? Int(level) - callerBase : nil }

  /// The level of an agent's word as it is written; 0 for what is none.
  static func level(_ word: Substring.UTF8View) -> Int16 {
    guard let letter = word.first else { return 0 }
    var number = 0
    for byte in word.dropFirst() {
      guard byte >= 48, byte <= 57 else { break }
      number = number * 10 + Int(byte - 48)
    }
    switch letter {
    case UInt8(ascii: "a"): return Int16(clamping: -(modelBase + number))
    case UInt8(ascii: "k"): return Int16(clamping: -number)
    case UInt8(ascii: "c"): return callerLevel(number)
    default: return 0
    }
  }

  /// The word of a level as it is written.
  static func text(_ level: Int16) -> String {
    let number = -Int(level)
    if level > 0 { return "c\(Int(level) - callerBase)" }
    return number > modelBase ? "a\(number - modelBase)" : "k\(number)"
  }

  /// The model's word of a level.
  static func modelWord(_ level: Int16) -> Int? { -Int(level) > modelBase ? -Int(level) - modelBase : nil }

  /// A part of a word's sound: all of it has the level, but for the first sample of the first part.
  static func fill(_ room: UnsafeMutablePointer<Int16>, _ level: Int16, count: Int, begins: Bool) {
    room.update(repeating: level, count: count)
    if begins, count > 0 { room[0] = onset }
  }

  /// The levels of a text, word by word.
  static func levels(_ text: String) -> [Int16] { text.utf8.split(separator: UInt8(ascii: " ")).map(level) }

  /// The numbers of the words with that letter, in order.
  static func numbers(_ letter: UInt8, in bytes: UnsafeBufferPointer<UInt8>, _ body: (Int) -> Void) {
    var i = 0
    while let found = bytes.index(of: letter, from: i) {
      i = found
      guard i == 0 || !isWord(bytes[i - 1]) else {
        i += 1
        continue
      }
      var number = 0
      var end = i + 1
      while end < bytes.count, bytes[end] >= 48, bytes[end] <= 57 {
        number = number * 10 + Int(bytes[end] - 48)
        end += 1
      }
      if end > i + 1, end == bytes.count || !isWord(bytes[end]) { body(number) }
      i = end
    }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    byte >= 48 && byte <= 57 || byte >= 65 && byte <= 90 || byte >= 97 && byte <= 122 || byte == 95
  }

  static func callerNumbers(_ text: String) -> [Int] {
    var numbers: [Int] = []
    var text = text
    text.withUTF8 { bytes in Self.numbers(UInt8(ascii: "c"), in: bytes) { numbers.append($0) } }
    return numbers
  }
}
