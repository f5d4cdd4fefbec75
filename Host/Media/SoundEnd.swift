// Where in a window of speech its sound ends: the network goes on believing in speech for a while after it.

/// Looks at the level of short blocks, beside the loudest of late. No allocation; one stream, one owner at a time.
///
/// Silero stays above its threshold for one or two windows after the last sound of a word (median 58 ms with words of espeak-ng at 16 kHz).
/// Whoever counts the caller's silence from there makes every turn so much longer.
public struct SoundEnd: Sendable {
  /// Of 8 ms: two periods of a low voice.
  private typealias Blocks = SIMD4<Int>
  /// What is so much softer than the loudest block is no part of a word: 36 dB, as a ratio of amplitudes.
  private static let inaudible = 64
  /// The loudest block loses an eighth of its level with each window: whoever goes on softly is heard as soft after half a second.
  private static let forgetting = 8

  private var loudest = 0

  public init() {}

  /// How many samples of the window lie before the end of its last audible block; 0 when none is audible.
  public mutating func sounding(_ window: UnsafeBufferPointer<Int16>) -> Int {
    let size = max(window.count / Blocks.scalarCount, 1)
    var levels = Blocks()
    for block in levels.indices {
      let from = min(block * size, window.count)
      levels[block] = Self.level(UnsafeBufferPointer(rebasing: window[from..<min(from + size, window.count)]))
    }
    loudest = max(loudest - loudest / Self.forgetting, levels.max())
    guard let last = levels.indices.last(where: { levels[$0] > loudest / Self.inaudible }) else { return 0 }
    return min((last + 1) * size, window.count)
  }

  /// The sum of a block's magnitudes.
  private static func level(_ block: UnsafeBufferPointer<Int16>) -> Int {
    var sum: UInt32 = 0
    // A block has far fewer than the 131,072 samples that could overflow it.
    for sample in block { sum &+= UInt32(sample.magnitude) }
    return Int(sum)
  }
}
