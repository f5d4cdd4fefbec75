// Cuts the caller's sound into what is worth sending: without the silence before somebody speaks.

import Sound

/// Decides only. Positions are samples of the op.
struct Utterances {
  struct Cut {
    /// Empty when nobody spoke.
    var samples: [Int16]
    /// Of the first of them, and behind the last.
    let start: UInt64
    let end: UInt64
  }

  private let most: Int
  private let silence: Float
  /// Kept of the silence before speech, whose beginning is soft.
  private let lead: Int
  private var samples: [Int16] = []
  private var hasSpeech = false
  private(set) var end: UInt64 = 0

  /// - Parameters:
  ///   - rate: Hz.
  ///   - maxMs: of one utterance.
  ///   - silence: dBFS below which a frame is not speech.
  init(rate: Int, maxMs: Int, silence: Double) {
    most = max(rate * maxMs / 1000, rate)
    lead = rate * 300 / 1000
    self.silence = Float(silence)
  }

  /// Takes a frame. True when the utterance is as long as one may be.
  mutating func take(_ frame: UnsafeBufferPointer<Int16>) -> Bool {
    end += UInt64(frame.count)
    if !hasSpeech, PCM.levelDBFS(frame) > silence { hasSpeech = true }
    samples += frame
    // Twice as much, so that it is not moved for every frame.
    if !hasSpeech, samples.count > 2 * lead { samples.removeFirst(samples.count - lead) }
    return samples.count >= most
  }

  /// What was said since the last cut.
  mutating func cut() -> Cut {
    let start = end - UInt64(samples.count)
    defer {
      samples = []
      hasSpeech = false
    }
    return Cut(samples: hasSpeech ? samples : [], start: start, end: end)
  }
}
