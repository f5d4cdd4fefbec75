// Where in a window of speech its sound ends: the network goes on believing in speech for a while after it.

/// Looks at the level of short blocks, beside the loudest of late. No allocation; one stream, one owner at a time.
///
/// Silero stays above its threshold for one or two windows after the last sound of a word (median 58 ms with words of espeak-ng at 16 kHz).
/// Whoever counts the caller's silence from there makes every turn so much longer.
public struct SoundEnd: Sendable {
  /// Blocks of 8 ms: two periods of a low voice.
  private static let blocksPerWindow = 4
  /// What is so much softer than the loudest block is no part of a word: 36 dB, as a ratio of amplitudes.
  private static let inaudible = 64
  /// The loudest block loses an eighth of its level with each window: whoever goes on softly is heard as soft after half a second.
  private static let forgetting = 8

  private var loudest = 0

  public init() {}

  /// How many samples of the window lie before the end of its last audible block; 0 when none is audible.
  public mutating func sounding(_ window: UnsafeBufferPointer<Int16>) -> Int {
    let size = max(window.count / Self.blocksPerWindow, 1)
    loudest -= loudest / Self.forgetting
    var end = 0
    // Twice: what is audible is known when the loudest is.
    for block in 0..<Self.blocksPerWindow { loudest = max(loudest, level(window, block, size)) }
    for block in 0..<Self.blocksPerWindow where level(window, block, size) > loudest / Self.inaudible {
      end = min((block + 1) * size, window.count)
    }
    return end
  }

  /// The sum of a block's magnitudes.
  private func level(_ window: UnsafeBufferPointer<Int16>, _ block: Int, _ size: Int) -> Int {
    var sum = 0
    for i in min(block * size, window.count)..<min((block + 1) * size, window.count) { sum += Int(window[i].magnitude) }
    return sum
  }
}
