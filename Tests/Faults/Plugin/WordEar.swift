// Hears the word code in a stream of sound, sample for sample as it comes.

import Glibc

/// Finds words in the order in which they sound. A window of 20 ms is looked at every 10 ms with Goertzel's algorithm.
struct WordEar {
  struct Word {
    let number: Int
    /// Samples since the stream began.
    let start: UInt64
    var end: UInt64
  }

  /// A word counts when so many windows in a row hold it, which is half of its sound.
  private static let hopsOfWord = 5
  /// The gap between two words makes four silent windows; a late frame of the line, which parts no word, makes three.
  private static let hopsOfGap = 4
  /// Of the window's energy, what the two tones must hold.
  private static let purity = 0.6
  /// Mean square below which nothing sounds: -50 dBFS.
  private static let faintest = 100.0 * 100.0

  private let window: Int
  private let hop: Int
  private let factors: [Double]
  private var buffer: [Double] = []
  /// Samples before the buffer's first.
  private var dropped: UInt64 = 0
  private var run: (number: Int, start: UInt64, hops: Int)?
  private var quiet = 0
  /// Words heard since `take` was called last; the last one may still be sounding.
  private(set) var words: [Word] = []

  init(rate: Int) {
    window = rate / 50
    hop = rate / 100
    factors = (WordCode.low + WordCode.high).map { 2 * cos(2 * .pi * $0 / Double(rate)) }
    buffer.reserveCapacity(window * 16)
  }

  /// Samples heard so far.
  var position: UInt64 { dropped + UInt64(buffer.count) }
  /// Where a word that is not known yet has begun.
  var pending: UInt64? { run.flatMap { $0.hops < Self.hopsOfWord ? $0.start : nil } }
  /// Something sounds at present.
  var isSounding: Bool { run != nil }

  mutating func hear(_ samples: UnsafeBufferPointer<Int16>) {
    for sample in samples { buffer.append(Double(sample)) }
    var at = 0
    while at + window <= buffer.count {
      look(at)
      at += hop
    }
    buffer.removeFirst(at)
    dropped += UInt64(at)
  }

  /// Forgets the words that end before a position.
  mutating func forget(until position: UInt64) { words.removeAll { $0.end <= position } }

  private mutating func look(_ at: Int) {
    let position = dropped + UInt64(at)
    guard let number = loudest(at) else {
      quiet += 1
      if quiet >= Self.hopsOfGap { run = nil }
      return
    }
    quiet = 0
    if run?.number != number { run = (number, position, 0) }
    guard let start = run?.start, let hops = run?.hops else { return }
    run?.hops = hops + 1
    let end = position + UInt64(window)
    if hops + 1 == Self.hopsOfWord {
      words.append(Word(number: number, start: start, end: end))
    } else if hops + 1 > Self.hopsOfWord, let last = words.indices.last, words[last].start == start {
      words[last].end = end
    }
  }

  /// The word of a window; nil for silence and for anything that is not two clean tones.
  private func loudest(_ at: Int) -> Int? {
    var powers = [Double](repeating: 0, count: factors.count)
    var energy = 0.0
    for i in at..<(at + window) { energy += buffer[i] * buffer[i] }
    guard energy > Self.faintest * Double(window) else { return nil }
    for (tone, factor) in factors.enumerated() {
      var (one, two) = (0.0, 0.0)
      for i in at..<(at + window) { (one, two) = (buffer[i] + factor * one - two, one) }
      powers[tone] = one * one + two * two - factor * one * two
    }
    let low = (0..<8).max { powers[$0] < powers[$1] } ?? 0
    let high = (8..<16).max { powers[$0] < powers[$1] } ?? 8
    // A tone alone has the power energy * window / 2.
    guard (powers[low] + powers[high]) * 2 / Double(window) > Self.purity * energy else { return nil }
    // One tone without the other is no word.
    guard min(powers[low], powers[high]) * 20 > max(powers[low], powers[high]) else { return nil }
    return (high - 8) * 8 + low
  }
}
